"""Which events a duty still owes, given those already written, and which of these are in force. Pure over rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from duties.choices import RUNNING, EventKind
from duties.clock import LadderRun, falls_due, rungs_held, steps
from duties.kinds import kind_of
from duties.models import Duty, DutyEvent

BY_CLOCK = {"by": "clock"}
"""`DutyEvent.detail` of what is taken back because a wrong clock wrote it before its time."""


@dataclass(frozen=True, slots=True)
class Owed:
    """An event to be written: kind, rung of the ladder, when it fell due, and whether a wrong clock is the reason."""

    kind: EventKind
    rung: int
    fell_due_at: datetime
    by_clock: bool = False


def events_owed(
    duty: Duty,
    told: Collection[tuple[int | None, str]],
    known_since: datetime,
    now: datetime,
    held: Collection[int] = (),
    early: Collection[int] = (),
) -> Iterator[Owed]:
    """Yield the events to add for a duty in its present state; `told` holds (rung, kind) of those already written.

    `held` holds the rungs that an older round speaks to (`duties_held`): they are not raised, now or later. One that
    was raised before the older round turned out to be overdue stays: it was true.

    A step that fell due is raised once, at the moment that a waiver left to it. One that was raised and, by what is
    known now, never fell due is stood down ("raised on missing data"); should the facts turn back, it is reinstated. A
    duty that was settled before the system knew of its record raises nothing: it is too late for notices.

    `early` holds the rungs that a wrong clock raised before their time. A reminder is taken back for that reason alone.
    """
    until = duty.closed_at or now
    for step in steps(duty.due_at, duty.ladder):
        at = falls_due(step.at, duty.waived_times)
        fell_due = at is not None and at <= until
        raised = (step.rung, EventKind.RAISED) in told
        stood_down = (step.rung, EventKind.STOOD_DOWN) in told
        if at is not None and fell_due and not raised:
            if step.rung not in held and (duty.outcome in RUNNING or at >= known_since):
                yield Owed(EventKind.RAISED, step.rung, at)
        elif fell_due and stood_down and (step.rung, EventKind.REINSTATED) not in told:
            yield Owed(EventKind.REINSTATED, step.rung, now)
        elif not fell_due and raised and not stood_down and (step.rung > 0 or step.rung in early):
            yield Owed(EventKind.STOOD_DOWN, step.rung, now, step.rung in early)


def stand_downs(
    told: Collection[tuple[int | None, str]], now: datetime, early: Collection[int] = ()
) -> Iterator[Owed]:
    """Yield the withdrawal of every escalation of a duty that should never have been raised; `early` as above."""
    for rung, kind in sorted((rung or 0, kind) for rung, kind in told):
        taken_back = (rung, EventKind.STOOD_DOWN) in told
        if kind == EventKind.RAISED and not taken_back and (rung > 0 or rung in early):
            yield Owed(EventKind.STOOD_DOWN, rung, now, rung in early)


def duties_held(duties: Iterable[Duty]) -> dict[int, frozenset[int]]:
    """Return by duty the rungs that an older overdue round of its clock speaks to, as `rungs_held` says.

    Rounds are the duties of a clock that follow each other. Those that one clock asks of several posts at once are
    none.
    """
    by_clock: dict[int, list[Duty]] = {}
    for duty in sorted(duties, key=lambda duty: duty.pk):
        if not kind_of(duty).is_keyed_by_post:
            by_clock.setdefault(duty.clock_id, []).append(duty)
    return {
        duty.pk: held
        for rounds in by_clock.values()
        for duty, held in zip(rounds, rungs_held([_run_of(duty) for duty in rounds]), strict=True)
    }


def _run_of(duty: Duty) -> LadderRun:
    return LadderRun(duty.opened_on, duty.due_at, duty.ladder, duty.closed_at, duty.waived_times)


def steps_taken_back(events: Iterable[DutyEvent]) -> set[tuple[int, int | None]]:
    """Return the steps, as (duty, rung), that were stood down and not reinstated since."""
    steps_of: dict[str, set[tuple[int, int | None]]] = {
        EventKind.STOOD_DOWN: set(),
        EventKind.REINSTATED: set(),
    }
    for event in events:
        if event.kind in steps_of:
            steps_of[event.kind].add((event.duty_id, event.rung))
    return steps_of[EventKind.STOOD_DOWN] - steps_of[EventKind.REINSTATED]


def notices_in_force(events: Collection[DutyEvent]) -> list[DutyEvent]:
    """Return the notices among all events of some duties that were not taken back, in their order."""
    taken_back = steps_taken_back(events)
    return [
        event
        for event in events
        if event.kind == EventKind.RAISED and (event.duty_id, event.rung) not in taken_back
    ]


def without_premature(events: Iterable[DutyEvent], now: datetime) -> list[DutyEvent]:
    """Return the events of a duty without notices that a wrong clock gave of a moment still to come.

    They were taken back, and the withdrawal says so; once the moment has come they are as any other.
    """
    known = list(events)
    taken_back = {event.rung for event in known if event.detail == BY_CLOCK}
    return [
        event
        for event in known
        if event.kind != EventKind.RAISED or event.rung not in taken_back or event.fell_due_at <= now
    ]
