"""Kinds of duty: what distinguishes them, and how a duty of each kind is worded.

An app that makes duties describes each kind by a subclass of `Kind` and registers it from `AppConfig.ready`, beside
the reader of its facts (`duties.sources`). Pages, notices, mails, the phone, reports and the interface ask the kind
and never compare codes. `Kind` itself has wording that fits any duty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto
from typing import ClassVar

from accounts.models import User
from baibuting.common.day_labels import day_label, moment_label
from baibuting.common.days import SHANGHAI, local_day, midnight
from duties.choices import KIND_LABELS, Family, Outcome
from duties.models import Duty, DutyEvent
from duties.selectors import Disclosure
from residents.models import Resident


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One entry of a duty's story: when, what happened, and of which sort it is.

    `sort` is one of opened, visit, told, stood_down, handled, handed_over, rule, settled, next. `words_of` names the action whose
    sealed words belong to the line; those accountable for the person can ask to see them.
    """

    at: datetime
    sort: str
    text: str
    words_of: int | None = None

    @property
    def is_whole_day(self) -> bool:
        """Return whether only the day matters: it happened at midnight."""
        local = self.at.astimezone(SHANGHAI)
        return (local.hour, local.minute) == (0, 0)


@dataclass(frozen=True, slots=True)
class Link:
    """A button that leads from a duty to what can be done about it."""

    label: str
    url: str
    is_main: bool = False


class PhoneCard(Enum):
    """How the phone's 今日 shows what is due: a card per duty, one card per person, or in a list of its own."""

    DUTY = auto()
    PERSON = auto()
    ELSEWHERE = auto()


class Kind:
    """One kind of duty. A subclass names it and overrides what its duties say differently.

    Duties are passed with `place`, `category`, `care_record` and what `related` names loaded.
    """

    # What it is
    code: ClassVar[str]
    label: ClassVar[str]
    family: ClassVar[Family]
    source: ClassVar[str]
    """Whose facts it is made from: the word under which the app registers its reader in `duties.sources`."""
    is_keyed_by_post: ClassVar[bool] = False
    """Whether a clock has one duty of this kind for each accountable post; else one for each first day."""
    counts_minutes: ClassVar[bool] = False
    """Whether it is due at a moment of the day; else by the end of a day."""
    related: ClassVar[Sequence[str]] = ()
    """What its methods read of a duty beside the columns of every list, as look-ups for `select_related`."""
    phone_card: ClassVar[PhoneCard] = PhoneCard.DUTY

    # Words
    verb: ClassVar[str] = "办理"
    late_verb: ClassVar[str] = "补办"
    lacking: ClassVar[str] = "至今没有办理"
    evidence: ClassVar[str] = "办理记录"
    """What proves that it was done; named where such proof came late or was corrected."""
    noun: ClassVar[str] = ""
    """What stands before 责任 where duties are counted: 走访."""
    remark: ClassVar[str] = ""
    """A word beside the category in lists that tells it from the usual kind: 首访."""

    def key(self, opened_on: date, accountable_post: str) -> str:
        """Return what distinguishes the duty from others of its kind and clock; stored in `Duty.key`."""
        return str(accountable_post) if self.is_keyed_by_post else opened_on.isoformat()

    # --- its subject ------------------------------------------------------------------------------------------------
    def resident(self, duty: Duty) -> Resident | None:
        """Return the resident it is owed to; None where it concerns no one resident."""
        return None

    def address(self, duty: Duty) -> str:
        """Return where it is owed: "怡和苑北区 第一片区 504栋"."""
        return duty.place.full_name

    def person(self, duty: Duty, disclosure: Disclosure) -> str:
        """Return the resident's name as the viewer may read it; "" where there is none."""
        resident = self.resident(duty)
        return "" if resident is None else disclosure.person(resident, duty.accountable)

    def category(self, duty: Duty, disclosure: Disclosure) -> str:
        """Return what it is about in a word or two, as the viewer may read it."""
        return self.label

    def references(self, duty: Duty) -> Mapping[str, int]:
        """Return the ids of the rows behind it, by the names under which the interface shows them."""
        return {}

    def facts(self, duty: Duty) -> Sequence[tuple[str, str]]:
        """Return further lines of the duty's page: (label, text)."""
        return ()

    # --- why it is owed ---------------------------------------------------------------------------------------------
    def rule(self, duty: Duty, *, may_know: bool) -> str:
        """Return the rule and its version in words. A sensitive category is named only where the reader `may_know`."""
        version = duty.basis.get("rule_version")
        return f"{self.label}规则" + (f"第 {version} 版" if version else "（建议值）")

    def opened(self, duty: Duty) -> str:
        """Return how it began and what it asks of whom."""
        return f"{self.label}，由{duty.get_accountable_post_display()}{self.verb}"

    def opened_at(self, duty: Duty) -> datetime:
        """Return the moment it began."""
        return midnight(duty.opened_on)

    def counted_from(self, duty: Duty, now: datetime) -> str:
        """Return what its due date was counted from; "" where the rule says it."""
        return ""

    def happenings(self, duty: Duty, now: datetime) -> Sequence[StoryLine]:
        """Return what happened to it besides its events and the actions on its ladder."""
        return ()

    # --- its state --------------------------------------------------------------------------------------------------
    def due(self, duty: Duty, now: datetime) -> str:
        """Return by when it must be done, and which days off have moved that date."""
        if self.counts_minutes:
            return f"应于 {moment_label(duty.due_at, now)} 前{self.verb}"
        text = f"最迟应于 {day_label(duty.due_on, now)}办理"
        skipped = duty.basis.get("skipped")
        if skipped:
            days = "、".join(day_label(date.fromisoformat(day), now) for day in skipped)
            target_on = day_label(date.fromisoformat(duty.basis["target_on"]), now)
            text += f"（原定 {target_on}，{days}休息，顺延）"
        return text

    def due_figures(self, duty: Duty) -> str:
        """Return the moment, or the day and the number of visits, in figures: "2026-03-09，2 次"."""
        if self.counts_minutes:
            return f"{duty.due_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        return f"{duty.due_on:%Y-%m-%d}" + (f"，{duty.needed} 次" if duty.needed > 1 else "")

    def left_label(self, duty: Duty, now: datetime) -> str:
        """Return how much time an open duty has: "还有 2 天"."""
        if self.counts_minutes:
            return f"{moment_label(duty.due_at, now)} 前{self.verb}"
        days = (duty.due_on - local_day(now)).days
        return "今天到期" if days <= 0 else f"还有 {days} 天"

    def overrun(self, duty: Duty, now: datetime) -> str:
        """Return by how much it is overdue: "逾期 3 天", "超时 50 分钟"."""
        if not self.counts_minutes:
            return f"逾期 {(local_day(now) - duty.due_on).days} 天"
        minutes = max(1, int((now - duty.due_at).total_seconds() // 60))
        if minutes < 120:
            return f"超时 {minutes} 分钟"
        return f"超时 {minutes // 60} 小时" if minutes < 48 * 60 else f"超时 {minutes // 1440} 天"

    def done(self, duty: Duty, done_at: datetime, now: datetime) -> str:
        """Return when it was done, and how late."""
        when = moment_label(done_at, now)
        if duty.outcome == Outcome.IN_TIME:
            return f"{when} 按时{self.verb}"
        late = self.overrun(duty, done_at).split(" ", 1)[1]
        return f"{when} {self.verb if self.counts_minutes else self.late_verb}，晚了 {late}"

    # --- what to do about it ----------------------------------------------------------------------------------------
    def advice(self, event: DutyEvent, *, goes: bool) -> str:
        """Return advice for the cadre notified: for the visitor if `goes`, else for those above."""
        if goes:
            return f"请尽快{self.verb}"
        return f"请过问{event.duty.get_accountable_post_display()}，督促{self.verb}"

    def links(self, duty: Duty, user: User) -> Sequence[Link]:
        """Return the links from the duty's page at the desk, the most likely last."""
        return ()

    def phone_action(self, duty: Duty) -> Link | None:
        """Return the phone's main button for a running duty."""
        return None

    def phone_links(self, duty: Duty) -> Sequence[Link]:
        """Return the links from the duty's page on the phone."""
        action = self.phone_action(duty)
        return () if action is None else (action,)


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Register a kind; called once each, from `AppConfig.ready`. Raises ValueError for a code already registered."""
    known = _kinds.get(kind.code)
    if known is not None and type(known) is not type(kind):
        raise ValueError(f"two kinds of duty are called {kind.code!r}: {known!r} and {kind!r}")
    _kinds[kind.code] = kind
    KIND_LABELS[kind.code] = kind.label


def kind_named(code: str) -> Kind:
    """Return the kind with this code. Raises LookupError for an unregistered one."""
    kind = _kinds.get(code)
    if kind is None:
        raise LookupError(f"no kind of duty is registered as {code!r}")
    return kind


def kind_of(duty: Duty) -> Kind:
    """Return the kind of a duty."""
    return kind_named(duty.kind)


def all_kinds() -> list[Kind]:
    """Return every registered kind, in the order of their apps."""
    return list(_kinds.values())


def kinds_of(family: Family) -> list[Kind]:
    """Return the kinds of a family."""
    return [kind for kind in _kinds.values() if kind.family == family]


def families() -> list[Family]:
    """Return the families that have a kind, in the order of `Family`."""
    present = {kind.family for kind in _kinds.values()}
    return [family for family in Family if family in present]


def related_rows(prefix: str = "") -> list[str]:
    """Return what the kinds read of a duty, as look-ups for `select_related`; `prefix` leads to the duty: "duty__"."""
    return sorted({f"{prefix}{path}" for kind in _kinds.values() for path in kind.related})


def noun_for(kinds: Iterable[Kind]) -> str:
    """Return the noun that all the kinds share; "" where they share none."""
    nouns = {kind.noun for kind in kinds}
    return nouns.pop() if len(nouns) == 1 else ""
