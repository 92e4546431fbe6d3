"""Which notices are in force: those raised and not taken back, and those given again. Pure over rows."""

from __future__ import annotations

from duties.choices import EventKind
from duties.events import notices_in_force, steps_taken_back
from duties.models import DutyEvent


def event(kind: EventKind, rung: int | None, duty: int = 1) -> DutyEvent:
    return DutyEvent(duty_id=duty, kind=kind, rung=rung)


def test_it_works() -> None:
    told = [event(EventKind.RAISED, rung) for rung in (0, 1, 2)]
    others = [event(EventKind.STOOD_DOWN, 1), event(EventKind.RULE_CHANGED, None)]
    assert steps_taken_back([*told, *others]) == {(1, 1)}
    assert notices_in_force([*told, *others]) == [told[0], told[2]]


def test_given_again_it_is_in_force() -> None:
    told = event(EventKind.RAISED, 1)
    rows = [told, event(EventKind.STOOD_DOWN, 1), event(EventKind.REINSTATED, 1)]
    assert steps_taken_back(rows) == set()
    assert notices_in_force(rows) == [told]


def test_the_same_rung_of_another_duty_stays() -> None:
    rows = [event(EventKind.RAISED, 1), event(EventKind.RAISED, 1, duty=2), event(EventKind.STOOD_DOWN, 1)]
    assert [row.duty_id for row in notices_in_force(rows)] == [2]
