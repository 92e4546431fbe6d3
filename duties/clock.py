"""When a duty's steps fall due, and its state at a moment. Pure: no database, no reading of the time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from duties.choices import Outcome

PUT_OFF = timedelta(hours=1)
"""How long a clock that fails is put off by the sweep."""

CLOCK_TOLERANCE = timedelta(minutes=5)
"""By how much this machine's clock and the database's may differ before neither is believed."""

Ladder = Sequence[tuple[int, int]]
"""Pairs of (rung, hours after due_at). Rungs are unique; hours may be negative (a reminder)."""

Waived = Sequence[tuple[datetime, datetime | None]]
"""From when to when the ladder stood still because somebody waved the round through; None: still. In order, disjoint."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a ladder: on this rung, at this moment."""

    rung: int
    at: datetime


@dataclass(frozen=True, slots=True)
class State:
    """The state of a duty at a moment. `rung` is the highest reached; `next_check_at` when time alone can change it."""

    outcome: Outcome
    rung: int | None
    next_check_at: datetime | None
    closed_at: datetime | None


def steps(due_at: datetime, ladder: Iterable[Sequence[int]], waived: Waived = ()) -> list[Step]:
    """Return the ladder's steps, in the order in which they fall due; without those that a waiver holds back."""
    planned = ((rung, falls_due(due_at + timedelta(hours=hours), waived)) for rung, hours in ladder)
    found = (Step(rung, at) for rung, at in planned if at is not None)
    return sorted(found, key=lambda step: (step.at, step.rung))


def falls_due(at: datetime, waived: Waived) -> datetime | None:
    """Return when a step planned for `at` falls due: then, or when the waiver is revoked; None while it is waived.

    What fell due by the moment of the waiver stays due.
    """
    for since, until in waived:
        if since < at and (until is None or at <= until):
            if until is None:
                return None
            at = until
    return at


@dataclass(frozen=True, slots=True)
class LadderRun:
    """A round of a clock, as far as its ladder goes; `closed_at` is when it was settled, or its reason fell away."""

    opened_on: date
    due_at: datetime
    ladder: Sequence[Sequence[int]]
    closed_at: datetime | None = None
    waived: Waived = ()

    def climbs_at(self, at: datetime) -> bool:
        """Return whether the round is overdue at a moment, and nobody has waived it."""
        is_overdue = self.due_at <= at and (self.closed_at is None or at < self.closed_at)
        return is_overdue and not any(
            since < at and (until is None or at < until) for since, until in self.waived
        )


def rungs_held(runs: Sequence[LadderRun]) -> list[frozenset[int]]:
    """Return for each round of a clock the rungs that are not notified of it.

    A rung is not notified of a younger round while it has been notified of an older one that is still overdue: one
    person is one notice. What a step does depends only on what came before it, so that it does not matter when the
    sweep comes. A round that was waived leaves the younger ones to climb by themselves.
    """
    held: list[frozenset[int]] = [frozenset()] * len(runs)
    notified: list[tuple[LadderRun, dict[int, datetime]]] = []
    for at_place in sorted(range(len(runs)), key=lambda at: (runs[at].due_at, runs[at].opened_on)):
        run = runs[at_place]
        own = {step.rung: step.at for step in steps(run.due_at, run.ladder, run.waived)}
        held[at_place] = frozenset(
            rung
            for rung, at in own.items()
            if any(rung in said and said[rung] <= at and older.climbs_at(at) for older, said in notified)
        )
        notified.append((run, {rung: at for rung, at in own.items() if rung not in held[at_place]}))
    return held


def state_at(
    *,
    due_at: datetime,
    ladder: Sequence[Sequence[int]],
    done_at: datetime | None,
    ended_at: datetime | None,
    now: datetime,
    waived: Waived = (),
) -> State:
    """Return the state of a duty at `now`.

    Overdue begins at `due_at` exactly. `done_at` is when it was fulfilled; `ended_at` when its reason fell away
    (the record ended): unfulfilled by then it is missed if it was overdue already, else cancelled. `waived` holds
    the ladder back and nothing else: overdue stays overdue.
    """
    ladder_steps = steps(due_at, ladder, waived)
    if done_at is not None:
        outcome = Outcome.IN_TIME if done_at < due_at else Outcome.LATE
        return State(outcome, _rung(ladder_steps, done_at), None, done_at)
    if ended_at is not None and ended_at <= now:
        # A record that ends on the due date itself ends at the midnight that began the day: not yet overdue.
        outcome = Outcome.MISSED if ended_at >= due_at else Outcome.CANCELLED
        return State(outcome, _rung(ladder_steps, ended_at), None, ended_at)
    outcome = Outcome.OVERDUE if now >= due_at else Outcome.OPEN
    coming = [step.at for step in ladder_steps if step.at > now]
    if due_at > now:
        coming.append(due_at)
    return State(outcome, _rung(ladder_steps, now), min(coming, default=None), None)


def _rung(ladder_steps: Iterable[Step], by: datetime) -> int | None:
    return max((step.rung for step in ladder_steps if step.at <= by), default=None)
