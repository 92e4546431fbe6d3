"""When a duty's steps fall due, and what state it is in at a moment. Pure: no database, no reading of clocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from duties.choices import Outcome

Ladder = Sequence[tuple[int, int]]
"""Pairs of (rung, hours after due_at). Rungs are unique; hours may be negative (a reminder)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a ladder: on this rung, at this moment."""

    rung: int
    at: datetime


@dataclass(frozen=True, slots=True)
class State:
    """What a duty is at a moment. `rung` is the highest reached so far; `next_check_at` when time alone can change it."""

    outcome: Outcome
    rung: int | None
    next_check_at: datetime | None
    closed_at: datetime | None


def steps(due_at: datetime, ladder: Iterable[Sequence[int]]) -> list[Step]:
    """The ladder's steps, in the order in which they fall due."""
    found = (Step(rung, due_at + timedelta(hours=hours)) for rung, hours in ladder)
    return sorted(found, key=lambda step: (step.at, step.rung))


def state_at(
    *,
    due_at: datetime,
    ladder: Sequence[Sequence[int]],
    done_at: datetime | None,
    ended_at: datetime | None,
    now: datetime,
) -> State:
    """The state of a duty at `now`.

    Overdue begins at `due_at` exactly. `done_at` is when it was fulfilled; `ended_at` when its reason fell away
    (the record ended): unfulfilled by then it is missed if it was overdue already, else cancelled.
    """
    if done_at is not None:
        outcome = Outcome.IN_TIME if done_at < due_at else Outcome.LATE
        return State(outcome, _rung(due_at, ladder, done_at), None, done_at)
    if ended_at is not None and ended_at <= now:
        # A record that ends on the due date itself ends at the very midnight that day began: not yet overdue.
        outcome = Outcome.MISSED if ended_at >= due_at else Outcome.CANCELLED
        return State(outcome, _rung(due_at, ladder, ended_at), None, ended_at)
    outcome = Outcome.OVERDUE if now >= due_at else Outcome.OPEN
    coming = [step.at for step in steps(due_at, ladder) if step.at > now]
    if due_at > now:
        coming.append(due_at)
    return State(outcome, _rung(due_at, ladder, now), min(coming, default=None), None)


def _rung(due_at: datetime, ladder: Iterable[Sequence[int]], by: datetime) -> int | None:
    return max((rung for rung, hours in ladder if due_at + timedelta(hours=hours) <= by), default=None)
