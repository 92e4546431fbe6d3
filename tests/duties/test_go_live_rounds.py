"""Rounds of a record that is counted from go-live, in the middle of its history."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baibuting.common.days import local_day, midnight
from duties.clock import steps
from duties.rounds import Fact, Round, Start, Terms, rounds
from tests.duties.test_rounds import DAYS, MONTHLY, PLAIN, TERMS, VISITS, WEEKLY, at
from visits.management.commands.simulate_rule import simulate

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "data" / "go_live_clock.json").read_text(encoding="utf-8")
)
GO_LIVE = date(2026, 3, 2)
SLOTS = st.one_of(st.none(), st.integers(0, 30))
END = at("2026-07-01")


def look(
    terms: Terms,
    started_on: date,
    facts: list[Fact],
    as_of: datetime,
    start: Start | None = None,
    ended_on: date | None = None,
) -> list[Round]:
    return rounds([terms], started_on, ended_on, facts, as_of, PLAIN, start).items


def slot(go_live: date, ahead: int | None) -> Start:
    return Start(go_live, None if ahead is None else go_live + timedelta(days=ahead))


def test_it_works() -> None:
    (item,) = look(WEEKLY, date(2025, 1, 1), [], at("2026-03-02T09:00"), Start(GO_LIVE, date(2026, 3, 9)))
    assert (item.is_first, item.opened_on, item.due_on) == (True, GO_LIVE, date(2026, 3, 9))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_cases_hold_to_the_second(case: dict[str, Any]) -> None:
    assert simulate(case) == case["rounds"]


def test_every_case_says_why() -> None:
    assert len(CASES) == 26
    assert all(len(case["comment"]) > 20 for case in CASES)


def test_the_day_of_go_live_is_announced() -> None:
    found = rounds([WEEKLY], date(2025, 1, 1), None, [], at("2026-02-20"), PLAIN, Start(GO_LIVE))
    assert (found.items, found.next_opening_at) == ([], midnight(GO_LIVE))


def test_a_record_that_ended_before_is_never_looked_at_again() -> None:
    found = rounds([WEEKLY], date(2025, 1, 1), date(2026, 2, 1), [], at("2026-02-20"), PLAIN, Start(GO_LIVE))
    assert (found.items, found.next_opening_at) == ([], None)


def test_the_next_period_is_announced_where_nothing_is_owed_yet() -> None:
    seen = [Fact(at("2026-03-04T10:00"))]
    start = Start(date(2026, 3, 10))
    found = rounds([MONTHLY], date(2025, 1, 1), None, seen, at("2026-03-10T09:00"), PLAIN, start)
    assert (found.items, found.next_opening_at) == ([], midnight(date(2026, 4, 1)))


def test_history_that_becomes_known_later_moves_the_starting_round() -> None:
    as_of, start = at("2026-03-04T09:00"), Start(GO_LIVE, date(2026, 3, 20))
    (before,) = look(WEEKLY, date(2025, 1, 1), [], as_of, start)
    (after,) = look(WEEKLY, date(2025, 1, 1), [Fact(at("2026-02-28T10:00"))], as_of, start)
    assert (before.due_on, before.is_deferred) == (date(2026, 3, 20), True)
    assert (after.due_on, after.is_deferred, after.previous_on) == (
        date(2026, 3, 7),
        False,
        date(2026, 2, 28),
    )


def test_a_new_version_counts_the_starting_round_from_the_last_time() -> None:
    """Seen on 27 February, every 7 days: 6 March. From 4 March every 30 days: 29 March, not 30 days after go-live."""
    longer = replace(WEEKLY, every_days=30, version=2, effective_on=date(2026, 3, 4))
    found = rounds(
        [WEEKLY, longer],
        date(2025, 1, 1),
        None,
        [Fact(at("2026-02-27T10:00"))],
        at("2026-03-05"),
        PLAIN,
        Start(GO_LIVE),
    )
    assert [item.due_on for item in found.items] == [date(2026, 3, 29)]


def test_the_rest_of_a_period_asks_once_whatever_a_new_version_asks() -> None:
    twice = replace(MONTHLY, times=2, version=2, effective_on=date(2026, 3, 15))
    found = rounds(
        [MONTHLY, twice],
        date(2025, 1, 1),
        None,
        [Fact(at("2026-02-20T10:00"))],
        at("2026-04-02"),
        PLAIN,
        Start(date(2026, 3, 10)),
    )
    assert [(item.opened_on, item.needed) for item in found.items] == [
        (date(2026, 3, 10), 1),
        (date(2026, 4, 1), 2),
    ]


@given(TERMS, DAYS, DAYS, VISITS, SLOTS)
def test_nothing_lies_before_go_live(
    terms: Terms, started_on: date, go_live: date, visits: list[Fact], ahead: int | None
) -> None:
    """No round opens, is due, is fulfilled, or has a step of its ladder before that day."""
    for item in look(terms, started_on, visits, END, slot(go_live, ahead)):
        assert item.opened_on >= go_live
        assert item.due_on >= go_live
        assert item.done_at is None or local_day(item.done_at) >= go_live
        assert all(step.at >= midnight(go_live) for step in steps(item.due_at, item.ladder))


@given(TERMS, DAYS, DAYS, VISITS, SLOTS)
def test_on_the_first_day_there_is_one_round_at_most_and_it_is_not_overdue(
    terms: Terms, started_on: date, go_live: date, visits: list[Fact], ahead: int | None
) -> None:
    if started_on >= go_live:
        return
    end_of_day = midnight(go_live + timedelta(days=1)) - timedelta(microseconds=1)
    items = look(terms, started_on, [], end_of_day, slot(go_live, ahead))
    assert len(items) == 1
    history = [visit for visit in visits if local_day(visit.at) < go_live]
    items = look(terms, started_on, history, end_of_day, slot(go_live, ahead))
    assert len(items) <= 1
    assert all(item.due_at > end_of_day for item in items)


@given(TERMS, DAYS, DAYS, VISITS, SLOTS)
def test_a_record_of_go_live_or_later_is_as_any_other(
    terms: Terms, started_on: date, go_live: date, visits: list[Fact], ahead: int | None
) -> None:
    started_on = max(started_on, go_live)
    usual = look(terms, started_on, visits, END)
    found = look(terms, started_on, visits, END, slot(go_live, ahead))
    assert [replace(item, not_before=None) for item in found] == usual


@given(TERMS, DAYS, DAYS, VISITS, SLOTS)
def test_rounds_are_known_by_kind_first_day_and_start(
    terms: Terms, started_on: date, go_live: date, visits: list[Fact], ahead: int | None
) -> None:
    items = look(terms, started_on, visits, END, slot(go_live, ahead))
    keys = [(item.is_first, item.opened_on, item.is_start) for item in items]
    assert len(set(keys)) == len(keys)
    assert sum(item.is_start for item in items) <= 1


@given(TERMS, DAYS, DAYS, VISITS, SLOTS)
def test_only_a_date_of_ones_own_that_has_passed_is_put_off(
    terms: Terms, started_on: date, go_live: date, visits: list[Fact], ahead: int | None
) -> None:
    items = look(terms, started_on, visits, END, slot(go_live, ahead))
    unspread = look(terms, started_on, visits, END, Start(go_live))
    for item, other in zip(items, unspread, strict=True):
        if not item.is_deferred:
            assert item.due_on == other.due_on


@given(TERMS, DAYS, DAYS, VISITS, SLOTS)
def test_after_the_first_visit_all_is_as_it_would_have_been(
    terms: Terms, started_on: date, go_live: date, visits: list[Fact], ahead: int | None
) -> None:
    """A rolling rule forgets how it began: from the first visit that counts after go-live on, the rounds are the same."""
    if terms.cadence != "rolling" or started_on >= go_live:
        return
    items = look(terms, started_on, visits, END, slot(go_live, ahead))
    if items[0].done_at is None:
        return
    usual = {
        item.opened_on: item.due_on for item in look(terms, started_on, visits, END) if not item.is_first
    }
    assert all(usual[item.opened_on] == item.due_on for item in items[1:])
