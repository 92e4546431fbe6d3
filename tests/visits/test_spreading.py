"""First rounds are spread over a window: the longest unseen first, no building above its share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baibuting.common.days import DayCalendar
from visits.spreading import Waiting, caps, spread, window

MONDAY = date(2026, 11, 30)
PLAIN = DayCalendar(holidays=frozenset(), workdays=frozenset())
DAYS = window(MONDAY, 10, None)


def person(number: int, building: int = 1, unseen_for: int = 0) -> Waiting:
    return Waiting(number, building, MONDAY - timedelta(days=unseen_for))


def test_it_works() -> None:
    """Four people of two buildings over four days: one a day, the longest unseen first."""
    waiting = [person(1, 1, 10), person(2, 2, 40), person(3, 1, 30), person(4, 2, 20)]
    days = DAYS[:4]
    assert spread(waiting, {}, days) == {2: days[0], 3: days[1], 4: days[2], 1: days[3]}


def test_more_people_than_days_share_them() -> None:
    """Six people of one building over three days, by hand: ranks 0 1 | 2 3 | 4 5."""
    waiting = [person(number, 1, 60 - number) for number in range(6)]
    days = DAYS[:3]
    assert spread(waiting, {}, days) == {
        0: days[0],
        1: days[0],
        2: days[1],
        3: days[1],
        4: days[2],
        5: days[2],
    }


def test_a_building_at_its_cap_gets_the_next_day() -> None:
    """Two of building 1 rank 0 and 1 of four over two days: both would get the first day, its cap is one."""
    waiting = [person(1, 1, 90), person(2, 1, 80), person(3, 2, 70), person(4, 3, 60)]
    days = DAYS[:2]
    assert spread(waiting, {}, days) == {1: days[0], 2: days[1], 3: days[1], 4: days[1]}


def test_where_all_later_days_are_full_the_nearest_earlier_one_is_taken() -> None:
    """One waits, rank 0 of one, ideal day the first; the building has two due anyway on each day but the second."""
    due_anyway = {1: {DAYS[0]: 2, DAYS[2]: 2}}
    days = DAYS[:3]
    assert caps([person(1)], due_anyway, days) == {1: 2}
    assert spread([person(1)], due_anyway, days) == {1: days[1]}
    # rank 1 of 2: ideal day 1 of 2; that day is full, so the one before
    waiting = [person(1, 2, 50), person(2, 1, 10)]
    assert spread(waiting, {1: {DAYS[1]: 2}}, DAYS[:2]) == {1: DAYS[0], 2: DAYS[0]}


def test_of_several_earlier_days_with_room_the_nearest_is_taken() -> None:
    """Rank 3 of 4 over four days: ideally the last, on which its building has somebody due anyway and a cap of one."""
    waiting = [person(1, 2, 90), person(2, 2, 80), person(3, 2, 70), person(4, 1, 60)]
    found = spread(waiting, {1: {DAYS[3]: 1}}, DAYS[:4])
    assert found == {1: DAYS[0], 2: DAYS[1], 3: DAYS[2], 4: DAYS[2]}


def test_never_seen_ranks_by_the_day_of_listing_and_ties_by_id() -> None:
    waiting = [person(7, 1, 30), person(3, 2, 30), person(5, 3, 31)]
    assert list(spread(waiting, {}, DAYS[:3])) == [5, 3, 7]


def test_days_off_are_left_out() -> None:
    assert window(MONDAY, 8, PLAIN) == [*DAYS[:5], DAYS[7]]
    assert len(window(MONDAY, 8, None)) == 8
    assert window(date(2026, 12, 5), 2, PLAIN) == []


def test_a_window_without_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one day"):
        spread([person(1)], {}, [])


def test_nobody_waits() -> None:
    assert spread([], {1: {MONDAY: 3}}, DAYS) == {}


BUILDINGS = st.integers(1, 4)
PEOPLE = st.lists(st.tuples(BUILDINGS, st.integers(0, 400)), max_size=40).map(
    lambda drawn: [person(number, building, unseen) for number, (building, unseen) in enumerate(drawn)]
)
ANYWAY = st.dictionaries(
    BUILDINGS, st.dictionaries(st.sampled_from([*DAYS, MONDAY + timedelta(days=40)]), st.integers(1, 5))
)
WINDOWS = st.integers(1, 10).map(lambda length: DAYS[:length])


@given(PEOPLE, ANYWAY, WINDOWS)
def test_everybody_gets_a_day_of_the_window(
    waiting: list[Waiting], due_anyway: Mapping[int, Mapping[date, int]], days: list[date]
) -> None:
    found = spread(waiting, due_anyway, days)
    assert found.keys() == {one.person_id for one in waiting}
    assert set(found.values()) <= set(days)


@given(PEOPLE, ANYWAY, WINDOWS)
def test_no_slot_puts_a_building_above_its_cap(
    waiting: list[Waiting], due_anyway: Mapping[int, Mapping[date, int]], days: list[date]
) -> None:
    found = spread(waiting, due_anyway, days)
    slots = Counter((one.building_id, found[one.person_id]) for one in waiting)
    for (building, day), count in slots.items():
        own = due_anyway.get(building, {})
        people = sum(one.building_id == building for one in waiting) + sum(own.get(each, 0) for each in days)
        assert count + own.get(day, 0) <= ceil(people / len(days))


@given(PEOPLE, WINDOWS)
def test_the_longest_unseen_come_first_where_no_cap_moves_them(
    waiting: list[Waiting], days: list[date]
) -> None:
    """Everybody in a building of their own: no cap is ever reached."""
    alone = [Waiting(one.person_id, one.person_id, one.unseen_since) for one in waiting]
    found = spread(alone, {}, days)
    in_order = [found[one.person_id] for one in sorted(alone, key=lambda one: one.rank)]
    assert in_order == sorted(in_order)
    assert in_order == [days[rank * len(days) // len(alone)] for rank in range(len(alone))]


@given(PEOPLE, WINDOWS)
def test_inside_a_building_only_a_full_day_moves_somebody(waiting: list[Waiting], days: list[date]) -> None:
    """Whoever was unseen for longer is later only where a full day moved them on."""
    found = spread(waiting, {}, days)
    cap = caps(waiting, {}, days)
    ranked = sorted(waiting, key=lambda one: one.rank)
    for rank, one in enumerate(ranked):
        ideal = days[rank * len(days) // len(ranked)]
        if found[one.person_id] != ideal:
            before = [
                found[other.person_id] for other in ranked[:rank] if other.building_id == one.building_id
            ]
            assert before.count(ideal) == cap[one.building_id]


@given(PEOPLE, ANYWAY, WINDOWS, st.randoms())
def test_the_order_of_rows_changes_nothing(
    waiting: list[Waiting], due_anyway: Mapping[int, Mapping[date, int]], days: list[date], random: object
) -> None:
    shuffled = random.sample(waiting, len(waiting))  # type: ignore[attr-defined]
    assert spread(shuffled, due_anyway, days) == spread(waiting, due_anyway, days)
