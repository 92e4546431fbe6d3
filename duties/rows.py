"""Duties as lists and pages show them to one viewer: rows, and the steps of a ladder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet

from baibuting.common.day_labels import day_label
from baibuting.common.days import SHANGHAI, local_day
from baibuting.common.list_sorting import Columns
from buildings.scope import Scope
from cadres.choices import Post
from cadres.ladder import Ladder, rung_post
from duties.as_of import COMING_DAYS
from duties.choices import RUNNING, DutyActionKind, EventKind, Outcome, Rung
from duties.clock import falls_due, steps
from duties.events import duties_held, steps_taken_back
from duties.kinds import kind_of, related_rows
from duties.models import Duty, DutyAction, DutyEvent
from duties.selectors import PEOPLE, PERSON, Disclosure, duties_shown
from duties.story import WAITS, History, duty_history, status_label, told_label
from duties.wording import is_recorded_late, written_label
from residents.selectors import flat_key


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A duty as a list shows it to one viewer.

    `remark` is a word beside the category, "" for usual kinds; `chip` is overdue, today, week, done or plain; `note` what
    else there is to know.
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
    note: str = ""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person's duties at a place as one row of a list, the most pressing first; a duty without a person is alone."""

    first: DutyRow
    others: list[DutyRow]

    @property
    def count(self) -> int:
        """Return how many duties the row holds."""
        return 1 + len(self.others)

    @property
    def categories(self) -> list[str]:
        """Return the categories of all of them, each once."""
        return list(dict.fromkeys(row.category for row in (self.first, *self.others)))


def duty_rows(duties: Sequence[Duty], seen_by: Disclosure, now: datetime) -> list[DutyRow]:
    """Return the rows of a list, in its order; the duties come from `duties_listed`. No query."""
    return [_duty_row(duty, seen_by, now) for duty in duties]


def person_rows(duties: Sequence[Duty], seen_by: Disclosure, now: datetime) -> list[PersonRow]:
    """Return the rows of a list by person, in the order of their first duties. No query.

    A younger round says that it is not notified by itself, where the older one stands on the same list.
    """
    held = duties_held(duties)
    found: dict[tuple[int, int], list[DutyRow]] = {}
    for duty in duties:
        resident = kind_of(duty).resident(duty)
        row = _duty_row(duty, seen_by, now)
        if held.get(duty.pk) and duty.outcome in RUNNING:
            row = replace(row, note=WAITS)
        found.setdefault((resident.pk if resident else -duty.pk, duty.place_id), []).append(row)
    return [PersonRow(first, others) for first, *others in found.values()]


PersonAt = tuple[
    int, int
]  # the key of a person, or that of a duty without one with its sign changed; and of a place


# What lists of duties by person may be sorted by.
BY_PERSON: Columns = {
    "address": ("place__sort_path", "flat"),
    "due_on": ("first_due",),
}


def by_person(duties: QuerySet[Duty], order: Sequence[Any] = ()) -> QuerySet[Duty, PersonAt]:
    """Return (person, place) for each row of a list of duties by person: in an order of BY_PERSON, or the most pressing first."""
    rows = duties.order_by().values(person=PERSON, at=F("place"))
    ordered = rows.annotate(first_due=Min("due_at"), first_id=Min("pk"))
    if order:
        ordered = ordered.annotate(flat=Min(flat_key("care_record__resident__household")))
    ordered = ordered.order_by(*order, "first_due", "first_id")
    return ordered.values_list("person", "at")


def duties_counted(duties: QuerySet[Duty]) -> dict[str, int]:
    """Return how many `rows` a list of duties by person has, how many of them `alone` (no person), and the `total`. One query."""
    return duties.order_by().aggregate(
        rows=PEOPLE, total=Count("pk"), alone=Count("pk", filter=Q(care_record=None))
    )


def duties_of_people(duties: QuerySet[Duty], people: Sequence[PersonAt]) -> list[Duty]:
    """Return the duties of the people on a page, in the order of the people, the most pressing first. One query."""
    position = {person: number for number, person in enumerate(people)}
    wanted = duties.annotate(person=PERSON).filter(
        person__in=[person for person, _ in people], place__in=[at for _, at in people]
    )
    rows = [duty for duty in wanted.order_by("due_at", "pk") if (duty.person, duty.place_id) in position]  # type: ignore[attr-defined]
    return sorted(rows, key=lambda duty: position[duty.person, duty.place_id])  # type: ignore[attr-defined]


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
    """One rung of a duty's ladder: who holds it today, and when it was or will be notified.

    `state` is told, late (told, but written long after `at`), vacant (nobody to tell), taken_back, coming, waived,
    held (an older round speaks to the rung) or not_needed. `written` is when a late one was written. `told` names whoever was
    notified: on this rung where another cadre holds it today, else on the rung that a vacant one was passed to.
    """

    rung_label: str
    post_label: str
    holder: str
    is_cover: bool
    at: datetime
    state: str
    handled: str  # what was done on the rung: 已接办, 已放行
    now: datetime
    told: str = ""
    written: str = ""

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
        return day_label(local_day(self.at), self.now)

    @property
    def _settled(self) -> str:
        if self.state == "told":
            return f"{self._day} 已知会{self.told}"
        if self.state == "late":
            return f"应知会{self.told} {self._day}，{self.written}"
        if self.state == "vacant":
            passed = f"，改报{self.told}" if self.told else "，上级也都空缺"
            return f"{self._day} 空缺，未知会{passed}" + (f"，{self.written}" if self.written else "")
        return {
            "taken_back": "知会已撤回",
            "waived": "已放行，不再知会",
            "held": "上一轮逾期，不另行知会",
        }.get(self.state, "无需知会")


def ladder_steps(
    duty: Duty, now: datetime, today: date, ladder: Ladder, history: History | None = None
) -> list[LadderStep]:
    """Return a duty's ladder with today's holders, and whom each step really reached.

    `ladder` has the accountable post loaded. No query where the history is at hand.
    """
    history = history or duty_history(duty, now, ladder)
    taken_back = {rung for _, rung in steps_taken_back(history.events)}
    raised = {event.rung or 0: event for event in history.events if event.kind == EventKind.RAISED}
    done = _done_on_rungs(history.duty_actions)
    found = []
    for step in steps(duty.due_at, duty.ladder):
        falls = falls_due(step.at, duty.waived_times)
        holder = ladder.answering(duty.accountable, step.rung, today)
        event = raised.get(step.rung)
        state = _step_state(event, duty, falls, now, is_held=step.rung in history.held)
        if event is not None and step.rung in taken_back:
            state = "taken_back"
        is_late = event is not None and is_recorded_late(event.fell_due_at, event.recorded_at)
        found.append(
            LadderStep(
                rung_label=Rung(step.rung).label,
                post_label=Post(rung_post(step.rung, duty.accountable_post)).label,
                holder=holder.cadre_name if holder else "",
                is_cover=bool(holder and holder.is_cover),
                at=event.fell_due_at if event else falls or step.at,
                state=state,
                handled=done.get(step.rung, ""),
                now=now,
                told=_reached(event, state, holder.cadre_id if holder else None) if event else "",
                written=written_label(event.fell_due_at, event.recorded_at, now) if event and is_late else "",
            )
        )
    return found


def _done_on_rungs(duty_actions: Sequence[DutyAction]) -> dict[int, str]:
    """Return by rung whether it has taken the duty over or waived the round, as a label."""
    words = {DutyActionKind.TAKE_OVER: "已接办", DutyActionKind.WAIVE: "已放行"}
    revoked = {row.revokes_id for row in duty_actions}
    rows = [row for row in duty_actions if row.kind in words and row.pk not in revoked]
    return {
        row.rung or 0: words[DutyActionKind(row.kind)]
        for row in sorted(rows, key=lambda row: (row.at, row.pk))
    }


def _reached(event: DutyEvent, state: str, holder_id: int | None) -> str:
    """Return who was notified, where the line does not say so by itself: "孙丽萍", "当时的楼栋长", "支部书记王芳"."""
    if state == "vacant":
        return told_label(event) if event.told_cadre_id else ""
    if event.told_cadre_id == holder_id:
        return ""
    return event.told_name or f"当时的{Post(event.told_post).label}"  # type: ignore[attr-defined]


def _step_state(
    event: DutyEvent | None, duty: Duty, at: datetime | None, now: datetime, *, is_held: bool
) -> str:
    if event is not None:
        if event.told_cadre_id is None or event.rung in event.passed_over:
            return "vacant"
        return "late" if is_recorded_late(event.fell_due_at, event.recorded_at) else "told"
    if is_held:
        return "held"
    if duty.outcome in RUNNING and at is None:
        return "waived"
    if duty.outcome in RUNNING and at is not None and at > now:
        return "coming"
    return "not_needed"
