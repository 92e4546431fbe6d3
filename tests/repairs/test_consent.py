"""民法典 278 in exact fractions."""

from __future__ import annotations

from fractions import Fraction

import pytest

from repairs.choices import Matter
from repairs.rules import Count, consent_holds

HALF = Fraction(1, 2)


def _count(total: int, took_part: int, agreed: int) -> Count:
    return Count(Fraction(total), Fraction(took_part), Fraction(agreed))


def _holds(matter: str, people: Count, area: Count | None = None) -> bool:
    return consent_holds(matter, people, area, small_part=HALF, small_agreed=HALF)


def test_it_works() -> None:
    """504栋: of 56 households 38 took part and 35 agreed."""
    assert _holds(Matter.SMALL, _count(56, 38, 35))


@pytest.mark.parametrize(
    ("matter", "people", "holds"),
    [
        (Matter.SMALL, (100, 50, 26), True),  # half takes part: 以上 includes the number
        (Matter.SMALL, (100, 49, 49), False),
        (Matter.SMALL, (100, 50, 25), False),  # exactly half is not 过半数
        (Matter.SMALL, (100, 0, 0), False),
        (Matter.USE_FUND, (99, 66, 34), True),  # exactly two thirds
        (Matter.USE_FUND, (99, 65, 65), False),
        (Matter.USE_FUND, (99, 66, 33), False),
        (Matter.RAISE_FUND, (99, 68, 51), True),  # exactly three quarters
        (Matter.RAISE_FUND, (99, 68, 50), False),
        (Matter.REBUILD, (99, 68, 51), True),
        (Matter.CHANGE_USE, (99, 68, 50), False),
        (Matter.CHANGE_USE, (99, 68, 51), True),
    ],
)
def test_at_the_border(matter: str, people: tuple[int, int, int], holds: bool) -> None:
    count = _count(*people)
    assert _holds(matter, count, count) is holds


def test_area_and_people_must_both_hold() -> None:
    enough, few = _count(99, 66, 34), _count(99, 65, 65)
    assert not _holds(Matter.USE_FUND, enough, few)
    assert not _holds(Matter.USE_FUND, few, enough)
    assert not _holds(Matter.USE_FUND, enough)
    assert not _holds(Matter.RAISE_FUND, _count(99, 68, 51), _count(99, 68, 50))


def test_areas_are_compared_to_the_square_decimetre() -> None:
    area = Count(Fraction("3000.03"), Fraction("2000.02"), Fraction("1000.02"))
    less = Count(Fraction("3000.03"), Fraction("2000.01"), Fraction("1500"))
    assert _holds(Matter.USE_FUND, _count(3, 2, 2), area)
    assert not _holds(Matter.USE_FUND, _count(3, 2, 2), less)


def test_a_community_may_ask_for_more_in_small_matters() -> None:
    count = _count(100, 60, 45)
    strict = {"small_part": Fraction(2, 3), "small_agreed": HALF}
    assert _holds(Matter.SMALL, count)
    assert not consent_holds(Matter.SMALL, count, None, **strict)
