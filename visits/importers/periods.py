"""First and last days: the columns for them, each category having its own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from baibuting.common.tabular.fields import Content, Field
from baibuting.common.tabular.importing import RowInput
from baibuting.common.tabular.meaning import Fate, fate_of
from baibuting.common.tabular.text import plain, says_nothing, title_key
from baibuting.common.tabular.values import parse_optional_date
from residents.choices import EndReason
from visits.importers.days import parse_span

# 登记时间, 填表日期, 录入日期 and 上报日期 are the days of the sheet, not of the person: they are no start
STARTED_ON = Field(
    "started_on",
    "纳入日期",
    ("纳入时间", "建档日期", "建档时间", "列入日期", "列入时间", "开始日期", "开始时间", "入册日期", "入册时间", "纳管日期", "纳管时间", "起始日期", "起始时间"),
    example="2026-03-05",
    help="必填，如 2026-03-05",
    content=Content.DAY,
)  # fmt: skip


def _field(key: str, label: str, synonyms: str) -> Field:
    return Field(key, label, synonyms.split(), in_template=False)


ENDED_ON = _field(
    "ended_on", "终止日期", "终止时间 退出日期 退出时间 结束日期 结束时间 注销日期 注销时间 销号日期 销号时间"
)
END_REASON = _field("end_reason", "终止原因", "退出原因 结束原因 注销原因 销号原因 解除原因 停保原因")


@dataclass(frozen=True, slots=True)
class _Words:
    """The columns of one category: `starts` and `ends`, the strongest first. `planned` ends may be future, or put off."""

    starts: Sequence[Field]
    ends: Sequence[Field] = ()
    planned: Sequence[Field] = ()
    reason: EndReason = EndReason.OTHER
    over: Fate = Fate.ENDED


_WORDS: dict[str, _Words] = {
    "hospital": _Words(
        starts=[_field("admitted_on", "入院日期", "入院时间 住院日期 住院时间 住院起止 住院起止时间 入住医院时间 本次入院时间")],
        ends=[_field("discharged_on", "出院日期", "出院时间 本次出院时间")],
        reason=EndReason.DISCHARGED,
        over=Fate.DISCHARGED,
    ),
    "released": _Words(
        starts=[
            _field("supervised_from", "帮教起始日期", "帮教起始时间 帮教开始日期 帮教开始时间 帮教起始 帮教起止 帮教起止日期 帮教起止时间 帮教期限 帮教时间 列管日期 列管时间 衔接日期 衔接时间"),
            _field("released_on", "释放日期", "释放时间 刑满释放日期 刑满释放时间 刑释日期 刑释时间 出狱日期 出狱时间 解教日期 解教时间"),
        ],
        ends=[_field("dismissed_on", "解除日期", "解除时间 解除帮教日期 解除帮教时间 帮教解除日期 帮教解除时间")],
        planned=[_field("supervised_until", "帮教截止日期", "帮教截止时间 帮教结束日期 帮教结束时间 帮教期满日期 帮教期满时间 帮教截止 帮教到期日期")],
    ),
    "laid_off": _Words(
        starts=[_field("lost_job_on", "失业日期", "失业时间 下岗日期 下岗时间 失业登记日期 失业登记时间 离岗日期 离岗时间 下岗失业时间")],
        ends=[_field("found_job_on", "再就业日期", "再就业时间 就业日期 就业时间 上岗日期 上岗时间 重新就业日期 重新就业时间")],
        reason=EndReason.EMPLOYED,
        over=Fate.EMPLOYED,
    ),
    "hardship": _Words(
        starts=[_field("benefit_from", "享受起始日期", "享受起始时间 享受起始 享受日期 享受时间 开始享受时间 开始享受日期 享受低保时间 享受低保日期 低保起始日期 低保起始时间 纳入低保时间 纳入低保日期 救助起始日期 救助起始时间 低保批准日期 低保批准时间")],
        ends=[_field("benefit_until", "停保日期", "停保时间 退保日期 退保时间 停发日期 停发时间 取消低保时间 取消低保日期 退出低保时间 退出低保日期 停止救助日期")],
        planned=[_field("benefit_to", "享受截止日期", "享受截止时间 救助截止日期 救助截止时间 低保截止日期 低保有效期至 有效期至")],
    ),
    "elderly_alone": _Words(
        starts=[_field("alone_since", "独居认定日期", "独居认定时间 孤寡认定日期 孤寡认定时间 独居起始时间 独居时间 空巢认定时间 认定日期 认定时间 认定为孤寡老人时间")],
    ),
}  # fmt: skip
_NO_WORDS = _Words(starts=[])
_SINCE_WHEN = (
    "benefit_from"  # 享受起始时间 is the day a person joined a list, where the list is of something else
)
START_KEYS = (STARTED_ON.key, *(item.key for words in _WORDS.values() for item in words.starts))
PERIOD_FIELDS = (
    ENDED_ON,
    END_REASON,
    *(item for words in _WORDS.values() for item in (*words.starts, *words.ends, *words.planned)),
)


@dataclass(slots=True)
class PeriodReader:
    """The first and last days of one row; each cell is read, and refused, once, however many categories need it."""

    given: RowInput
    today: date
    born_on: date | None
    is_alone: bool = False  # the row names one category
    _spans: dict[str, tuple[date, date | None] | None] = field(default_factory=dict)
    _days: dict[str, date | None] = field(default_factory=dict)

    def start(self, code: str) -> tuple[date | None, date | None, bool]:
        """Return the first day of a category, a last day written in the same cell, and whether a column gave it.

        None after a refusal; today where the file has no column for it.
        """
        own = _WORDS.get(code, _NO_WORDS).starts
        keys = [key for key in ("started_on", *(one.key for one in own)) if self.given.has(key)]
        if not keys and self.is_alone and not says_nothing(self.given.cell(_SINCE_WHEN)):
            keys = [_SINCE_WHEN]
        if not keys:
            return self.today, None, False
        filled = [key for key in keys if not says_nothing(self.given.cell(key))]
        span = self._span(filled[0] if filled else keys[0])
        return (*span, True) if span else (None, None, True)

    def _span(self, key: str) -> tuple[date, date | None] | None:
        if key not in self._spans:
            span = self.given.take(key, parse_span, None)  # type: ignore[arg-type]
            self._spans[key] = self._checked(key, span)
        return self._spans[key]

    def _checked(self, key: str, span: tuple[date, date | None] | None) -> tuple[date, date | None] | None:
        """Return a span whose start is neither in the future nor before the person's birth; None after a refusal."""
        if span is None:
            return None
        if span[0] > self.today:
            self.given.refuse(key, "date", "起始日期在今天以后，请核对；到那一天再导入。")
        elif self.born_on and span[0] < self.born_on:
            self.given.refuse(key, "date", "起始日期早于出生日期，请核对。")
        else:
            return span
        return None

    def end(self, code: str, is_said_to_run: bool) -> tuple[date | None, str, date | None]:
        """Return the last day, its column, and a planned last day not in force: a future one, or put off by its state."""
        words = _WORDS.get(code, _NO_WORDS)
        for key in ("ended_on", *(one.key for one in words.ends)):
            day = self._day(key)
            if day is None:
                continue
            if day <= self.today:
                if is_said_to_run:
                    self.given.refuse(key, "state", "写了终止日期，状态却是仍在册，请核对哪一个对。")
                return day, key, None
            self.given.warn(key, "planned", "终止日期在今天以后，到那一天以前仍按在册走访；到期请办理终止。")
            return None, key, day
        for key in (one.key for one in words.planned):
            day = self._day(key)
            if day is None:
                continue
            if day > self.today:
                return None, key, day
            if not is_said_to_run:
                return day, key, None
            self.given.warn(key, "planned", "期限已过，状态写的是仍在册，按仍在册登记，请核对。")
            return None, key, day
        return None, "ended_on", None

    def _day(self, key: str) -> date | None:
        if key not in self._days:
            self._days[key] = self.given.take(key, parse_optional_date, None) if self.given.has(key) else None
        return self._days[key]

    def reason(self, code: str, key: str) -> str:
        """Return why it ended: by its own column, else by what the column of the last day means."""
        cell = self.given.cell("end_reason")
        if not says_nothing(cell):
            return reason_of(plain(cell))
        return EndReason.OTHER if key == "ended_on" else _WORDS.get(code, _NO_WORDS).reason


_REASONS = {title_key(label): value for value, label in EndReason.choices}
_REASON_OF_FATE = {
    Fate.DIED: EndReason.DIED,
    Fate.MOVED: EndReason.MOVED,
    Fate.DISCHARGED: EndReason.DISCHARGED,
    Fate.EMPLOYED: EndReason.EMPLOYED,
}


def reason_of(words: str) -> str:
    """Return a reason by its label, or by what its words say became of the person; 其他 for other words."""
    fate = fate_of(words)
    by_fate = _REASON_OF_FATE.get(fate, EndReason.OTHER) if fate else EndReason.OTHER
    return _REASONS.get(title_key(words), by_fate)


def ends_category(fate: Fate | None, code: str) -> bool:
    """Return whether what became of a person ends a record of this category: 出院 ends no 孤寡老人."""
    return fate in (Fate.ENDED, Fate.DENIED, _WORDS.get(code, _NO_WORDS).over)


def reason_of_fate(fate: Fate, code: str) -> str:
    """Return why a record of the category ended, by what became of the person."""
    return _REASON_OF_FATE.get(fate) or _WORDS.get(code, _NO_WORDS).reason
