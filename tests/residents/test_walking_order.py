"""The order in which one walks through a building: by staircase, then by floor."""

from __future__ import annotations

import random

import pytest

from residents.rules import floor_of, walking_order


def test_it_works() -> None:
    """103 before 1003, staircase 2 before 10; where no staircase is known first."""
    walked = [("", "5"), ("1", "102"), ("1", "103"), ("1", "201"), ("1", "1003"), ("2", "101"), ("10", "101")]
    for seed in range(5):
        mixed = list(walked)
        random.Random(seed).shuffle(mixed)
        assert sorted(mixed, key=lambda flat: walking_order(*flat)) == walked


@pytest.mark.parametrize(
    ("room", "floor"),
    [
        ("301", 3),
        ("1003", 10),
        ("0301", 3),
        ("12", None),
        ("", None),
        ("101A", 1),
        ("西侧平房", None),
        ("商铺3", None),
    ],
)
def test_the_floor_is_in_the_number(room: str, floor: int | None) -> None:
    assert floor_of(room) == floor
