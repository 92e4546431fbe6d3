"""The clock is defined by tests/data/visit_clock.json, to the second."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baibuting.common.days import SHANGHAI, DayCalendar, local_day, midnight
from duties.choices import Period
from duties.rounds import Fact, Terms, rounds
from visits.management.commands.simulate_rule import simulate

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "data" / "visit_clock.json").read_text(encoding="utf-8")
)
PLAIN = DayCalendar(holidays=frozenset(), workdays=frozenset())
LADDER = ((0, -2), (1, 0), (2, 1), (3, 3), (4, 7))
WEEKLY = Terms(cadence="rolling", every_days=7, first_within_days=3, ladder=LADDER)
MONTHLY = Terms(cadence="calendar", period="month", times=1, first_within_days=7, ladder=LADDER)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def test_it_works() -> None:
    found = rounds([WEEKLY], date(2026, 3, 1), None, [Fact(at("2026-03-03T10:00"))], at("2026-03-05"), PLAIN)
    assert [(item.opened_on, item.due_on) for item in found.items] == [
        (date(2026, 3, 1), date(2026, 3, 4)),
        (date(2026, 3, 3), date(2026, 3, 10)),
    ]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_cases_hold_to_the_second(case: dict[str, Any]) -> None:
    assert simulate(case) == case["rounds"]


def test_all_cases_are_there() -> None:
    assert len(CASES) == 27


def test_a_visit_on_the_last_day_of_the_record_counts() -> None:
    found = rounds(
        [WEEKLY],
        date(2026, 3, 1),
        date(2026, 3, 4),
        [Fact(at("2026-03-04T09:00"))],
        at("2026-03-09"),
        PLAIN,
    )
    assert found.items[0].done_at == at("2026-03-04T09:00")


def test_a_visit_after_the_record_ended_does_not_count() -> None:
    found = rounds(
        [WEEKLY],
        date(2026, 3, 1),
        date(2026, 3, 3),
        [Fact(at("2026-03-04T09:00"))],
        at("2026-03-09"),
        PLAIN,
    )
    assert [item.done_at for item in found.items] == [None]


def test_a_visit_not_yet_made_does_not_count() -> None:
    found = rounds(
        [WEEKLY], date(2026, 3, 1), None, [Fact(at("2026-03-03T10:00"))], at("2026-03-03T09:59"), PLAIN
    )
    assert [item.done_at for item in found.items] == [None]


def test_the_next_period_is_announced() -> None:
    found = rounds([MONTHLY], date(2026, 1, 20), None, [], at("2026-02-10T08:00"), PLAIN)
    assert [item.opened_on for item in found.items] == [date(2026, 1, 20), date(2026, 2, 1)]
    assert found.next_opening_at == midnight(date(2026, 3, 1))


def test_nothing_opens_after_the_record_ended() -> None:
    found = rounds([MONTHLY], date(2026, 1, 20), date(2026, 2, 20), [], at("2026-04-10T08:00"), PLAIN)
    assert [item.opened_on for item in found.items] == [date(2026, 1, 20), date(2026, 2, 1)]
    assert found.next_opening_at is None


@pytest.mark.parametrize(
    ("period", "opened_on", "due_on"),
    [
        ("half_year", [date(2026, 7, 1), date(2027, 1, 1)], [date(2026, 12, 31), date(2027, 6, 30)]),
        ("year", [date(2027, 1, 1)], [date(2027, 12, 31)]),
    ],
)
def test_half_years_and_years_begin_with_the_first_whole_one(
    period: str, opened_on: list[date], due_on: list[date]
) -> None:
    yearly = replace(MONTHLY, period=period)
    attended = Fact(at("2026-08-15T14:00"), "meeting")
    found = rounds([yearly], date(2026, 2, 3), None, [attended], at("2027-03-01"), PLAIN)
    assert [item.opened_on for item in found.items[1:]] == opened_on
    assert [item.due_on for item in found.items[1:]] == due_on
    assert found.items[1].done_at == (attended.at if period == "half_year" else None)


def test_what_counts_under_no_rule_fulfils_nothing() -> None:
    absent = Fact(at("2026-03-03T10:00"), counts=False)
    found = rounds([WEEKLY], date(2026, 3, 1), None, [absent], at("2026-03-05"), PLAIN)
    assert [item.done_at for item in found.items] == [None]


SPAN = (datetime(2026, 1, 1), datetime(2026, 6, 30))  # noqa: DTZ001 - bounds of hypothesis are naive
DAYS = st.dates(date(2026, 1, 1), date(2026, 6, 30))
VISITS = st.lists(
    st.builds(
        Fact,
        st.datetimes(*SPAN, timezones=st.just(SHANGHAI)),
        st.sampled_from(["home", "phone"]),
        st.booleans(),
    ),
    max_size=12,
)
TERMS = st.one_of(
    st.builds(
        Terms,
        cadence=st.just("rolling"),
        every_days=st.integers(1, 40),
        first_within_days=st.integers(0, 14),
        ladder=st.just(LADDER),
        methods=st.sampled_from([frozenset(), frozenset({"home"})]),
    ),
    st.builds(
        Terms,
        cadence=st.just("calendar"),
        period=st.sampled_from(Period.values),
        times=st.integers(1, 3),
        first_within_days=st.integers(0, 14),
        ladder=st.just(LADDER),
    ),
)


@given(TERMS, DAYS, VISITS, st.randoms())
def test_the_order_of_arrival_changes_nothing(
    terms: Terms, start: date, visits: list[Fact], random: Any
) -> None:
    shuffled = random.sample(visits, len(visits))
    as_of = at("2026-07-01")
    assert rounds([terms], start, None, visits, as_of, PLAIN) == rounds(
        [terms], start, None, shuffled, as_of, PLAIN
    )


@given(TERMS, DAYS, VISITS)
def test_rounds_are_known_by_kind_and_first_day(terms: Terms, start: date, visits: list[Fact]) -> None:
    items = rounds([terms], start, None, visits, at("2026-07-01"), PLAIN).items
    keys = [(item.is_first, item.opened_on) for item in items]
    assert len(set(keys)) == len(keys)


@given(TERMS, DAYS, VISITS, st.integers(0, 200))
def test_what_is_past_stays_as_time_goes_on(
    terms: Terms, start: date, visits: list[Fact], hours: int
) -> None:
    """A round settled by some moment looks the same at any later moment."""
    early = at("2026-04-01")
    late = early + timedelta(hours=hours)
    settled = [item for item in rounds([terms], start, None, visits, early, PLAIN).items if item.done_at]
    later = {
        (item.is_first, item.opened_on): item
        for item in rounds([terms], start, None, visits, late, PLAIN).items
    }
    for item in settled:
        assert later[item.is_first, item.opened_on] == item


@given(TERMS, TERMS, DAYS, DAYS, VISITS)
def test_a_new_version_touches_nothing_settled_or_overdue_before_it(
    old: Terms, new: Terms, start: date, effective_on: date, visits: list[Fact]
) -> None:
    versions = [old, replace(new, version=2, effective_on=effective_on)]
    as_of = at("2026-07-01")
    before = rounds([old], start, None, visits, as_of, PLAIN).items
    after = {
        (item.is_first, item.opened_on): item
        for item in rounds(versions, start, None, visits, as_of, PLAIN).items
    }
    keys = [(item.is_first, item.opened_on) for item in after.values()]
    assert len(keys) == len(set(keys))
    for item in before:
        settled = item.done_at is not None and local_day(item.done_at) < effective_on
        overdue = item.due_on < effective_on
        if item.opened_on < effective_on and (settled or overdue):
            assert after[item.is_first, item.opened_on].due_on == item.due_on
            assert after[item.is_first, item.opened_on].terms.version == 1


@given(TERMS, TERMS, DAYS, DAYS, VISITS)
def test_a_change_of_rule_makes_nobody_overdue_by_itself(
    old: Terms, new: Terms, start: date, effective_on: date, visits: list[Fact]
) -> None:
    versions = [old, replace(new, version=2, effective_on=effective_on)]
    for item in rounds(versions, start, None, visits, at("2026-07-01"), PLAIN).items:
        if item.terms.version == 2:
            assert item.due_on >= effective_on or item.opened_on >= effective_on or start >= effective_on


def test_a_shorter_interval_counts_from_the_change_at_the_latest() -> None:
    """Every 30 days becomes every 7: whoever was seen 20 days before has 7 days from the change, not none."""
    monthly = Terms(cadence="rolling", every_days=30, first_within_days=3, ladder=LADDER)
    weekly = Terms(
        cadence="rolling",
        every_days=7,
        first_within_days=3,
        ladder=LADDER,
        version=2,
        effective_on=date(2026, 3, 23),
    )
    found = rounds(
        [monthly, weekly],
        date(2026, 3, 1),
        None,
        [Fact(at("2026-03-03T10:00"))],
        at("2026-03-24"),
        PLAIN,
    )
    assert found.items[-1].due_on == date(2026, 3, 30)
    assert found.items[-1].terms.version == 2


def test_a_longer_interval_counts_from_the_last_visit() -> None:
    weekly = Terms(cadence="rolling", every_days=7, first_within_days=3, ladder=LADDER)
    monthly = Terms(
        cadence="rolling",
        every_days=30,
        first_within_days=3,
        ladder=LADDER,
        version=2,
        effective_on=date(2026, 3, 6),
    )
    found = rounds(
        [weekly, monthly],
        date(2026, 3, 1),
        None,
        [Fact(at("2026-03-03T10:00"))],
        at("2026-03-07"),
        PLAIN,
    )
    assert found.items[-1].due_on == date(2026, 4, 2)


def test_from_calendar_to_rolling_starts_counting_on_the_day_of_the_change() -> None:
    weekly = Terms(
        cadence="rolling",
        every_days=7,
        first_within_days=3,
        ladder=LADDER,
        version=2,
        effective_on=date(2026, 3, 10),
    )
    visits = [Fact(at("2026-01-06T10:00")), Fact(at("2026-03-02T10:00"))]
    found = rounds([MONTHLY, weekly], date(2026, 1, 5), None, visits, at("2026-03-12"), PLAIN)
    assert (found.items[-1].opened_on, found.items[-1].due_on) == (date(2026, 3, 10), date(2026, 3, 17))


def test_from_rolling_to_calendar_starts_with_the_next_whole_period() -> None:
    monthly = Terms(
        cadence="calendar", period="month", times=1, first_within_days=7, ladder=LADDER, version=2,
        effective_on=date(2026, 3, 10),
    )  # fmt: skip
    found = rounds([WEEKLY, monthly], date(2026, 1, 5), None, [], at("2026-04-02"), PLAIN)
    assert [item.opened_on for item in found.items] == [date(2026, 1, 5), date(2026, 4, 1)]
