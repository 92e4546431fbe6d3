"""The state of a duty at the very second on which something turns, worked out by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from duties.choices import Outcome
from duties.clock import LadderRun, Step, falls_due, rungs_held, state_at, steps
from tests.factories import moment

DUE = moment("2026-03-05T00:00")
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
LADDER = [[0, -48], [1, 0], [2, 24]]


def state(now: Any, **facts: Any) -> tuple[Any, ...]:
    """Outcome, rung, next check."""
    given: dict[str, Any] = {"due_at": DUE, "ladder": LADDER, "done_at": None, "ended_at": None}
    found = state_at(now=now, **given | facts)
    return found.outcome, found.rung, found.next_check_at


def test_it_works() -> None:
    """Reminder on the 3rd, due at the midnight that begins the 5th, one rung more on the 6th."""
    assert state(DUE - 3 * DAY) == (Outcome.OPEN, None, DUE - 2 * DAY)
    assert state(DUE - 2 * DAY) == (Outcome.OPEN, 0, DUE)
    assert state(DUE - SECOND) == (Outcome.OPEN, 0, DUE)
    assert state(DUE) == (Outcome.OVERDUE, 1, DUE + DAY)
    assert state(DUE + DAY - SECOND) == (Outcome.OVERDUE, 1, DUE + DAY)
    assert state(DUE + DAY) == (Outcome.OVERDUE, 2, None)


def test_without_a_step_at_the_due_date_it_turns_overdue_all_the_same() -> None:
    assert state(DUE - SECOND, ladder=[[2, 24]]) == (Outcome.OPEN, None, DUE)
    assert state(DUE, ladder=[]) == (Outcome.OVERDUE, None, None)


@pytest.mark.parametrize(
    ("done_at", "outcome", "rung"),
    [
        (DUE - SECOND, Outcome.IN_TIME, 0),
        (DUE, Outcome.LATE, 1),
        (DUE + DAY, Outcome.LATE, 2),
    ],
)
def test_done_at_the_midnight_itself_is_late(done_at: Any, outcome: str, rung: int) -> None:
    assert state(DUE + 9 * DAY, done_at=done_at) == (outcome, rung, None)


@pytest.mark.parametrize(
    ("ended_at", "now", "expected"),
    [
        (DUE - SECOND, DUE - SECOND, (Outcome.CANCELLED, 0, None)),
        (DUE, DUE, (Outcome.MISSED, 1, None)),
        (DUE + DAY, DUE + DAY - SECOND, (Outcome.OVERDUE, 1, DUE + DAY)),
        (DUE + DAY, DUE + DAY, (Outcome.MISSED, 2, None)),
    ],
)
def test_it_ends_with_its_reason_and_not_before(ended_at: Any, now: Any, expected: tuple[Any, ...]) -> None:
    assert state(now, ended_at=ended_at) == expected


@pytest.mark.parametrize(
    ("since", "until", "planned", "expected"),
    [
        (DUE, DUE + DAY, DUE, DUE),  # it fell due by the moment of the waiver
        (DUE, DUE + DAY, DUE + SECOND, DUE + DAY),
        (DUE, DUE + DAY, DUE + DAY, DUE + DAY),
        (DUE, DUE + DAY, DUE + DAY + SECOND, DUE + DAY + SECOND),
        (DUE, None, DUE, DUE),
        (DUE, None, DUE + SECOND, None),
    ],
)
def test_a_waiver_holds_back_what_is_planned_after_it(
    since: Any, until: Any, planned: Any, expected: Any
) -> None:
    assert falls_due(planned, [(since, until)]) == expected


def test_a_second_waiver_holds_what_the_first_let_go() -> None:
    """Let go at the moment at which it is waived again: it had fallen due by then. A second later it had not."""
    first = (DUE, DUE + DAY)
    assert falls_due(DUE + SECOND, [first, (DUE + DAY, DUE + 3 * DAY)]) == DUE + DAY
    assert falls_due(DUE + SECOND, [first, (DUE + DAY - SECOND, DUE + 3 * DAY)]) == DUE + 3 * DAY


def test_steps_stand_in_the_order_in_which_they_fall_due() -> None:
    """Two of one moment by their rung; a waiver puts those that it lets go beside each other."""
    assert steps(DUE, [[2, 24], [1, 24], [0, -48]]) == [
        Step(0, DUE - 2 * DAY),
        Step(1, DUE + DAY),
        Step(2, DUE + DAY),
    ]
    held = [(DUE - SECOND, DUE + 5 * DAY)]
    assert steps(DUE, LADDER, held) == [
        Step(0, DUE - 2 * DAY),
        Step(1, DUE + 5 * DAY),
        Step(2, DUE + 5 * DAY),
    ]


def run(due_at: Any, **facts: Any) -> LadderRun:
    return LadderRun(opened_on=(due_at - 7 * DAY).date(), due_at=due_at, ladder=LADDER, **facts)


def test_an_older_round_climbs_from_its_midnight_until_it_is_settled() -> None:
    settled = run(DUE, closed_at=DUE + DAY)
    assert [settled.climbs_at(DUE + after) for after in (-SECOND, 0 * DAY, DAY - SECOND, DAY)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_waived_round_leaves_the_younger_to_climb_until_the_waiver_is_taken_back() -> None:
    waived = run(DUE, waived=[(DUE + DAY, DUE + 2 * DAY)])
    at = (DAY, DAY + SECOND, 2 * DAY - SECOND, 2 * DAY)
    assert [waived.climbs_at(DUE + after) for after in at] == [True, False, False, True]


def test_a_step_of_the_very_second_of_the_older_one_is_held_too() -> None:
    """One due at once with another: each rung is told of once, of the one that was opened first."""
    older, younger = run(DUE), run(DUE)
    younger = LadderRun(older.opened_on + DAY, DUE, LADDER)
    assert rungs_held([younger, older]) == [frozenset({1, 2}), frozenset()]


def test_what_was_held_speaks_for_nobody() -> None:
    """The second is silent because of the first. Once the first is settled the third hears its own steps told.

    Days from the first's due date: it is settled on the 10th, steps of the second at 5, 7, 8 all held, of the third at
    11, 13, 14: of them the second, which told nobody, holds none.
    """
    first = run(DUE, closed_at=DUE + 10 * DAY)
    second, third = run(DUE + 7 * DAY), run(DUE + 13 * DAY)
    assert rungs_held([first, second, third]) == [frozenset(), frozenset({0, 1, 2}), frozenset()]


def test_a_step_that_a_waiver_held_back_is_judged_when_it_falls_due() -> None:
    """The younger's rung 2, planned for the 6th day, falls due on the 10th; the older was settled on the 9th."""
    older = run(DUE, closed_at=DUE + 9 * DAY)
    younger = run(DUE + 5 * DAY, waived=[(DUE + 5 * DAY, DUE + 10 * DAY)])
    assert rungs_held([older, younger]) == [frozenset(), frozenset({0, 1})]
