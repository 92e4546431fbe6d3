"""What a row says became of a person: beside the name, in columns on state or leaving, in the notes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from baibuting.common.tabular.fields import Field
from baibuting.common.tabular.importing import RowInput
from baibuting.common.tabular.meaning import Fate, Meaning, fate_of, plain_tick, split_remarks, tick_of
from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.report import Rejection
from baibuting.common.tabular.text import compact, plain, says_nothing
from baibuting.common.tabular.values import parse_date
from residents.bulk import PersonFacts
from residents.choices import LeftReason
from visits.importers.days import days_in

OVER = frozenset({Fate.DIED, Fate.MOVED, Fate.DISCHARGED, Fate.EMPLOYED, Fate.ENDED})
GONE = {Fate.DIED: LeftReason.DIED, Fate.MOVED: LeftReason.MOVED}
_LONGEST_STATE = 12  # characters of a note that is nothing but a state: 2026年5月1日去世


def _field(key: str, label: str, synonyms: str) -> Field:
    return Field(key, label, synonyms.split(), in_template=False)


# the state in words; `employment` is only about those out of work
STATE = _field(
    "state", "状态",
    "目前情况 现状 当前状态 目前状态 现在状态 人员状态 对象状态 在册状态 帮教状态 享受状态 低保状态 生存状态 生存状况 存亡状况 存亡情况 "
    "在住状态 居住状态 在管状态 住院状态 变动情况 变动原因 变更情况 当前情况 目前状况 人员现状 动态情况 当前现状 是否变动 管理状态",
)  # fmt: skip
EMPLOYMENT = _field("employment", "就业情况", "就业状态 就业状况 目前就业情况 现就业情况 再就业情况")
LEAVING = _field(
    "leaving",
    "迁出/去世",
    "离开原因 离开情况 迁出或去世 去世或迁出 去世/迁出 死亡/迁出 迁出/死亡 人口变动 迁移情况 去向",
)
# columns of days or of ticks, each with one meaning
_QUESTIONS: tuple[tuple[Field, Fate, Fate | None], ...] = (
    (_field("died", "是否去世", "去世 已故 死亡 是否死亡 是否已故 是否已去世"), Fate.DIED, None),
    (_field("died_on", "去世日期", "去世时间 死亡日期 死亡时间 身故日期 病故日期 过世日期 过世时间 逝世日期"), Fate.DIED, None),
    (_field("moved", "是否迁出", "迁出 搬离 搬走 是否搬离 是否搬走 是否已迁出 是否搬迁"), Fate.MOVED, None),
    (_field("moved_on", "迁出日期", "迁出时间 搬离日期 搬离时间 搬走时间 搬走日期 迁走日期 迁走时间 搬迁时间 搬迁日期"), Fate.MOVED, None),
    (_field("alive", "是否健在", "是否在世 健在"), Fate.RUNNING, Fate.DIED),
    (_field("discharged", "是否出院", "是否已出院 已出院"), Fate.DISCHARGED, Fate.RUNNING),
    (_field("in_hospital", "是否在院", "是否住院中 在院"), Fate.RUNNING, Fate.DISCHARGED),
    (_field("employed", "是否就业", "是否已就业 是否再就业 是否已再就业 是否实现就业"), Fate.EMPLOYED, Fate.RUNNING),
    (_field("listed", "是否在册", "是否在管 是否在帮 是否享受中 是否有效 是否在保"), Fate.RUNNING, Fate.ENDED),
    (_field("over", "是否解除", "是否终止 是否退出 是否注销 是否已解除 是否已退出 是否已终止 是否结束 是否停保 是否已注销"), Fate.ENDED, Fate.RUNNING),
)  # fmt: skip
LEFT_ON = _field("left_on", "离开日期", "离开时间 离开社区日期 离开社区时间")
# what rosters of residents read as well
LEAVING_FIELDS = (LEAVING, LEFT_ON, STATE, *(field for field, fate, no in _QUESTIONS[:5]))
FATE_FIELDS = (*LEAVING_FIELDS, EMPLOYMENT, *(field for field, *_ in _QUESTIONS[5:]))


_RUNS = re.compile(r"在[册帮管院保]|住院中|享受中|帮教中|进行中")


@dataclass(frozen=True, slots=True)
class Said:
    """What became of a person, in which column, and the day written beside it."""

    fate: Fate
    key: str
    day: date | None = None
    words: str = ""

    @property
    def runs_on(self) -> bool:
        """Return whether it says that the person is on the list now; 健在 or 待业 do not."""
        if self.key in ("discharged", "in_hospital", "listed", "over"):
            return self.fate is Fate.RUNNING
        return self.fate is Fate.RUNNING and self.key == "state" and bool(_RUNS.search(self.words))


@dataclass(frozen=True, slots=True)
class Leaving:
    """A person's death or moving away, since when, and the column that says so.

    `is_end`: it is given as the end of one record, which may be an old one.
    """

    reason: LeftReason
    day: date
    key: str
    is_end: bool = False


def take_fates(given: RowInput, person: PersonFacts | None) -> list[Said]:
    """Return all that a row says became of a person; a state that is not understood is named in a warning."""
    beside = list(_beside_the_name(given))
    if person and person.fate and not beside:  # 王五-已故, without brackets
        beside = [_said(person.fate, "name", plain(given.cell("name")))]
    return [*beside, *_in_words(given), *_asked(given)]


def _beside_the_name(given: RowInput) -> Iterator[Said]:
    """Yield death, moving away and discharge from a remark like 王五（已故）; （曾用名…） is part of the name."""
    for remark in split_remarks(given.cell("name"))[1]:
        fate = fate_of(remark)
        if fate in (Fate.DIED, Fate.MOVED, Fate.DISCHARGED, Fate.ENDED) and "名" not in remark:
            yield _said(fate, "name", remark)


def _in_words(given: RowInput) -> Iterator[Said]:
    for key in ("state", "leaving", "employment"):
        if not given.has(key) or says_nothing(cell := given.cell(key)):
            continue
        if plain(cell) == LeftReason.UNSTATED.label:
            continue
        fate = fate_of(plain(cell))
        if fate is not None:
            yield _said(fate, key, plain(cell))
        elif key != "employment" and tick_of(cell) is Meaning.UNCLEAR:
            given.warn(
                key,
                "state",
                "看不懂这一格说的是不是仍在册，按仍在册处理；请写“在册”，或写明去世、迁出、终止及日期。",
            )


def _said(fate: Fate, key: str, words: str) -> Said:
    return Said(fate, key, next(iter(days_in(words)), None), words)


def _asked(given: RowInput) -> Iterator[Said]:
    """Yield what columns of days (when) and of ticks (whether) say."""
    for field, if_yes, if_no in _QUESTIONS:
        if not given.has(field.key) or says_nothing(cell := given.cell(field.key)):
            continue
        day, ticked, meaning = _day_of(cell), plain_tick(cell), tick_of(cell)
        if day is not None:
            yield Said(if_yes, field.key, day, plain(cell))
        elif ticked or meaning is Meaning.LIKELY:
            yield Said(if_yes, field.key, None, plain(cell))
        elif ticked is None and (fate := fate_of(plain(cell))) is not None:
            yield _said(fate, field.key, plain(cell))
        elif ticked is False or meaning is Meaning.NO:
            if if_no is not None:
                yield Said(if_no, field.key, None, plain(cell))
        else:
            given.warn(field.key, "state", "看不懂这一格，没有采用；请填日期，或“是”“否”。")


def _day_of(cell: object) -> date | None:
    """Return the day of a cell that holds one, alone or among words; None for other words."""
    try:
        return parse_date(cell)  # type: ignore[arg-type]
    except CellError:
        return next(iter(days_in(plain(cell))), None)  # type: ignore[arg-type]


def take_leaving(given: RowInput, said: list[Said], today: date) -> Leaving | None:
    """Return a death or moving away with its day; refused where the day is missing, unreadable or in the future."""
    gone = sorted(
        (one for one in said if one.fate in GONE),
        key=lambda one: (one.fate is not Fate.DIED, one.day is None),
    )
    day = given.take("left_on", _parse_optional, None)
    if not gone:
        if day is not None and plain(given.cell("leaving")) != LeftReason.UNSTATED.label:
            given.refuse("left_on", "leaving", "填了离开日期，请在“迁出/去世”一栏写明是迁出还是去世。")
        return None
    first = gone[0]
    day = next((one.day for one in gone if one.fate is first.fate and one.day), None) or day
    word = GONE[first.fate].label
    if day is None:
        given.refuse(
            first.key, "leaving", f"名册上写着此人已{word}，请写明{word}日期（如 2026-03-05），或不要列入。"
        )
        return None
    if day > today:
        given.refuse(first.key, "leaving", f"{word}日期在今天以后，请核对。")
        return None
    return Leaving(GONE[first.fate], day, first.key)


def _parse_optional(cell: object) -> date | None:
    return None if says_nothing(cell) else parse_date(cell)  # type: ignore[arg-type]


def doubt_in_notes(given: RowInput) -> Said | None:
    """Return a note that is nothing but an end (已故, 2026.5.1出院). A longer one that mentions it is warned of."""
    text = compact(given.cell("notes"))
    fate = fate_of(text)
    if fate not in OVER:
        return None
    if len(text) <= _LONGEST_STATE:
        return _said(fate, "notes", text)
    if fate in GONE:
        given.warn("notes", "state", "备注里提到去世或搬离；如说的是本人，请办理“迁出/去世”。")
    return None


def warn_of_unread_states(given: RowInput) -> None:
    """Warn of every cell of an unknown column that says a person has died, left, or is on the list no longer."""
    known = {
        *given.row.table.header.columns.values(),
        *given.row.table.header.serials,
        *given.row.table.header.ours,
    }
    titles = given.row.table.header.titles
    for index, cell in enumerate(given.row.raw[: len(titles)]):
        if index in known or not titles[index] or not isinstance(cell, str) or len(cell) > 2 * _LONGEST_STATE:
            continue
        fate = fate_of(cell)
        if fate in GONE or (fate in OVER and len(compact(cell)) <= 6):
            message = f"“{titles[index]}”一栏没有读取，这一格像是说此人已离开或已终止；请核对是否仍需走访。"
            sheet = given.row.table.sheet.name
            given.remarks.append(Rejection(given.row.number, titles[index], "state", message, sheet))
