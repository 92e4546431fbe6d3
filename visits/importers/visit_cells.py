"""Parsing single cells of a ledger of visits: the day, the method, free text."""

from __future__ import annotations

import re
from datetime import datetime

from baibuting.common.days import SHANGHAI, midnight
from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.text import compact, half_width, plain, says_nothing
from baibuting.common.tabular.values import parse_moment
from visits.choices import Method
from visits.importers.meeting import unmet_by_method

_METHOD_WORDS: tuple[tuple[Method, tuple[str, ...]], ...] = (
    (Method.HOSPITAL, ("医院", "病房", "探视", "探病", "住院")),
    (Method.VIDEO, ("视频", "微信视频", "线上")),
    (Method.PHONE, ("电话", "电访", "致电", "通话", "电联", "手机")),
    (Method.OFFICE, ("来访", "到访", "来社区", "来电来访", "办公室", "居委会", "接待", "约谈")),
    (Method.HOME, ("上门", "入户", "家访", "登门", "走访", "面访", "面谈", "实地", "家中", "见面", "当面")),
)  # fmt: skip
_NOT_THIS_WAY = re.compile(
    "(?:未|没有?|非|不)(?:能|曾)?(?:" + "|".join(word for _, words in _METHOD_WORDS for word in words) + ")"
)
_SIGNS_FOR_NOTHING = frozenset({"", "/", "\\", "-", "--", "---", "—", "——", "–", "－", "_", "...", "……", "…"})
_FAILED = re.compile(
    r"#(?:N/A|REF!?|VALUE!?|DIV/0!?|NAME\??|NUM!?|NULL!?|SPILL!?|CALC!?|未计算|GETTING_DATA)", re.I
)
_WEEKDAY = re.compile(r"[(（]?(?:星期|礼拜|周)[一二三四五六日天][)）]?")
_NUMBERS = re.compile(r"\d+|[〇零○一二三四五六七八九十]+")
_SECOND_DAY = re.compile(
    r"^\s*[日号]?\s*(?:[-~～—–－至到、,，和及与/&]|\s)+\s*\d{1,8}(?![\d:：时点分])(?!\d*[:：时点])"
)
_FIRST_DAY = re.compile(r"^\D*?(?:\d{4}\s*[-./年、]\s*\d{1,2}\s*[-./月、]\s*\d{1,2}(?!\d)|\d{8}(?!\d))")

WANTS_A_DAY = "只写了月份或一段日期，看不出是哪一天走访的。请写明具体日期，如 2026-03-05，每次走访写一行。"


def parse_day_and_time(cell: Cell) -> tuple[datetime, bool]:
    """Return when a visit took place, and whether its time of day is known.

    Raises CellError as `parse_moment`, and "no day" for a month, a part of one or several days: the day is not
    guessed.
    """
    refuse_failed_formula(cell)
    if _says_no_single_day(cell):
        raise CellError("no day", WANTS_A_DAY)
    moment = parse_moment(cell)
    if moment.at is None:
        return midnight(moment.day), False
    return datetime.combine(moment.day, moment.at, SHANGHAI), True


def _says_no_single_day(cell: Cell) -> bool:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return cell == int(cell) and len(str(int(cell))) == 6  # 202605
    if not isinstance(cell, str) or says_nothing(cell):
        return False
    text = _WEEKDAY.sub("", half_width(cell)).strip()
    first = _FIRST_DAY.match(text)
    if first:
        return bool(_SECOND_DAY.match(text[first.end() :]))
    numbers = _NUMBERS.findall(text)
    is_year = bool(numbers) and len(numbers[0]) in (4, 6)
    return is_year and len(numbers) < 3


def parse_method(cell: Cell) -> tuple[Method, str]:
    """Return the method of a visit, and the original text where it matches none (then it is 其他) or says more.

    A blank cell is a home visit, as most are. Raises CellError for a formula that failed.
    """
    refuse_failed_formula(cell)
    text = compact(cell)
    if text in _SIGNS_FOR_NOTHING:
        return Method.HOME, ""
    if text in Method.labels:
        return Method(Method.values[Method.labels.index(text)]), ""
    said = _NOT_THIS_WAY.sub("", text)
    found = next((method for method, words in _METHOD_WORDS if any(word in said for word in words)), None)
    if found is None:
        return Method.OTHER, plain(cell)
    return found, plain(cell) if unmet_by_method(cell) else ""


_BY_NOTES: tuple[tuple[Method, re.Pattern[str]], ...] = (
    (Method.VIDEO, re.compile(r"(?:微信|手机)?视频(?:联系|走访|询问|问候|慰问|沟通|了解|回访|探访|聊天|通话|连线)|^(?:微信)?视频$")),
    (
        Method.PHONE,
        re.compile(
            r"(?:电话|电联|致电|微信|短信)(?:联系|走访|询问|问候|慰问|沟通|了解|回访|探访|聊天|告知|交流)|(?:打|通)(?:了|过)?(?:个)?电话|^(?:电话|电联|电访)$|^(?:电联|电访|致电)"
        ),
    ),
    (Method.HOSPITAL, re.compile(r"(?:去|到|赴|在|前往)[^，,。；;]{0,8}医院[^，,。；;]{0,4}(?:看望|探望|探视|慰问|走访)|^医院(?:看望|探望|探视)")),
)  # fmt: skip


def method_by_notes(cell: Cell) -> Method | None:
    """Return the method of a visit by its notes: 电话联系，一切正常 was no home visit; None where they say none."""
    text = compact(cell)
    return next((method for method, words in _BY_NOTES if words.search(text)), None)


def refuse_failed_formula(cell: Cell) -> None:
    """Raise CellError for what a spreadsheet shows where a formula failed or was never calculated."""
    if isinstance(cell, str) and _FAILED.match(compact(cell)):
        raise CellError(
            "formula error", "这一格的公式没有算出结果（如 #N/A），请在表格里改成实际内容后再导入。"
        )


def words_of(cell: Cell) -> str:
    """Return free text, "" where the cell says nothing. Raises CellError for a formula that failed."""
    refuse_failed_formula(cell)
    return "" if says_nothing(cell) else plain(cell)
