"""Duties as lists and pages show them to one viewer: rows, and the steps of a ladder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from baibuting.common.days import SHANGHAI, local_day
from buildings.scope import Scope
from cadres.choices import Post
from cadres.ladder import Ladder, rung_post
from duties.as_of import COMING_DAYS
from duties.choices import RUNNING, DutyActionKind, EventKind, Outcome, Rung
from duties.clock import falls_due, steps
from duties.kinds import kind_of, related_rows
from duties.models import Duty
from duties.selectors import Disclosure, duties_shown
from duties.story import status_label


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A duty as a list shows it to one viewer.

    `remark` is a word beside the category, "" for usual kinds; `chip` is overdue, today, week, done or plain.
    """

    duty: Duty
    address: str
    person: str
    category: str
    remark: str
    status: str
    chip: str
    rung_label: str
    post_label: str
    holder: str


def duty_rows(duties: Sequence[Duty], seen_by: Disclosure, now: datetime) -> list[DutyRow]:
    """Return the rows of a list, in its order; the duties come from `duties_listed`. No query."""
    return [_duty_row(duty, seen_by, now) for duty in duties]


def duties_listed(scope: Scope) -> QuerySet[Duty]:
    """Return the duties of a scope with all that `duty_rows` and their kinds read, in one query."""
    return duties_shown(scope).select_related(*related_rows())


def _duty_row(duty: Duty, seen_by: Disclosure, now: datetime) -> DutyRow:
    day = local_day(now)  # the day shown; disclosure is as of today
    holder = seen_by.ladder.answering(duty.accountable, 0, day)
    kind = kind_of(duty)
    return DutyRow(
        duty=duty,
        address=kind.address(duty),
        person=kind.person(duty, seen_by),
        category=kind.category(duty, seen_by),
        remark=kind.remark,
        status=status_label(duty, now),
        chip=_chip(duty, day),
        rung_label=duty.get_rung_display() if duty.rung is not None else "",
        post_label=duty.get_accountable_post_display(),
        holder=holder.cadre_name if holder else "",
    )


def _chip(duty: Duty, today: date) -> str:
    if duty.outcome == Outcome.OPEN:
        days = (duty.due_on - today).days
        return "today" if days <= 0 else "week" if days <= COMING_DAYS else "plain"
    return {Outcome.OVERDUE: "overdue", Outcome.IN_TIME: "done"}.get(Outcome(duty.outcome), "plain")


@dataclass(frozen=True, slots=True)
class LadderStep:
    """One rung of a duty's ladder: its holder today, and when it was or will be notified."""

    rung_label: str
    post_label: str
    holder: str
    is_cover: bool
    at: datetime
    state: str  # told, taken_back, coming, waived, not_needed
    handled: str  # what was done on the rung: 已接办, 已放行

    @property
    def label(self) -> str:
        """Return the state of the rung, with its day or moment: "11月19日 已知会", "11月26日 00:00"."""
        if self.state == "coming":
            return f"{self._day} {self.at.astimezone(SHANGHAI):%H:%M}"
        return self._settled

    @property
    def sentence(self) -> str:
        """Return the label where no column heading explains the time: "仍未办理的，11月26日 知会"."""
        return f"仍未办理的，{self._day} 知会" if self.state == "coming" else self._settled

    @property
    def _day(self) -> str:
        day = local_day(self.at)
        return f"{day.month}月{day.day}日"

    @property
    def _settled(self) -> str:
        if self.state == "told":
            return f"{self._day} 已知会"
        return {"taken_back": "知会已撤回", "waived": "已放行，不再知会"}.get(self.state, "无需知会")


def ladder_steps(duty: Duty, now: datetime, today: date, ladder: Ladder) -> list[LadderStep]:
    """Return a duty's ladder with today's holders; `ladder` has its accountable post loaded. Two queries."""
    kinds: dict[int, set[str]] = {}
    for event in duty.events.exclude(rung=None):
        kinds.setdefault(event.rung or 0, set()).add(event.kind)
    done = _done_on_rungs(duty)
    found = []
    for step in steps(duty.due_at, duty.ladder):
        falls = falls_due(step.at, duty.waived_times)
        holder = ladder.answering(duty.accountable, step.rung, today)
        found.append(
            LadderStep(
                rung_label=Rung(step.rung).label,
                post_label=Post(rung_post(step.rung, duty.accountable_post)).label,
                holder=holder.cadre_name if holder else "",
                is_cover=bool(holder and holder.is_cover),
                at=falls or step.at,
                state=_step_state(kinds.get(step.rung, set()), duty, falls, now),
                handled=done.get(step.rung, ""),
            )
        )
    return found


def _done_on_rungs(duty: Duty) -> dict[int, str]:
    """Return by rung whether it has taken the duty over or waived the round, as a label."""
    words = {DutyActionKind.TAKE_OVER: "已接办", DutyActionKind.WAIVE: "已放行"}
    rows = duty.duty_actions.filter(kind__in=words, revoked_by=None).order_by("at", "pk")
    return {row.rung or 0: words[DutyActionKind(row.kind)] for row in rows}


def _step_state(kinds: set[str], duty: Duty, at: datetime | None, now: datetime) -> str:
    if EventKind.STOOD_DOWN in kinds and EventKind.REINSTATED not in kinds:
        return "taken_back"
    if EventKind.RAISED in kinds:
        return "told"
    if duty.outcome in RUNNING and at is None:
        return "waived"
    if duty.outcome in RUNNING and at is not None and at > now:
        return "coming"
    return "not_needed"
