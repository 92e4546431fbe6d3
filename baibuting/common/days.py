"""Shanghai days, days off, and calendar periods."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

SHANGHAI = ZoneInfo("Asia/Shanghai")
_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


def local_day(at: datetime) -> date:
    """Return the Shanghai day a moment falls on. Raises ValueError for a naive datetime."""
    if at.tzinfo is None:
        raise ValueError("a moment without a time zone has no day")
    return at.astimezone(SHANGHAI).date()


def midnight(day: date) -> datetime:
    """Return the Shanghai midnight at which a day begins."""
    return datetime.combine(day, time(), SHANGHAI)


def next_midnight(now: datetime) -> datetime:
    """Return the midnight that ends the day of a moment."""
    return midnight(local_day(now) + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class DayCalendar:
    """Which days people work: not on weekends or holidays, but on make-up workdays."""

    holidays: frozenset[date]
    workdays: frozenset[date]

    def is_day_off(self, day: date) -> bool:
        """Return whether a day is not a working day."""
        return day not in self.workdays and (day.weekday() >= 5 or day in self.holidays)

    def next_working_day(self, day: date) -> date:
        """Return the day itself if it is a working day, else the first one after it."""
        while self.is_day_off(day):
            day += timedelta(days=1)
        return day

    def skipped(self, start: date, end: date) -> list[date]:
        """Return the days off from `start` up to, not including, `end`."""
        days = (start + timedelta(days=ahead) for ahead in range((end - start).days))
        return [day for day in days if self.is_day_off(day)]


def mainland_calendar(
    years: Iterable[int], extra_off: Iterable[date] = (), extra_work: Iterable[date] = ()
) -> DayCalendar:
    """Return mainland China's calendar (library `holidays`, make-up days included), overridden by the office's own days.

    A day in both of the office's lists is worked. Years whose calendar the State Council had not announced when the
    library was released hold only the holidays fixed by law; the office enters the make-up days itself.
    """
    public = _public_calendar(tuple(sorted(set(years))))
    off, work = frozenset(extra_off), frozenset(extra_work)
    return DayCalendar(holidays=public.holidays | off, workdays=(public.workdays - off) | work)


@lru_cache(maxsize=32)
def _public_calendar(years: tuple[int, ...]) -> DayCalendar:
    public = holidays.country_holidays("CN", years=years)
    return DayCalendar(holidays=frozenset(public), workdays=frozenset(public.weekend_workdays))


def period_start(day: date, period: str) -> date:
    """Return the first day of the period a day lies in.

    A period is a "week" (Monday first), "month", "quarter", "half_year" (from 1 January and 1 July) or "year".
    Raises ValueError for any other period.
    """
    if period == "week":
        return day - timedelta(days=day.weekday())
    if period not in _MONTHS:
        raise ValueError(f"unknown period {period!r}")
    months = _MONTHS[period]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def next_period_start(day: date, period: str) -> date:
    """Return the first day of the period after the one a day lies in."""
    start = period_start(day, period)
    if period == "week":
        return start + timedelta(days=7)
    ahead = start.month - 1 + _MONTHS[period]
    return date(start.year + ahead // 12, ahead % 12 + 1, 1)


def period_end(day: date, period: str) -> date:
    """Return the last day of the period a day lies in."""
    return next_period_start(day, period) - timedelta(days=1)
