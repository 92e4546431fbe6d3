"""Hours of service: the union of where somebody was, never more, rounded down."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gatherings.rules import hours_words, served_minutes
from tests.factories import moment

ZERO = moment("2026-03-01T00:00")
Interval = tuple[datetime, datetime]
intervals = st.lists(
    st.tuples(st.integers(0, 900), st.integers(1, 400)).map(
        lambda pair: (ZERO + timedelta(minutes=pair[0]), ZERO + timedelta(minutes=sum(pair)))
    ),
    max_size=12,
)


def at(first: str, last: str) -> Interval:
    return moment(f"2026-03-20T{first}"), moment(f"2026-03-20T{last}")


def test_it_works() -> None:
    assert served_minutes([]) == 0
    assert served_minutes([at("09:00", "11:00"), at("10:00", "12:00"), at("15:00", "15:30")]) == 210
    assert served_minutes([at("09:00", "12:00"), at("10:00", "11:00")]) == 180
    assert hours_words(119) == "1.9 小时"
    assert hours_words(0) == "0.0 小时"


@given(intervals)
def test_never_more_than_the_minutes_that_passed(given: list[Interval]) -> None:
    passed = {
        minute
        for first, last in given
        for minute in range(
            int((first - ZERO).total_seconds() // 60), int((last - ZERO).total_seconds() // 60)
        )
    }
    assert served_minutes(given) == len(passed)


@given(intervals, st.randoms())
def test_order_and_repetition_do_not_matter(given: list[Interval], random: object) -> None:
    shuffled = [*given, *given]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert served_minutes(shuffled) == served_minutes(given)
