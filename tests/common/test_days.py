"""Days are Shanghai days; days off follow the public calendar and the office's own."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baibuting.common.days import (
    SHANGHAI,
    DayCalendar,
    local_day,
    mainland_calendar,
    midnight,
    next_period_start,
    period_end,
    period_start,
)

DAYS = st.dates(date(1992, 1, 1), date(2100, 12, 31))  # China has had no summer time since 1991
PERIODS = st.sampled_from(["week", "month", "quarter", "half_year", "year"])


def test_it_works() -> None:
    assert local_day(datetime(2026, 11, 22, 16, 0, tzinfo=UTC)) == date(2026, 11, 23)
    assert midnight(date(2026, 11, 23)) == datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    assert mainland_calendar([2026]).next_working_day(date(2026, 11, 21)) == date(2026, 11, 23)


def test_a_day_ends_at_shanghai_midnight() -> None:
    assert local_day(datetime(2026, 11, 22, 15, 59, 59, 999999, tzinfo=UTC)) == date(2026, 11, 22)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        local_day(datetime(2026, 11, 22, 16, 0))  # noqa: DTZ001


@given(DAYS)
def test_a_day_is_the_day_of_its_midnight(day: date) -> None:
    assert midnight(day).tzinfo is SHANGHAI
    assert local_day(midnight(day)) == day
    assert local_day(midnight(day) - timedelta(microseconds=1)) == day - timedelta(days=1)


def test_days_off() -> None:
    calendar = DayCalendar(
        holidays=frozenset({date(2026, 10, 1), date(2026, 10, 2)}), workdays=frozenset({date(2026, 10, 3)})
    )
    assert calendar.is_day_off(date(2026, 10, 1))  # Thursday, holiday
    assert not calendar.is_day_off(date(2026, 10, 3))  # Saturday, made up
    assert calendar.is_day_off(date(2026, 10, 4))  # Sunday
    assert not calendar.is_day_off(date(2026, 10, 5))
    assert calendar.next_working_day(date(2026, 10, 1)) == date(2026, 10, 3)
    assert calendar.next_working_day(date(2026, 10, 5)) == date(2026, 10, 5)
    assert calendar.skipped(date(2026, 9, 30), date(2026, 10, 5)) == [
        date(2026, 10, 1),
        date(2026, 10, 2),
        date(2026, 10, 4),
    ]
    assert calendar.skipped(date(2026, 10, 4), date(2026, 10, 4)) == []
    assert calendar.skipped(date(2026, 10, 4), date(2026, 10, 1)) == []


def test_the_public_calendar_of_2026() -> None:
    """State Council notice for 2026: Spring Festival 15 to 23 February, worked on the 14th and the 28th."""
    calendar = mainland_calendar([2026])
    spring = [date(2026, 2, 15) + timedelta(days=ahead) for ahead in range(9)]
    assert all(calendar.is_day_off(day) for day in spring)
    assert not calendar.is_day_off(date(2026, 2, 14))
    assert not calendar.is_day_off(date(2026, 2, 28))
    assert calendar.next_working_day(date(2026, 2, 15)) == date(2026, 2, 24)
    assert calendar.next_working_day(date(2026, 10, 1)) == date(2026, 10, 8)


def test_the_turn_of_the_year_belongs_to_the_year_it_lies_in() -> None:
    """31 December 2007 was off for New Year 2008, and 29 December 2007 was worked for it."""
    assert mainland_calendar([2007]).is_day_off(date(2007, 12, 31))


def test_a_year_not_announced_has_the_holidays_of_the_law() -> None:
    calendar = mainland_calendar([2040])
    assert calendar.is_day_off(date(2040, 10, 1))
    assert not [day for day in calendar.workdays if day.year == 2040]


def test_the_office_has_the_last_word() -> None:
    monday, saturday, holiday, made_up = (
        date(2026, 11, 23),
        date(2026, 11, 28),
        date(2026, 10, 1),
        date(2026, 10, 10),
    )
    calendar = mainland_calendar([2026], extra_off=[monday, made_up], extra_work=[saturday, holiday])
    assert calendar.is_day_off(monday)
    assert calendar.is_day_off(made_up)
    assert not calendar.is_day_off(saturday)
    assert not calendar.is_day_off(holiday)
    plain = mainland_calendar([2026])  # the overlay stays out of what is kept between calls
    assert not plain.is_day_off(monday)
    assert plain.is_day_off(saturday)


def test_a_day_in_both_lists_is_worked() -> None:
    tuesday, saturday = date(2026, 11, 24), date(2026, 11, 28)
    calendar = mainland_calendar([2026], extra_off=[tuesday, saturday], extra_work=[tuesday, saturday])
    assert not calendar.is_day_off(tuesday)
    assert not calendar.is_day_off(saturday)


@given(DAYS, st.frozensets(DAYS, max_size=5), st.frozensets(DAYS, max_size=5))
def test_the_next_working_day_is_the_first_after_those_skipped(
    day: date, off: frozenset[date], work: frozenset[date]
) -> None:
    calendar = DayCalendar(holidays=off, workdays=work)
    found = calendar.next_working_day(day)
    assert not calendar.is_day_off(found)
    assert len(calendar.skipped(day, found)) == (found - day).days


@pytest.mark.parametrize(
    ("day", "period", "first", "last"),
    [
        (date(2026, 11, 23), "week", date(2026, 11, 23), date(2026, 11, 29)),
        (date(2026, 11, 29), "week", date(2026, 11, 23), date(2026, 11, 29)),
        (date(2027, 1, 1), "week", date(2026, 12, 28), date(2027, 1, 3)),
        (date(2028, 2, 29), "month", date(2028, 2, 1), date(2028, 2, 29)),
        (date(2026, 12, 31), "month", date(2026, 12, 1), date(2026, 12, 31)),
        (date(2026, 1, 1), "quarter", date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 12, 31), "quarter", date(2026, 10, 1), date(2026, 12, 31)),
        (date(2026, 1, 1), "half_year", date(2026, 1, 1), date(2026, 6, 30)),
        (date(2026, 6, 30), "half_year", date(2026, 1, 1), date(2026, 6, 30)),
        (date(2026, 7, 1), "half_year", date(2026, 7, 1), date(2026, 12, 31)),
        (date(2028, 2, 29), "year", date(2028, 1, 1), date(2028, 12, 31)),
        (date(2026, 12, 31), "year", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_periods(day: date, period: str, first: date, last: date) -> None:
    assert (period_start(day, period), period_end(day, period)) == (first, last)


@given(DAYS, PERIODS)
def test_periods_follow_each_other_without_a_gap(day: date, period: str) -> None:
    first, last, following = (
        period_start(day, period),
        period_end(day, period),
        next_period_start(day, period),
    )
    assert first <= day <= last
    assert following == last + timedelta(days=1)
    assert period_start(following, period) == following
    assert period_start(last, period) == first


@pytest.mark.parametrize("wrong", ["decade", "", "Week"])
def test_an_unknown_period_is_refused(wrong: str) -> None:
    for ask in (period_start, period_end, next_period_start):
        with pytest.raises(ValueError, match="unknown period"):
            ask(date(2026, 11, 23), wrong)
