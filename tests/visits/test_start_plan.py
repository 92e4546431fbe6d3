"""What a go-live would bring, counted: people by day, what falls to each building, who is put off. Values alone."""

from __future__ import annotations

from datetime import date, timedelta

from buildings.models import Place
from visits.going_live import BuildingLoad, PersonDue, StartPlan

ON = date(2026, 11, 30)


def plan(*dues: tuple[int, int, int, bool]) -> StartPlan:
    """Each is a person, a building, a day counted from the first, and whether the window gave it."""
    made = [
        PersonDue(person, building, ON + timedelta(days=ahead), given)
        for person, building, ahead, given in dues
    ]
    return StartPlan(Place(), ON, ON, 4, [ON + timedelta(days=ahead) for ahead in range(4)], made, {})


def test_it_works() -> None:
    found = plan((1, 7, 0, True), (2, 7, 1, False), (3, 8, 1, True), (4, 8, 9, False))
    assert (found.people, found.overdue, found.put_off) == (4, 0, 2)
    assert found.due_by_day == {ON: 1, ON + timedelta(days=1): 2, ON + timedelta(days=9): 1}


def test_a_building_names_the_earliest_of_its_fullest_days() -> None:
    """Two on the third day, two on the first, entered in that order."""
    (load,) = plan((1, 7, 2, True), (2, 7, 2, True), (3, 7, 0, True), (4, 7, 0, True), (5, 7, 1, True)).loads
    assert load == BuildingLoad(building_id=7, people=5, most=2, most_on=ON)


def test_the_fullest_building_comes_first_then_the_larger_one() -> None:
    found = plan(
        (1, 9, 0, True), (2, 8, 0, True), (3, 8, 1, True), (4, 7, 0, True), (5, 7, 0, True), (6, 6, 3, True)
    )  # fmt: skip
    assert [load.building_id for load in found.loads] == [7, 8, 6, 9]


def test_overdue_is_before_the_first_day() -> None:
    assert plan((1, 7, -1, False), (2, 7, 0, False)).overdue == 1
