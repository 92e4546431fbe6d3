"""Which events a duty still owes, given those already written. Pure over plain rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from duties.choices import RUNNING, EventKind
from duties.clock import falls_due, steps
from duties.models import Duty


@dataclass(frozen=True, slots=True)
class Owed:
    """An event to be written: kind, rung of the ladder, and when it fell due."""

    kind: EventKind
    rung: int
    fell_due_at: datetime


def events_owed(
    duty: Duty, told: Collection[tuple[int | None, str]], known_since: datetime, now: datetime
) -> Iterator[Owed]:
    """Yield the events to add for a duty in its present state; `told` holds (rung, kind) of those already written.

    A step that fell due is raised once, at the moment that a waiver left to it. One that was raised and, by what is
    known now, never fell due is stood down ("raised on missing data"); should the facts turn back, it is reinstated. A
    duty that was settled before the system knew of its record raises nothing: it is too late for notices.
    """
    until = duty.closed_at or now
    for step in steps(duty.due_at, duty.ladder):
        at = falls_due(step.at, duty.waived_times)
        fell_due = at is not None and at <= until
        raised = (step.rung, EventKind.RAISED) in told
        stood_down = (step.rung, EventKind.STOOD_DOWN) in told
        if at is not None and fell_due and not raised:
            if duty.outcome in RUNNING or at >= known_since:
                yield Owed(EventKind.RAISED, step.rung, at)
        elif fell_due and stood_down and (step.rung, EventKind.REINSTATED) not in told:
            yield Owed(EventKind.REINSTATED, step.rung, now)
        elif not fell_due and raised and not stood_down and step.rung > 0:
            yield Owed(EventKind.STOOD_DOWN, step.rung, now)


def stand_downs(told: Collection[tuple[int | None, str]], now: datetime) -> Iterator[Owed]:
    """Yield the withdrawal of every escalation of a duty that should never have been raised."""
    for rung, kind in sorted((rung or 0, kind) for rung, kind in told):
        if kind == EventKind.RAISED and rung > 0 and (rung, EventKind.STOOD_DOWN) not in told:
            yield Owed(EventKind.STOOD_DOWN, rung, now)
