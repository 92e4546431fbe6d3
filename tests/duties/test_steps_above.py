"""Which steps of a rule's ladder a duty is made with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.choices import Level
from cadres.choices import RUNG_POSTS, Post, rung_of
from duties.rules import steps_above

WHOLE = [[0, -24], [1, 0], [2, 24], [3, 48], [4, 96]]


@pytest.mark.parametrize(
    ("post", "level", "rungs"),
    [
        (Post.BUILDING_HEAD, Level.BUILDING, [0, 1, 2, 3, 4]),
        (Post.PROPERTY_STEWARD, Level.BUILDING, [0, 1, 2, 3, 4]),
        # nobody is reported to himself
        (Post.PARTY_GROUP_LEADER, Level.BUILDING, [0, 2, 3, 4]),
        (Post.BRANCH_SECRETARY, Level.PRECINCT, [0, 3, 4]),
        (Post.GENERAL_BRANCH_SECRETARY, Level.QUARTER, [0, 4]),
        (Post.COMMITTEE_SECRETARY, Level.COMMUNITY, [0]),
        # a secretary who owes something at one building: his own rung and those below him are not above him
        (Post.BRANCH_SECRETARY, Level.BUILDING, [0, 3, 4]),
        # a post without a rung: whoever answers for its place is above it
        (Post.GRID_WORKER, Level.PRECINCT, [0, 2, 3, 4]),
        (Post.GRID_WORKER, Level.QUARTER, [0, 3, 4]),
        (Post.GRID_WORKER, Level.COMMUNITY, [0, 4]),
        # who owes something at a place above his own
        (Post.PARTY_GROUP_LEADER, Level.COMMUNITY, [0, 4]),
    ],
)
def test_it_works(post: str, level: int, rungs: list[int]) -> None:
    assert steps_above(post, WHOLE, level) == [step for step in WHOLE if step[0] in rungs]


def test_a_building_is_meant_where_nothing_is_said() -> None:
    assert steps_above(Post.PARTY_GROUP_LEADER, WHOLE) == steps_above(
        Post.PARTY_GROUP_LEADER, WHOLE, Level.BUILDING
    )


steps = st.lists(st.tuples(st.integers(0, 4), st.integers(-900, 900)), max_size=6)


@given(st.sampled_from(Post), steps, st.sampled_from(Level))
def test_what_is_left_stands_above_in_the_order_of_the_rule(
    post: str, ladder: list[tuple[int, int]], level: int
) -> None:
    left = steps_above(post, ladder, level)
    rest = iter(ladder)
    assert all(tuple(step) in rest for step in left), "a part of the ladder, in its order"
    assert all(rung == 0 or rung > rung_of(post) for rung, _ in left)
    assert all(rung == 0 or RUNG_POSTS[rung][1] <= level for rung, _ in left)
    assert [step for step in left if step[0] == 0] == [list(step) for step in ladder if step[0] == 0]
    assert steps_above(post, left, level) == left, "once is enough"
