"""A vacant, uncovered rung is passed to the next at once; somebody on leave is covered by his stand-in."""

from __future__ import annotations

from datetime import date

import pytest

from cadres.choices import Post
from cadres.services import (
    appointment_end,
    appointment_hand_over,
    appointment_start,
    cover_start,
    organisation_create,
)
from duties.models import DutyEvent
from tests.duties.steps import duty_of, sweep_at, visit
from tests.factories import Community, cadre, care_record, community, moment

pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> Community:
    return community()


def told(home: Community, rung: int, at: str) -> DutyEvent:
    record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    sweep_at(at)
    return DutyEvent.objects.get(duty=duty_of(record), rung=rung)


def test_it_works(home: Community) -> None:
    event = told(home, 1, "2026-03-05T00:00")
    assert event.told_cadre == home.holder(home.building, Post.PARTY_GROUP_LEADER)
    assert event.passed_over == []


def test_a_vacant_rung_is_passed_on_and_the_vacancy_is_written_down(home: Community) -> None:
    holder = home.holders[home.building.pk, Post.PARTY_GROUP_LEADER]
    appointment_end(appointment=holder, ended_on=date(2026, 3, 2), end_reason="resigned")
    event = told(home, 1, "2026-03-05T00:00")
    assert (event.told_rung, event.passed_over) == (2, [1])
    assert event.told_cadre == home.holder(home.precincts[0], Post.BRANCH_SECRETARY)


def test_the_next_step_is_still_told_in_its_own_time(home: Community) -> None:
    holder = home.holders[home.building.pk, Post.PARTY_GROUP_LEADER]
    appointment_end(appointment=holder, ended_on=date(2026, 3, 2), end_reason="resigned")
    event = told(home, 2, "2026-03-06T00:00")
    assert (event.told_rung, event.passed_over) == (2, [])


def test_nobody_up_to_the_top_is_said_as_it_is() -> None:
    event = told(community(staffed=False), 1, "2026-03-05T00:00")
    assert (event.told_rung, event.told_cadre, event.passed_over) == (4, None, [1, 2, 3, 4])


def test_a_stand_in_is_told_on_the_days_he_covers(home: Community) -> None:
    stand_in = cadre(home.building)
    cover_start(
        appointment=home.holders[home.building.pk, Post.PARTY_GROUP_LEADER],
        stand_in=stand_in,
        from_on=date(2026, 3, 5),
        until_on=date(2026, 3, 5),
    )
    assert told(home, 1, "2026-03-09T00:00").told_cadre == stand_in


def test_the_holder_of_that_day_is_told_even_if_the_sweep_comes_late(home: Community) -> None:
    holder = home.holders[home.building.pk, Post.PARTY_GROUP_LEADER]
    new = cadre(home.building)
    appointment_hand_over(appointment=holder, to_cadre=new, on=date(2026, 3, 6))
    assert told(home, 1, "2026-03-09T00:00").told_cadre == holder.cadre


def test_an_organisation_answers_for_the_building_it_covers_whatever_the_tree_says(home: Community) -> None:
    """怡和苑北区504栋 is served by 康和党总支."""
    organisation = organisation_create(
        community=home.place, kind="general_branch", name="康和党总支", places=[home.building]
    )
    secretary = cadre(home.building)
    appointment_start(
        cadre=secretary,
        post=Post.GENERAL_BRANCH_SECRETARY,
        place=home.quarters[1],
        started_on=date(2020, 1, 1),
        organisation=organisation,
    )
    assert told(home, 3, "2026-03-08T00:00").told_cadre == secretary


def test_a_hand_over_keeps_the_clock_running_and_the_credit_where_it_belongs(home: Community) -> None:
    holder = home.holders[home.building.pk, Post.BUILDING_HEAD]
    record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    before = duty_of(record)
    new = appointment_hand_over(appointment=holder, to_cadre=cadre(home.building), on=date(2026, 3, 3))
    after = duty_of(record)
    assert (after.pk, after.due_at, after.next_check_at) == (before.pk, before.due_at, before.next_check_at)
    by_old = visit(record.resident, "2026-03-02T10:00", received="2026-03-04T09:00", visitor=holder.cadre)
    by_new = visit(record.resident, "2026-03-03T10:00", received="2026-03-04T09:00", visitor=new.cadre)
    late = visit(record.resident, "2026-03-03T11:00", received="2026-03-04T09:00", visitor=holder.cadre)
    assert [row.visitor_post for row in (by_old, by_new, late)] == [
        Post.BUILDING_HEAD,
        Post.BUILDING_HEAD,
        "",
    ]


def test_for_a_record_entered_later_the_holder_of_that_day_is_told() -> None:
    home = community(staffed=False)
    started = date(2026, 6, 1)
    heads = [cadre(home.building), cadre(home.building)]
    first = appointment_start(
        cadre=heads[0], post=Post.PARTY_GROUP_LEADER, place=home.building, started_on=started
    )
    record = care_record(home.building, now=moment("2026-06-20T09:00"), started_on=date(2026, 3, 1))
    appointment_hand_over(appointment=first, to_cadre=heads[1], on=date(2026, 7, 1))
    sweep_at("2026-07-02T09:00")
    event = DutyEvent.objects.get(duty=duty_of(record), rung=1)
    assert event.told_cadre == heads[0]
