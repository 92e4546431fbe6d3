"""The days of visits, invented from a habit and the record's rule. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from random import Random

from baibuting.common.days import next_period_start, period_end
from duties.choices import Cadence
from duties.rounds import Terms


class Habit(Enum):
    """How the accountable cadre visits a person."""

    FAITHFUL = "in time"
    SLACK = "late now and then"
    SYNCS_LATE = "on the last day, and the phone finds no signal for a day or two"
    STOPPED = "until some day, then no more"
    NEVER = "not once"


@dataclass(frozen=True, slots=True)
class VisitDay:
    """A visit that counts: on `day`, received by the office `days_late` days later."""

    day: date
    days_late: int = 0


def visit_days(
    random: Random, terms: Terms, started_on: date, last_day: date, habit: Habit, overdue_days: int = 0
) -> list[VisitDay]:
    """Return the visits from the first day of a record through `last_day`.

    With STOPPED the last visit is so long ago that the person is overdue by `overdue_days` on `last_day`
    (0: due that day, negative: due so many days later); rolling rules only.
    """
    if habit == Habit.NEVER:
        return []
    if terms.cadence == Cadence.CALENDAR:
        return [VisitDay(day) for day in _by_period(random, terms, started_on, last_day, habit)]
    if habit != Habit.STOPPED:
        return list(_rolling(random, terms, started_on, last_day, habit))
    last_visit = last_day - timedelta(days=overdue_days + terms.every_days)
    before = _rolling(random, terms, started_on, last_visit - timedelta(days=4), Habit.FAITHFUL)
    return [*before, VisitDay(last_visit)] if last_visit >= started_on else []


def _rolling(
    random: Random, terms: Terms, started_on: date, last_day: date, habit: Habit
) -> Iterator[VisitDay]:
    visit = VisitDay(started_on + timedelta(days=random.randint(0, terms.first_within_days)))
    while visit.day <= last_day:
        yield visit
        interval, days_late = terms.every_days - random.randint(0, min(2, terms.every_days // 3)), 0
        if habit == Habit.SLACK and random.random() < 0.3:
            interval = terms.every_days + random.choice((1, 1, 2, 2, 3, 5))
        if habit == Habit.SYNCS_LATE and random.random() < 0.2:
            interval, days_late = terms.every_days, random.choice((1, 1, 2))
        visit = VisitDay(visit.day + timedelta(days=interval), days_late)


def _by_period(
    random: Random, terms: Terms, started_on: date, last_day: date, habit: Habit
) -> Iterator[date]:
    """Yield the first visit, then as many days of each period as the rule requires."""
    first = started_on + timedelta(days=random.randint(0, terms.first_within_days))
    if first <= last_day:
        yield first
    start = next_period_start(started_on, terms.period)
    while start <= last_day:
        end = period_end(start, terms.period)
        for _ in range(terms.times):
            day = start + timedelta(days=random.randint(0, max(0, (end - start).days - 5)))
            if habit == Habit.SLACK and random.random() < 0.2:
                day = end + timedelta(days=random.randint(3, 9))
            if max(first, start) <= day <= last_day:
                yield day
        start = next_period_start(start, terms.period)
