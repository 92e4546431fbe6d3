"""A round waved through climbs no further, and is whitened by nothing: overdue it stays until a visit settles it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from cadres.choices import Post
from duties.actions import duty_take_over, duty_waive, duty_waiver_revoke
from duties.as_of import AsOf, duty_filter, rung_then
from duties.choices import EventKind, Outcome
from duties.clock import State, falls_due, state_at
from duties.models import Duty, DutyAction, DutyClock, DutyEvent
from duties.selectors import notices_waiting
from duties.services import clocks_reconcile
from tests.duties.steps import duty_of, events_of, story_of_everything, sweep_at, visit
from tests.duties.test_actions import who
from tests.factories import Community, care_record, community, moment
from visits.services import visit_void

pytestmark = pytest.mark.django_db

NOW = moment("2026-03-06T09:00")  # due on the 4th; steps on the 5th, 6th, 8th and 12th
LATER = moment("2026-03-13T09:00")
RAISED = EventKind.RAISED


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def duty(home: Community) -> Duty:
    record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    sweep_at(NOW)
    return duty_of(record)


@pytest.fixture
def branch(home: Community) -> dict[str, Any]:
    return who(home, home.precincts[0], Post.BRANCH_SECRETARY)


@pytest.fixture
def quarter(home: Community) -> dict[str, Any]:
    return who(home, home.quarters[0], Post.GENERAL_BRANCH_SECRETARY)


def wave(duty: Duty, one: dict[str, Any], at: datetime = NOW) -> DutyAction:
    return duty_waive(duty=duty, reason="住女儿家，下月回来", now=at, **one)


def rungs(duty: Duty, *kinds: str) -> list[int | None]:
    return [rung for rung, _ in events_of(duty, *(kinds or (RAISED,)))]


def fresh(duty: Duty) -> Duty:
    return Duty.objects.get(pk=duty.pk)


def test_it_works(duty: Duty, branch: dict[str, Any]) -> None:
    assert rungs(duty) == [0, 1, 2]
    wave(duty, branch)
    assert fresh(duty).next_check_at is None
    assert DutyClock.objects.get().next_check_at is None
    sweep_at(LATER)
    assert rungs(duty) == [0, 1, 2]
    after = fresh(duty)
    assert (after.outcome, after.rung, after.closed_at) == (Outcome.OVERDUE, 2, None)
    assert after.waived_times == [(NOW, None)]
    assert Duty.objects.filter(duty_filter("overdue", AsOf.now(LATER))).exists()
    assert not notices_waiting_for(branch)


def notices_waiting_for(one: dict[str, Any]) -> bool:
    from cadres.selectors import scope_for

    return notices_waiting(scope_for(one["by"], today=LATER.date())).exists()


def test_it_turns_overdue_in_its_time_all_the_same(home: Community) -> None:
    """Waved through after the reminder, before it was due."""
    record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    sweep_at("2026-03-03T09:00")
    duty = duty_of(record)
    assert rungs(duty) == [0]
    wave(duty, who(home, home.precincts[0], Post.BRANCH_SECRETARY), moment("2026-03-03T09:00"))
    assert fresh(duty).next_check_at == duty.due_at
    sweep_at(LATER)
    assert (fresh(duty).outcome, rungs(duty)) == (Outcome.OVERDUE, [0])


def test_what_fell_due_before_the_waving_stands_though_no_sweep_had_come(
    home: Community, branch: dict[str, Any]
) -> None:
    record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    sweep_at("2026-03-05T00:00")
    duty = duty_of(record)
    assert rungs(duty) == [0, 1]
    wave(duty, branch, moment("2026-03-08T00:00"))
    assert events_of(duty, RAISED)[2:] == [(2, "03-06 00:00"), (3, "03-08 00:00")]
    sweep_at(LATER)
    assert rungs(duty) == [0, 1, 2, 3]


def test_the_next_round_climbs_by_itself(duty: Duty, branch: dict[str, Any]) -> None:
    wave(duty, branch)
    visit(duty.care_record.resident, "2026-03-06T12:00")
    assert (fresh(duty).outcome, fresh(duty).rung) == (Outcome.LATE, 2)
    following = duty_of(duty.care_record)
    assert (following.pk == duty.pk, following.waived) == (False, [])
    sweep_at("2026-04-01T09:00")
    assert rungs(following) == [0, 1, 2, 3, 4]


def test_a_voided_visit_brings_back_the_round_as_it_was_left(duty: Duty, branch: dict[str, Any]) -> None:
    wave(duty, branch)
    mistaken = visit(duty.care_record.resident, "2026-03-07T12:00")
    visit_void(visit=mistaken, reason="记错人", now=moment("2026-03-09T09:00"))
    after = fresh(duty)
    assert (after.outcome, after.waived_times) == (Outcome.OVERDUE, [(NOW, None)])
    sweep_at(LATER)
    assert rungs(duty) == [0, 1, 2]


def test_a_visit_made_in_time_and_known_late_still_takes_back_what_was_told(
    duty: Duty, branch: dict[str, Any]
) -> None:
    wave(duty, branch)
    visit(duty.care_record.resident, "2026-03-04T10:00", received="2026-03-10T09:00")
    assert fresh(duty).outcome == Outcome.IN_TIME
    assert rungs(duty, EventKind.STOOD_DOWN) == [1, 2]


def test_taken_back_the_ladder_goes_on(home: Community, duty: Duty, branch: dict[str, Any]) -> None:
    """What would have been told meanwhile falls due at the moment of taking back, what comes later in its time."""
    row = wave(duty, branch)
    sweep_at("2026-03-09T00:00")
    at = moment("2026-03-09T10:00")
    back = duty_waiver_revoke(duty=duty, now=at, words="已回家", **branch)
    assert (back.revokes, row.revoked_by) == (row, back)
    assert events_of(duty, RAISED)[3:] == [(3, "03-09 10:00")]
    assert fresh(duty).next_check_at == moment("2026-03-12T00:00")
    assert DutyEvent.objects.get(rung=3).told_cadre == home.holder(
        home.quarters[0], Post.GENERAL_BRANCH_SECRETARY
    )
    sweep_at(LATER)
    assert events_of(duty, RAISED)[4:] == [(4, "03-12 00:00")]
    assert notices_waiting_for(branch), "what he has taken back lies before him again"


def test_waved_through_again(duty: Duty, branch: dict[str, Any], quarter: dict[str, Any]) -> None:
    wave(duty, branch)
    duty_waiver_revoke(duty=duty, now=moment("2026-03-09T10:00"), **quarter)
    wave(duty, quarter, moment("2026-03-10T10:00"))
    sweep_at(LATER)
    assert events_of(duty, RAISED)[3:] == [(3, "03-09 10:00")]
    assert len(fresh(duty).waived) == 2


def test_recomputing_everything_changes_nothing(duty: Duty, branch: dict[str, Any]) -> None:
    wave(duty, branch)
    sweep_at(LATER)
    before = story_of_everything()
    with transaction.atomic():
        clocks = list(DutyClock.objects.select_for_update())
        clocks_reconcile(clocks=clocks, now=LATER)
    assert story_of_everything() == before


def test_a_sweep_every_day_and_one_at_the_end_tell_the_same(home: Community) -> None:
    branch = who(home, home.precincts[0], Post.BRANCH_SECRETARY)
    told = []
    for daily in (True, False):
        record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
        for day in range(1, 7) if daily else (5,):
            sweep_at(f"2026-03-0{day}T00:10")
        wave(duty_of(record), branch, moment("2026-03-06T09:00"))
        for day in range(7, 9) if daily else ():
            sweep_at(f"2026-03-0{day}T00:10")
        duty_waiver_revoke(duty=duty_of(record), now=moment("2026-03-09T09:00"), **branch)
        sweep_at(LATER)
        told.append(events_of(duty_of(record)))
    assert told[0] == told[1]


@pytest.mark.parametrize("day", range(1, 14))
def test_a_past_day_shows_the_rung_it_had_then(duty: Duty, branch: dict[str, Any], day: int) -> None:
    """Waved through on the 6th, taken back on the 9th: the figures of each evening are those of the clock."""
    wave(duty, branch)
    duty_waiver_revoke(duty=duty, now=moment("2026-03-09T10:00"), **branch)
    sweep_at(LATER)
    then = AsOf.end_of(date(2026, 3, day))
    found = Duty.objects.filter(pk=duty.pk).annotate(reached=rung_then(then)).get().reached
    expected = [None, None, 0, 0, 1, 2, 2, 2, 3, 3, 3, 4, 4]
    assert found == expected[day - 1]
    after = fresh(duty)
    ever = {1: [], 2: [(NOW, None)], 3: after.waived_times}[1 if day < 6 else 2 if day < 9 else 3]
    assert state(after, then.at, ever).rung == found


def test_as_it_stood_while_it_was_waved_through(duty: Duty, branch: dict[str, Any]) -> None:
    wave(duty, branch)
    sweep_at(LATER)
    then = AsOf.end_of(date(2026, 3, 12))
    assert Duty.objects.annotate(reached=rung_then(then)).get().reached == 2


def state(duty: Duty, at: datetime, waived: Any) -> State:
    return state_at(
        due_at=duty.due_at, ladder=duty.ladder, done_at=None, ended_at=None, now=at, waived=waived
    )


@given(
    planned=st.integers(0, 40),
    cuts=st.lists(st.integers(0, 40), unique=True, max_size=6),
)
def test_a_step_falls_due_once_at_the_first_moment_nobody_holds_it_back(
    planned: int, cuts: list[int]
) -> None:
    """By simulation: hour by hour, a step that is planned by then and not held back is told."""
    cuts.sort()
    waived = [
        (hour(cuts[at]), hour(cuts[at + 1]) if at + 1 < len(cuts) else None) for at in range(0, len(cuts), 2)
    ]

    def held_back(at: int) -> bool:
        # the waving counts from the moment after it, so that what fell due by then stands
        return any(since < hour(at) and (until is None or hour(at) < until) for since, until in waived)

    told = next((at for at in range(60) if at >= planned and not held_back(at)), None)
    assert falls_due(hour(planned), waived) == (hour(told) if told is not None else None)


def hour(at: int) -> datetime:
    return datetime.fromtimestamp(1_770_000_000 + at * 3600, tz=NOW.tzinfo)


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_a_reason_is_needed(duty: Duty, branch: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="放行原因"):
        duty_waive(duty=duty, reason=" ", now=NOW, **branch)
    assert (DutyAction.objects.count(), fresh(duty).waived) == (0, [])


def test_once_is_enough(duty: Duty, branch: dict[str, Any], quarter: dict[str, Any]) -> None:
    wave(duty, branch)
    with pytest.raises(ValidationError, match="已经放行"):
        wave(duty, quarter)
    assert DutyAction.objects.count() == 1


def test_a_lower_rung_takes_nothing_back(
    home: Community, duty: Duty, branch: dict[str, Any], quarter: dict[str, Any]
) -> None:
    wave(duty, quarter)
    with pytest.raises(ValidationError, match="苑区一级放行的"):
        duty_waiver_revoke(duty=duty, now=NOW, **branch)
    assert fresh(duty).waived_times == [(NOW, None)]
    top = who(home, home.place, Post.COMMITTEE_SECRETARY)
    duty_waiver_revoke(duty=duty, now=NOW, **top)
    with pytest.raises(ValidationError, match="没有放行"):
        duty_waiver_revoke(duty=duty, now=NOW, **top)
    assert DutyAction.objects.count() == 2


def test_taking_over_stops_no_step(duty: Duty, branch: dict[str, Any]) -> None:
    duty_take_over(duty=duty, now=NOW, **branch)
    sweep_at(LATER)
    assert rungs(duty) == [0, 1, 2, 3, 4]


def test_what_was_told_while_it_waited_for_the_lock_is_no_mistake(duty: Duty, branch: dict[str, Any]) -> None:
    """Asked for at nine on the 6th, let in after a sweep of the 8th had told 苑区: that stands."""
    sweep_at("2026-03-08T00:00")
    row = wave(duty, branch, NOW)
    assert row.at == moment("2026-03-08T00:00")
    assert (rungs(duty), rungs(duty, EventKind.STOOD_DOWN)) == ([0, 1, 2, 3], [])
