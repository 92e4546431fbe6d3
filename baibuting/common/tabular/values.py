"""Parsers of cells: names, numbers, phones, dates, yes and no. They refuse by CellError, and never guess."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from baibuting.common.tabular.meaning import plain_tick
from baibuting.common.tabular.naming import NameSaid, parse_name, read_name, split_name_and_phone
from baibuting.common.tabular.phones import PHONE_MESSAGE, parse_phone
from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.text import compact, half_width, plain, says_nothing

__all__ = [
    "DATE_MESSAGE", "PHONE_MESSAGE", "Moment", "NameSaid", "birthday_of", "parse_count", "parse_date", "parse_day",
    "parse_exact_moment", "parse_gender", "parse_id_number", "parse_moment", "parse_name", "parse_optional_date",
    "parse_optional_day", "parse_phone", "parse_text", "parse_time", "parse_yes", "read_name", "split_name_and_phone",
    "split_several",
]  # fmt: skip

_LAST_TWO_OF_ID = "10X98765432"
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_WRAPPING = re.compile(r"""^=?['"‘’“”`´＇＂]+|['"‘’“”`´＇＂]+$""")
_ID_NUMBER = re.compile(r"[0-9]{17}[0-9X]")
_EXACT_DIGITS = 15  # precision of a number in a workbook
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
_NUMBER = re.compile(r"(\d+)(?:\.0+)?\s*(?:个|户|层|单元|栋|人|次|楼|岁)?")
_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_DAYS = range(20_000, 80_000)  # 1954 to 2119: days counted from Excel's epoch
_YEARS = range(1900, 2101)

MONTH_MESSAGE = "这里只写到月份，不知道是哪一天，请写成 2026-03-05 的样子。"
SPAN_MESSAGE = "这里写的是一段时间，不知道是哪一天，请写成一个具体的日期，如 2026-03-05。"
DATE_MESSAGE = "看不懂这个日期，请写成 2026-03-05 的样子。"


def parse_id_number(cell: Cell) -> str:
    """Return an 18-character ID number, "" for none.

    Raises CellError "id number lost digits" for one stored as a number (its tail is gone and is never guessed),
    "id checksum" for a wrong check character, "id number" for anything else. Numbers of 15 digits are refused: they
    have no check character, so one that was mistyped, or cut short, would become another person's.
    Source: GB 11643-1989, GB 11643-1999.
    """
    if says_nothing(cell):
        return ""
    text = compact(cell).upper()
    text = text if text.isalnum() else _ID_WRAPPING.sub("", text)
    if ("E" in text and _SCIENTIFIC.fullmatch(text)) or (
        isinstance(cell, int | float) and len(text) > _EXACT_DIGITS
    ):
        raise CellError(
            "id number lost digits",
            "身份证号被存成了数字，末几位已经丢失。请把这一格设为文本，按证件重新填写。",
        )
    if not _ID_NUMBER.fullmatch(text):
        if len(text) == _EXACT_DIGITS and text.isdigit():
            raise CellError("id number", "这是 15 位的旧身份证号，请按现在的证件换成 18 位。")
        raise CellError(
            "id number", f"身份证号应为 18 位，这里是 {len(text)} 位或含有别的字符，请按证件核对。"
        )
    if _LAST_TWO_OF_ID[sum(int(text[at]) * weight for at, weight in enumerate(_ID_WEIGHTS)) % 11] != text[17]:
        raise CellError("id checksum", "身份证号的校验位不对，可能有一位填错，请按证件核对。")
    if birthday_of(text) is None:
        raise CellError("id number", "身份证号里的出生日期不存在，请按证件核对。")
    return text


def birthday_of(id_number: str) -> date | None:
    """Return the date of birth in an ID number; None where it is no date."""
    return _day(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))


@dataclass(frozen=True, slots=True)
class Moment:
    """A day and, where one was written, the time of day. `is_month`: only a month was written, and `day` is its first."""

    day: date
    at: time | None = None
    is_month: bool = False


_BY_SEPARATOR = re.compile(r"(\d{4})[-./年、](\d{1,2})[-./月、](\d{1,2})(?!\d)\s*[日号]?")
_AROUND_SEPARATORS = re.compile(r"\s*([-./年月、])\s*")
_BY_MONTH = re.compile(r"(\d{4})[-./年](\d{1,2})月?份?")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d)")
_COMPACT_MONTH = re.compile(r"(\d{4})(\d{2})")
_SECOND_DAY = re.compile(
    r"\s*[-~—–－至到、,，/和及与]+\s*(?:\d{4}[-./年])?(?:\d{1,2}[-./月])?\d{1,2}(?:[日号]|\s*$|[^\d:时点])"
)
_HOUR = re.compile(r"\d{1,2}\s*(?:[:时点]|am|pm)|上午|下午|早上|早晨|中午|傍晚|晚|凌晨|[ap]m", re.IGNORECASE)
_PART_OF_MONTH = re.compile(r"[-~—–至到、,，/和及初中底末上下]|份?[上中下]旬|全月")
_WEEKDAY = re.compile(r"[(（]?(?:星期|礼拜|周)[一二三四五六日天][)）]?")
_TIME = re.compile(
    r"(?P<half>凌晨|早上|早晨|上午|中午|下午|傍晚|晚上|晚|am|pm)?"
    r"(?:(?P<hour>\d{1,2})(?:[:时点](?P<minute>\d{1,2}|半)?分?(?::?(?P<second>\d{1,2})(?:\.\d+)?秒?)?))?"
    r"(?P<after>am|pm)?",  # as a program set to English writes it: 10:30:00 PM
    re.IGNORECASE,
)
_CHINESE_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")


def parse_date(cell: Cell) -> date:
    """Return the day of a date cell, 2020.12.18, 2020/3/5, 2020年3月5日, 20201218, 2020年3月 (its first) or a day number.

    Raises CellError "missing date" for a blank cell, "date" for anything else, a year of two digits and a span of days
    included.
    """
    return parse_moment(cell).day


def parse_optional_date(cell: Cell) -> date | None:
    """Return the day as `parse_date`; None for a cell that says nothing. Raises CellError "date"."""
    return None if says_nothing(cell) else parse_date(cell)


def parse_day(cell: Cell) -> date:
    """Return the day as `parse_date`, but refuse a month alone. Raises CellError "missing date", "date"."""
    return parse_exact_moment(cell).day


def parse_optional_day(cell: Cell) -> date | None:
    """Return the day as `parse_day`; None for a cell that says nothing. Raises CellError "date"."""
    return None if says_nothing(cell) else parse_day(cell)


def parse_exact_moment(cell: Cell) -> Moment:
    """Return a day with a time of day; a month alone is refused. Raises CellError "missing date", "date"."""
    moment = parse_moment(cell)
    if moment.is_month:
        raise CellError("date", MONTH_MESSAGE)
    return moment


def parse_moment(cell: Cell) -> Moment:
    """Return a day with a time of day, as in 2026/6/7 14:30; midnight counts as no time. A month alone says so."""
    if isinstance(cell, datetime):
        return Moment(_in_range(cell.date()), cell.time() if cell.time() != time() else None)
    if isinstance(cell, date):
        return Moment(_in_range(cell))
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _from_number(cell)
    if says_nothing(cell):
        raise CellError("missing date", "请填写日期，如 2026-03-05。")
    text = _WEEKDAY.sub("", half_width(cell)).strip(" .。").replace("T", " ")
    text = _AROUND_SEPARATORS.sub(r"\1", text)
    if "年" in text and not text[0].isdigit():
        text = _from_chinese(text)
    for pattern in (_BY_SEPARATOR, _COMPACT_DAY):
        found = pattern.match(text)
        day = _day(*map(int, found.groups())) if found else None
        if found and day:
            return Moment(day, _time_behind(text[found.end() :]))
    return _from_month(compact(text))


def _time_behind(rest: str) -> time | None:
    """Return the time of day after a day. Raises CellError "date" for a second day, as in 2026-06-01至30."""
    if not rest:
        return None
    if _SECOND_DAY.match(rest) or (re.fullmatch(r"\D*\d+\D?", rest.strip()) and not _HOUR.search(rest)):
        raise CellError("date", SPAN_MESSAGE)
    return parse_time(rest.strip(" ,，-"))


def _from_number(number: float) -> Moment:
    """Return 20201218, 202003 or Excel's day number as a moment; 2020.1 could be January or October and is refused."""
    if int(number) in _EXCEL_DAYS:
        return Moment(_EXCEL_EPOCH + timedelta(days=int(number)))
    if number == int(number):
        found = _COMPACT_DAY.fullmatch(str(int(number)))
        day = _day(*map(int, found.groups())) if found else None
        return Moment(day) if day else _from_month(str(int(number)))
    raise CellError("date", DATE_MESSAGE)


def _from_month(text: str) -> Moment:
    found = _BY_MONTH.match(text)
    if found and (rest := text[found.end() :]):
        raise CellError("date", SPAN_MESSAGE if _PART_OF_MONTH.match(rest) else DATE_MESSAGE)
    compactly = _COMPACT_MONTH.fullmatch(text)
    # 201203 could be the third of December 2020; from 2013 on the second pair cannot be a month of "13".."
    if found is None and compactly and int(compactly[1]) >= 2013:
        found = compactly
    day = _day(int(found[1]), int(found[2]), 1) if found else None
    if day is None:
        raise CellError("date", DATE_MESSAGE)
    return Moment(day, is_month=True)


def _from_chinese(text: str) -> str:
    """Return a date's Chinese numerals as digits: 二〇二〇年三月五日 → 2020年3月5日."""

    def number(found: re.Match[str]) -> str:
        tens, ten, ones = found.group().partition("十")
        if not ten:
            return found.group().translate(_CHINESE_DIGITS)
        return f"{(tens or '一').translate(_CHINESE_DIGITS)}{(ones or '〇').translate(_CHINESE_DIGITS)}"

    return re.sub("[〇零○一二三四五六七八九十]+", number, text)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year in _YEARS else None
    except ValueError:
        return None


def _in_range(day: date) -> date:
    if day.year not in _YEARS:
        raise CellError("date", DATE_MESSAGE)
    return day


def parse_time(cell: Cell) -> time | None:
    """Return a time of day such as 14:30, 下午3点, 9时; None for midnight, for none, or for 上午 alone.

    Raises CellError "date" for what is no time.
    """
    if isinstance(cell, datetime):
        cell = cell.time()
    if isinstance(cell, time):
        return cell.replace(microsecond=0) if cell != time() else None
    if isinstance(cell, timedelta):
        return _after_midnight(cell)
    if isinstance(cell, float) and 0 <= cell < 1:  # Excel's fraction of a day
        return _after_midnight(timedelta(minutes=round(cell * 24 * 60)))
    if says_nothing(cell):
        return None
    found = _TIME.fullmatch(re.split(r"[-~—至到]", compact(cell))[0])
    if found is None:
        raise CellError("date", "看不懂这个时间，请写成 14:30 的样子。")
    return _clock_time(found)


def _after_midnight(passed: timedelta) -> time | None:
    minutes = int(passed.total_seconds()) // 60
    return time(minutes // 60, minutes % 60) if 0 < minutes < 24 * 60 else None


def _clock_time(found: re.Match[str]) -> time | None:
    if found["hour"] is None:
        return None
    hour = int(found["hour"])
    minute = 30 if found["minute"] == "半" else int(found["minute"] or 0)
    half = (found["half"] or found["after"] or "").lower()
    if half in ("下午", "傍晚", "晚上", "晚", "pm") and hour < 12:
        hour += 12
    elif half == "am" and hour == 12:
        hour = 0
    if hour > 23 or minute > 59:
        raise CellError("date", "看不懂这个时间，请写成 14:30 的样子。")
    at = time(hour, minute, min(int(found["second"] or 0), 59))
    return at if at != time() else None


def parse_count(cell: Cell) -> int | None:
    """Return how many of something: 4, 4.0, ４个; None for a blank cell. Raises CellError "number"."""
    if says_nothing(cell):
        return None
    found = _NUMBER.fullmatch(half_width(cell))
    if found is None or int(found[1]) > 30_000:
        raise CellError("number", "这里应填数字，如 4，请改正。")
    return int(found[1])


def parse_yes(cell: Cell) -> bool | None:
    """Return whether a cell is ticked; None where it says neither; a blank or crossed cell is no.

    Knows plain words and signs alone; `tick_of` also reads words such as 不符合 and 已退出.
    """
    return plain_tick(cell)


def parse_gender(cell: Cell) -> str:
    """Return "male", "female" or "" for none. Raises CellError "gender"."""
    text = compact(cell).lower()
    if says_nothing(cell) or text in ("保密", "未说明"):
        return ""
    if text in ("男", "男性", "m", "male", "先生"):
        return "male"
    if text in ("女", "女性", "f", "female", "女士"):
        return "female"
    raise CellError("gender", "性别请填“男”或“女”。")


def parse_text(cell: Cell, longest: int, what: str) -> str:
    """Return free text, "" where the cell says nothing. Raises CellError "too long"."""
    if says_nothing(cell):
        return ""
    text = plain(cell)
    if len(text) > longest:
        raise CellError("too long", f"{what}超过 {longest} 个字，请缩短后再导入。")
    return text


_SEVERAL = re.compile(r"[、,，/／;；|｜+＋&\n]|\s+|和|及|兼|以及")


def split_several(cell: Cell) -> Sequence[str]:
    """Return the parts of a cell that holds several values: 困难家庭、住院病人."""
    return [part for part in (part.strip() for part in _SEVERAL.split(half_width(cell))) if part]
