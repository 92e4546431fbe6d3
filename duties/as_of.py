"""The state of duties now or at the end of a past day: the one definition of every figure about them.

Now is what the sweep wrote. A past day is worked out from the facts on the rows: when a duty fell due and when it was
closed. A visit that became known late counts for the day it was made, so a past day may look better than it did then.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Func, IntegerField, Q, Value
from django.db.models.functions import TruncWeek

from baibuting.common.days import local_day, midnight
from buildings.scope import Scope
from duties.choices import RUNNING, Family, Outcome
from duties.kinds import kinds_of
from duties.models import Duty
from duties.selectors import owed_by_nobody

COMING_DAYS = 7
AHEAD_DAYS = 30
DONE = (Outcome.IN_TIME, Outcome.LATE)
# What a deadline has decided: 按时率 is the share of those in time. Open ones are not judged yet, cancelled ones never.
JUDGED = (Outcome.IN_TIME, Outcome.LATE, Outcome.MISSED, Outcome.OVERDUE)


@dataclass(frozen=True, slots=True)
class AsOf:
    """A day, and the moment of it that figures refer to: now, or the end of a past day."""

    day: date
    at: datetime
    is_now: bool

    @classmethod
    def now(cls, now: datetime) -> AsOf:
        """Return today, as of `now`."""
        return cls(local_day(now), now, is_now=True)

    @classmethod
    def end_of(cls, day: date) -> AsOf:
        """Return the last moment of a past day."""
        return cls(day, midnight(day + timedelta(days=1)) - timedelta(microseconds=1), is_now=False)


def duty_filter(word: str, moment: AsOf) -> Q:
    """Return the condition on duties in a state at a moment; KeyError for an unknown state.

    States: running, overdue, due_today (not done), done_today, coming, ahead (AHEAD_DAYS from the day on), no_owner.
    """
    last, furthest = (moment.day + timedelta(days=days) for days in (COMING_DAYS, AHEAD_DAYS))
    if moment.is_now:
        running, overdue, still_open = (
            Q(outcome__in=RUNNING),
            Q(outcome=Outcome.OVERDUE),
            Q(outcome=Outcome.OPEN),
        )
        done = Q(outcome__in=DONE)
    else:
        running = Q(opened_on__lte=moment.day) & (Q(closed_at=None) | Q(closed_at__gt=moment.at))
        overdue = running & Q(due_at__lte=moment.at)
        still_open = running & Q(due_at__gt=moment.at)
        done = Q(outcome__in=DONE, done_at__lte=moment.at)
    return {
        "running": running,
        "overdue": overdue,
        "due_today": still_open & Q(due_on=moment.day),
        "done_today": done & due_within(moment.day, moment.day),
        "coming": still_open & Q(due_on__gt=moment.day, due_on__lte=last),
        "ahead": still_open & Q(due_on__gte=moment.day, due_on__lte=furthest),
        # a holder on leave is covered, so the post counts as held
        "no_owner": running & owed_by_nobody(moment.day),
    }[word]


# The condition on duties that an on-time rate is counted in.
RATED = Q(outcome__in=JUDGED)


def family_condition(family: Family = Family.VISITING) -> Q:
    """Return the condition on duties of a family of kinds. Every figure is of one family, that of visits by default."""
    return Q(kind__in=[kind.code for kind in kinds_of(family)])


@dataclass(frozen=True, slots=True)
class WeekCount:
    """What fell due at a place in a week (Monday first), cancelled duties left out, and what of it was done in time."""

    place_id: int
    week: date
    due: int
    in_time: int


def week_counts(scope: Scope, communities: Iterable[int], first: date, last: date) -> list[WeekCount]:
    """Return the counts by place and week, for duties due from `first` through `last`. One query."""
    duties = Duty.objects.within(scope).filter(
        family_condition(), RATED, due_within(first, last), community__in=list(communities)
    )
    rows = duties.order_by().annotate(week=TruncWeek("due_on")).values("place", "week")
    counts = rows.annotate(due=Count("pk"), in_time=Count("pk", filter=Q(outcome=Outcome.IN_TIME)))
    return [WeekCount(row["place"], row["week"], row["due"], row["in_time"]) for row in counts]


def as_it_stood(duty: Duty, moment: AsOf, reached: int | None) -> Duty:
    """Return a copy of a duty as of a moment, to be read and never saved; `reached` is its `rung_then`."""
    then = copy(duty)
    if moment.is_now or (duty.closed_at is not None and duty.closed_at <= moment.at):
        return then
    then.outcome = Outcome.OVERDUE if duty.due_at <= moment.at else Outcome.OPEN
    then.done_at = then.closed_at = None
    then.rung = reached
    return then


def due_within(first: date, last: date) -> Q:
    """Return the condition on duties due on these days, both included. The moments are compared too, for the index."""
    begins, ends = midnight(first), midnight(last + timedelta(days=1))
    return Q(due_on__gte=first, due_on__lte=last, due_at__gte=begins, due_at__lte=ends)


def on_time_percent(in_time: int, judged: int) -> float | None:
    """Return 按时率 with one decimal, rounded down: 100 means all in time. None where nothing is judged yet."""
    return in_time * 1000 // judged / 10 if judged else None


def rung_then(moment: AsOf) -> Any:
    """Return the expression for the highest rung a duty had reached at a moment; null before the first."""
    return F("rung") if moment.is_now else RungAt(F("ladder"), F("due_at"), F("waived"), Value(moment.at))


class RungAt(Func):
    """The highest step of a ladder that had fallen due at a moment: `duties.clock.falls_due` as an expression."""

    output_field = IntegerField()

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **options: Any) -> tuple[str, Any]:  # type: ignore[override]
        (ladder, _), (due_at, _), (waived, _), (at, params) = (
            compiler.compile(part) for part in self.get_source_expressions()
        )
        planned = f"{due_at} + (step->>1)::int * interval '1 hour'"
        # hardly any duty was ever waived, and a comparison costs less than a subquery a step
        sql = (
            f"(SELECT max((step->>0)::int) FROM jsonb_array_elements({ladder}) step"  # noqa: S608 - compiled by Django
            f" WHERE {planned} <= {at} AND ({waived} = '[]'::jsonb OR NOT EXISTS"
            f" (SELECT FROM jsonb_array_elements({waived}) pause WHERE (pause->>0)::timestamptz < {planned}"
            f" AND coalesce((pause->>1)::timestamptz, 'infinity') > {at})))"
        )
        return sql, [*params, *params]
