"""What an order asks of whom by when, from its rule and its steps. Pure: no database, no reading of the time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from baibuting.common.days import DayCalendar, local_day, midnight
from repairs.choices import DutyKind, Matter, Stage, StepKind

MOST_EXTENSIONS = 2
OFFICE_RUNG = 5
"""The rung the office counts as: above all of the ladder."""

# What brings an order to which stage, for the steps that do.
ENDS: dict[str, Stage] = {
    StepKind.PASSED: Stage.PASSED,
    StepKind.DECLINED: Stage.DECLINED,
    StepKind.NOT_AGREED: Stage.NOT_AGREED,
    StepKind.WITHDRAWN: Stage.WITHDRAWN,
    StepKind.MERGED: Stage.MERGED,
}
_MOVES: dict[str, Stage] = {
    **ENDS,
    StepKind.AGREED: Stage.AGREED,
    StepKind.HANDED: Stage.MENDING,
    StepKind.FINISHED: Stage.CHECKING,
    StepKind.REFUSED: Stage.MENDING,
}
MOVING = frozenset({StepKind.ACCEPTED, *_MOVES})
_DECISIONS = (StepKind.PASSED, StepKind.REFUSED)


@dataclass(frozen=True, slots=True)
class RepairTerms:
    """The limits of one version of a rule, for one urgency."""

    triage_hours: int
    agree_days: int
    funds_days: int
    mend_days: int
    mend_days_agreed: int
    check_days: int
    whole_days: int
    whole_days_funds: int
    triage_rung: int = 3


@dataclass(frozen=True, slots=True)
class StepFact:
    """A step that stands. `matter` is what an acceptance says must be agreed, "" for nothing.

    `rung` is that of whoever took the step; an extension counts by when it was written, any other step by its day.
    """

    kind: str
    at: datetime
    written_at: datetime | None = None
    until_on: date | None = None
    matter: str = ""
    rung: int = OFFICE_RUNG


@dataclass(frozen=True, slots=True)
class Owed:
    """One duty: when it began, by when it is due, when it was done; `target_on` is the day before any day off moved it."""

    kind: DutyKind
    opened_on: date
    due_on: date
    due_at: datetime
    done_at: datetime | None = None
    target_on: date | None = None


@dataclass(frozen=True, slots=True)
class Extended:
    """A limit that somebody asked to move: which duty, its due moment until then, and how often it was moved before."""

    kind: DutyKind
    due_on: date
    due_at: datetime
    times: int


def obligations(
    terms: RepairTerms,
    reported_at: datetime,
    steps: Sequence[StepFact],
    as_of: datetime,
    calendar: DayCalendar,
) -> list[Owed]:
    """Return what the order asks for at a moment, in the order of its course. Steps after `as_of` are not known yet."""
    taken = in_order(step for step in steps if step.at <= as_of)
    found = [_triage(terms, reported_at, taken)]
    accepted = _first(taken, (StepKind.ACCEPTED,))
    if accepted is not None and accepted.matter:
        found.append(_agree(terms, accepted, taken, calendar))
    mend = _mend(terms, accepted, taken, calendar)
    if mend is not None:
        found.append(mend)
    found += _checks(terms, taken, calendar)
    return [*found, _whole(terms, reported_at, accepted, taken)]


def in_order(steps: Iterable[StepFact]) -> list[StepFact]:
    """Return steps by the moment at which they were taken; those of one moment stay as they were."""
    return sorted(steps, key=lambda step: step.at)


def ended_at(steps: Sequence[StepFact], as_of: datetime) -> datetime | None:
    """Return when the order came to its end, in whatever way; None while it runs."""
    end = _first(in_order(step for step in steps if step.at <= as_of), tuple(ENDS))
    return end.at if end else None


def stage_of(steps: Sequence[StepFact]) -> Stage:
    """Return where an order stands after these steps. Nothing moves it after its end."""
    stage = Stage.REPORTED
    for step in in_order(steps):
        if step.kind == StepKind.ACCEPTED:
            stage = Stage.AGREEING if step.matter else Stage.MENDING
        else:
            stage = _MOVES.get(step.kind, stage)
        if step.kind in ENDS:
            break
    return stage


def extendable(
    terms: RepairTerms,
    reported_at: datetime,
    steps: Sequence[StepFact],
    as_of: datetime,
    calendar: DayCalendar,
) -> Extended | None:
    """Return the limit that an extension would move now: the mending's, else the agreement's; None where neither runs."""
    running = {
        owed.kind: owed
        for owed in obligations(terms, reported_at, steps, as_of, calendar)
        if not owed.done_at
    }
    owed = running.get(DutyKind.MEND) or running.get(DutyKind.AGREE)
    if owed is None:
        return None
    times = sum(step.kind == StepKind.EXTENDED for step in steps if local_day(step.at) >= owed.opened_on)
    return Extended(owed.kind, owed.due_on, owed.due_at, times)


def _first(steps: Sequence[StepFact], kinds: Sequence[str], since: datetime | None = None) -> StepFact | None:
    return next((step for step in steps if step.kind in kinds and (since is None or step.at >= since)), None)


def _triage(terms: RepairTerms, reported_at: datetime, steps: Sequence[StepFact]) -> Owed:
    due_at = reported_at + timedelta(hours=terms.triage_hours)
    done = _first(steps, (StepKind.ACCEPTED, StepKind.DECLINED, StepKind.MERGED))
    return Owed(DutyKind.TRIAGE, local_day(reported_at), local_day(due_at), due_at, done.at if done else None)


def _agree(terms: RepairTerms, accepted: StepFact, steps: Sequence[StepFact], calendar: DayCalendar) -> Owed:
    began = local_day(accepted.at)
    days = terms.agree_days if accepted.matter == Matter.SMALL else terms.funds_days
    target_on = began + timedelta(days=days)
    done = _first(steps, (StepKind.AGREED, StepKind.NOT_AGREED), accepted.at)
    handed = _first(steps, (StepKind.HANDED,), accepted.at)
    asked = [step for step in steps if handed is None or step.at < handed.at]
    due_on = _extended(calendar.next_working_day(target_on), accepted, asked, terms.triage_rung)
    return _by_day(DutyKind.AGREE, began, due_on, done, target_on)


def _mend(
    terms: RepairTerms, accepted: StepFact | None, steps: Sequence[StepFact], calendar: DayCalendar
) -> Owed | None:
    needs_consent = accepted is not None and bool(accepted.matter)
    begun = accepted if accepted and not needs_consent else _first(steps, (StepKind.HANDED,))
    if begun is None:
        return None
    began = local_day(begun.at)
    target_on = began + timedelta(days=terms.mend_days_agreed if needs_consent else terms.mend_days)
    due_on = calendar.next_working_day(target_on)
    promised = [step.until_on for step in steps if step.kind == StepKind.HANDED and step.until_on]
    due_on = _extended(min([due_on, *promised]), begun, steps, 0)
    finished: StepFact | None = None
    for step in steps:
        if step.kind == StepKind.FINISHED:
            finished = step
        elif step.kind == StepKind.REFUSED:
            finished = None
    return _by_day(DutyKind.MEND, began, due_on, finished, target_on)


def _extended(due_on: date, begun: StepFact, steps: Sequence[StepFact], owner_rung: int) -> date:
    """Return the due day after the extensions that count: in time, by somebody above the owner, twice at most."""
    times = 0
    for step in steps:
        if step.kind != StepKind.EXTENDED or step.until_on is None or step.at < begun.at:
            continue
        is_in_time = (step.written_at or step.at) < _end_of(due_on)
        if is_in_time and step.rung > owner_rung and step.until_on > due_on and times < MOST_EXTENSIONS:
            due_on, times = step.until_on, times + 1
    return due_on


def _checks(terms: RepairTerms, steps: Sequence[StepFact], calendar: DayCalendar) -> list[Owed]:
    """Return a check for each day with a finish, done by the first decision after the last finish of that day."""
    last: dict[date, StepFact] = {}
    for step in steps:
        if step.kind == StepKind.FINISHED:
            last[local_day(step.at)] = step
    found = []
    for day, finish in last.items():
        target_on = day + timedelta(days=terms.check_days)
        after = steps[steps.index(finish) + 1 :]
        done = _first(after, _DECISIONS)
        due_on = calendar.next_working_day(target_on)
        found.append(_by_day(DutyKind.CHECK, day, due_on, done, target_on))
    return found


def _whole(
    terms: RepairTerms, reported_at: datetime, accepted: StepFact | None, steps: Sequence[StepFact]
) -> Owed:
    is_funded = accepted is not None and accepted.matter not in ("", Matter.SMALL)
    began = local_day(reported_at)
    due_on = began + timedelta(days=terms.whole_days_funds if is_funded else terms.whole_days)
    done = _first(steps, (StepKind.PASSED, StepKind.DECLINED, StepKind.NOT_AGREED))
    return _by_day(DutyKind.WHOLE, began, due_on, done, due_on)


def _by_day(kind: DutyKind, began: date, due_on: date, done: StepFact | None, target_on: date) -> Owed:
    return Owed(kind, began, due_on, _end_of(due_on), done.at if done else None, target_on)


def _end_of(day: date) -> datetime:
    return midnight(day + timedelta(days=1))
