"""How duties stand, now or at the end of a day gone by: the one meaning of every figure about them.

Now is what the sweep wrote. A past day is worked out from the facts on the rows: when a duty fell due and when it was
closed. A visit that became known late counts for the day it was made, so a past day may look better than it did then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, Func, IntegerField, Q, Value

from baibuting.common.days import local_day, midnight
from duties.choices import RUNNING, Outcome

COMING_DAYS = 7
DONE = (Outcome.IN_TIME, Outcome.LATE)


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, and the moment of it at which things are looked at: now, or the end of a day gone by."""

    day: date
    at: datetime
    is_now: bool

    @classmethod
    def now(cls, now: datetime) -> Moment:
        """Today, as it stands."""
        return cls(local_day(now), now, is_now=True)

    @classmethod
    def end_of(cls, day: date) -> Moment:
        """The last moment of a day gone by."""
        return cls(day, midnight(day + timedelta(days=1)) - timedelta(microseconds=1), is_now=False)


def duty_condition(word: str, moment: Moment) -> Q:
    """Duties that were running, overdue, due_today (and not done), done_today or coming at a moment; KeyError for others."""
    last = moment.day + timedelta(days=COMING_DAYS)
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
    }[word]


def due_within(first: date, last: date) -> Q:
    """Duties due on these days, both included. The dates stand beside the moments, which an index knows."""
    begins, ends = midnight(first), midnight(last + timedelta(days=1))
    return Q(due_on__gte=first, due_on__lte=last, due_at__gte=begins, due_at__lte=ends)


def rung_then(moment: Moment) -> Any:
    """The expression for the highest rung a duty had reached; null before the first."""
    return F("rung") if moment.is_now else RungAt(F("ladder"), F("due_at"), F("waived"), Value(moment.at))


class RungAt(Func):
    """The highest step of a ladder that had fallen due at a moment; what is said in `duties.clock.falls_due`."""

    output_field = IntegerField()

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **options: Any) -> tuple[str, Any]:  # type: ignore[override]
        (ladder, _), (due_at, _), (waived, _), (at, params) = (
            compiler.compile(part) for part in self.get_source_expressions()
        )
        planned = f"{due_at} + (step->>1)::int * interval '1 hour'"
        # hardly any duty was ever waved through, and a comparison costs less than a subquery a step
        sql = (
            f"(SELECT max((step->>0)::int) FROM jsonb_array_elements({ladder}) step"  # noqa: S608 - compiled by Django
            f" WHERE {planned} <= {at} AND ({waived} = '[]'::jsonb OR NOT EXISTS"
            f" (SELECT FROM jsonb_array_elements({waived}) pause WHERE (pause->>0)::timestamptz < {planned}"
            f" AND coalesce((pause->>1)::timestamptz, 'infinity') > {at})))"
        )
        return sql, [*params, *params]
