"""Which rungs are not told of a younger round, worked out by hand, and that it does not matter when one looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from baibuting.common.days import midnight
from duties.clock import LadderRun, rungs_held, steps

LADDER = [[0, -48], [1, 0], [2, 24], [3, 72], [4, 168]]
FIRST = date(2026, 1, 1)


def run(
    due: int, closed: int | None = None, waived: Sequence[tuple[int, int | None]] = (), ladder: object = None
) -> LadderRun:
    """A round due at the end of day `due` and closed at the beginning of day `closed`, days counted from FIRST."""
    return LadderRun(
        opened_on=FIRST + timedelta(days=due - 7),
        due_at=at(due + 1),
        ladder=ladder or LADDER,  # type: ignore[arg-type]
        closed_at=None if closed is None else at(closed),
        waived=[(at(since), None if until is None else at(until)) for since, until in waived],
    )


def at(day: int) -> datetime:
    return midnight(FIRST + timedelta(days=day))


def held(*runs: LadderRun) -> list[set[int]]:
    return [set(rungs) for rungs in rungs_held(runs)]


def test_it_works() -> None:
    """Due on the 10th and 40th, neither done: of the second nobody is told anything."""
    assert held(run(10), run(40)) == [set(), {0, 1, 2, 3, 4}]


def test_a_single_round_tells_everybody() -> None:
    assert held(run(10)) == [set()]


def test_one_done_in_time_is_silent_about_nothing() -> None:
    assert held(run(10, closed=9), run(40)) == [set(), set()]


def test_once_the_older_is_settled_the_later_steps_are_told_and_the_earlier_are_not() -> None:
    """The second's steps: 39 (reminder), 41, 42, 44, 48. The first is settled at the beginning of 43."""
    assert held(run(10, closed=43), run(40)) == [set(), {0, 1, 2}]


def test_settled_at_the_very_moment_of_a_step_it_is_overdue_no_more() -> None:
    assert held(run(10, closed=42), run(40)) == [set(), {0, 1}]


def test_an_older_one_not_yet_overdue_holds_nothing_back() -> None:
    """Due on the 40th and the 41st: before the 41st begins to be overdue its reminder has gone out."""
    assert held(run(40), run(41)) == [set(), {1, 2, 3, 4}]


def test_a_rung_that_the_older_has_not_told_is_told_of_the_younger() -> None:
    """The first climbs no further than 楼栋 by its rule."""
    assert held(run(10, ladder=[[0, -48], [1, 0]]), run(40)) == [set(), {0, 1}]


def test_a_third_is_told_where_the_second_was_silent() -> None:
    """The first is settled on the 60th, when the second has been overdue for long, and silent: the third speaks."""
    assert held(run(10, closed=60), run(40), run(70)) == [set(), {0, 1, 2, 3, 4}, set()]


def test_a_waived_one_leaves_the_next_to_climb_by_itself() -> None:
    assert held(run(10, waived=[(15, None)]), run(40)) == [set(), set()]


def test_a_waiver_taken_back_holds_the_later_steps_back_again() -> None:
    """Waived from 15 to 43: its 苑区 was told on the 14th, its 社区 on the 43rd; 48 of the second is held."""
    assert held(run(10, waived=[(15, 43)]), run(40)) == [set(), {3, 4}]


def test_the_order_in_which_they_are_given_does_not_matter() -> None:
    first, second = run(10), run(40)
    assert held(second, first) == [{0, 1, 2, 3, 4}, set()]


def as_known_at(one: LadderRun, now: datetime) -> LadderRun:
    """The same round as it looked at an earlier moment: what happened later is unknown."""
    waived = [
        (since, until if until is not None and until <= now else None)
        for since, until in one.waived
        if since <= now
    ]
    closed_at = one.closed_at if one.closed_at is not None and one.closed_at <= now else None
    return replace(one, closed_at=closed_at, waived=waived)


LADDERS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(-3, 12)), min_size=1, max_size=5, unique_by=lambda step: step[0]
)


@st.composite
def runs_of_a_record(draw: st.DrawFn) -> list[LadderRun]:
    found = []
    for _ in range(draw(st.integers(1, 5))):
        due = draw(st.integers(5, 60))
        cuts = sorted(draw(st.lists(st.integers(0, 90), max_size=4, unique=True)))
        waived = [(cuts[n], cuts[n + 1] if n + 1 < len(cuts) else None) for n in range(0, len(cuts), 2)]
        closed = draw(st.none() | st.integers(0, 90))
        ladder = [[rung, days * 24] for rung, days in draw(LADDERS)]
        found.append(run(due, closed, waived, ladder))
    return found


@given(runs=runs_of_a_record())
def test_looking_every_day_and_once_at_the_end_tell_the_same(runs: list[LadderRun]) -> None:
    """Day by day with what was known then: a step is told at the moment it falls due, or never."""
    told: set[tuple[int, int]] = set()
    for day in range(100):
        known = [as_known_at(one, at(day)) for one in runs]
        for position, (one, silent) in enumerate(zip(known, rungs_held(known), strict=True)):
            until = one.closed_at or at(day)
            told |= {
                (position, step.rung)
                for step in steps(one.due_at, one.ladder, one.waived)
                if step.at <= until and step.rung not in silent
            }
    at_the_end = {
        (position, step.rung)
        for position, (one, silent) in enumerate(zip(runs, rungs_held(runs), strict=True))
        for step in steps(one.due_at, one.ladder, one.waived)
        if step.at <= (one.closed_at or at(99)) and step.rung not in silent
    }
    assert told == at_the_end


@given(runs=runs_of_a_record())
def test_of_what_is_overdue_somebody_always_knows(runs: list[LadderRun]) -> None:
    """A step is silent only while an older round that told the same rung is overdue and not waived."""
    found = rungs_held(runs)
    for one, silent in zip(runs, found, strict=True):
        for step in steps(one.due_at, one.ladder, one.waived):
            if step.rung in silent:
                assert any(
                    step.rung not in other_silent
                    and other.climbs_at(step.at)
                    and any(
                        said.rung == step.rung and said.at <= step.at
                        for said in steps(other.due_at, other.ladder, other.waived)
                    )
                    for other, other_silent in zip(runs, found, strict=True)
                    if other is not one
                )
