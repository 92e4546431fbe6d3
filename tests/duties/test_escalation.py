"""A duty nobody does goes overdue at midnight and is carried up, one event a step."""

from __future__ import annotations

from datetime import date

import pytest

from cadres.choices import Post
from duties.choices import EventKind, Outcome
from duties.models import Duty, DutyEvent
from tests.duties.steps import duty_of, events_of, sweep_at, visit
from tests.factories import Community, care_record, community, moment

pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> Community:
    return community()


def test_it_works(home: Community) -> None:
    record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    for text in (
        "2026-03-03T00:00",
        "2026-03-05T00:00",
        "2026-03-06T00:00",
        "2026-03-08T00:00",
        "2026-03-12T00:00",
    ):
        sweep_at(text)
    duty = duty_of(record)
    assert (duty.outcome, duty.rung, duty.next_check_at) == (Outcome.OVERDUE, 4, None)
    assert events_of(duty, EventKind.RAISED) == [
        (0, "03-03 00:00"),
        (1, "03-05 00:00"),
        (2, "03-06 00:00"),
        (3, "03-08 00:00"),
        (4, "03-12 00:00"),
    ]
    told = [event.told_cadre for event in DutyEvent.objects.filter(duty=duty).order_by("rung")]
    assert told == [
        home.holder(home.building, Post.BUILDING_HEAD),
        home.holder(home.building, Post.PARTY_GROUP_LEADER),
        home.holder(home.precincts[0], Post.BRANCH_SECRETARY),
        home.holder(home.quarters[0], Post.GENERAL_BRANCH_SECRETARY),
        home.holder(home.place, Post.COMMITTEE_SECRETARY),
    ]


def test_one_second_before_midnight_nothing_is_overdue(home: Community) -> None:
    record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    run = sweep_at("2026-03-04T23:59:59")
    assert (run.overdue, run.escalated) == (0, 0)
    assert duty_of(record).outcome == Outcome.OPEN


def test_sweeping_again_tells_nobody_twice(home: Community) -> None:
    care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    first, second = sweep_at("2026-03-05T00:00"), sweep_at("2026-03-05T00:00")
    assert (first.looked_at, first.reminded, first.overdue, first.escalated) == (1, 1, 1, 1)
    assert (second.looked_at, second.reminded, second.overdue, second.escalated) == (0, 0, 0, 0)


def test_a_visit_settles_the_duty_and_opens_the_next(home: Community) -> None:
    record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    visit(record.resident, "2026-03-03T10:00")
    first, second = Duty.objects.filter(care_record=record).order_by("opened_on")
    assert (first.outcome, first.done_at, first.next_check_at) == (
        Outcome.IN_TIME,
        moment("2026-03-03T10:00"),
        None,
    )
    assert (second.outcome, second.due_on) == (Outcome.OPEN, date(2026, 3, 10))
    sweep_at("2026-03-05T00:00")
    assert events_of(first) == [(0, "03-03 00:00")]


def test_one_visit_settles_every_category_of_the_person(home: Community) -> None:
    record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    other = care_record(
        home.building,
        now=moment("2026-03-01T09:00"),
        started_on=date(2026, 3, 1),
        code="hospital",
        resident=record.resident,
    )
    visit(record.resident, "2026-03-02T10:00")
    assert [duty_of(one, 0).outcome for one in (record, other)] == [Outcome.IN_TIME, Outcome.IN_TIME]


def test_a_visit_that_does_not_count_settles_nothing(home: Community) -> None:
    record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    visit(record.resident, "2026-03-02T10:00", seen=False)
    visit(record.resident, "2026-03-02T11:00", method="phone")
    assert duty_of(record).outcome == Outcome.OPEN
    assert Duty.objects.count() == 1


def test_a_calendar_period_opens_by_itself(home: Community) -> None:
    record = care_record(
        home.building, now=moment("2026-01-20T09:00"), started_on=date(2026, 1, 20), code="hardship"
    )
    visit(record.resident, "2026-01-22T10:00")
    assert sweep_at("2026-01-31T23:59").opened == 0
    assert sweep_at("2026-02-01T00:00").opened == 1
    assert (duty_of(record).opened_on, duty_of(record).due_on) == (date(2026, 2, 1), date(2026, 2, 28))


def test_a_record_that_ends_leaves_nothing_running(home: Community) -> None:
    from visits.services import care_record_end

    record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    sweep_at("2026-03-06T08:00")
    care_record_end(
        care_record=record, ended_on=date(2026, 3, 6), end_reason="moved", now=moment("2026-03-06T09:00")
    )
    assert duty_of(record).outcome == Outcome.MISSED
    assert sweep_at("2026-04-06T08:00").escalated == 0


def test_the_day_counts_in_shanghai_whatever_zone_the_sweep_is_asked_in(home: Community) -> None:
    from datetime import UTC

    record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    sweep_at(moment("2026-03-05T00:00").astimezone(UTC))
    assert duty_of(record).outcome == Outcome.OVERDUE
