"""What reconciling leaves alone, and says once: an overdue duty's terms, a withdrawal, an end that lies ahead."""

from __future__ import annotations

from datetime import date

import pytest

from duties.choices import EventKind, Outcome
from duties.models import DutyClock, DutyEvent
from residents.models import CareRecord
from residents.services import household_get_or_create
from tests.duties.steps import duty_of, events_of, sweep_at, visit
from tests.factories import Community, care_record, community, moment
from visits.services import care_record_correct, resident_relocate, visit_void

pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def record(home: Community) -> CareRecord:
    """Due by the end of 4 March."""
    return care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))


def test_it_works(home: Community, record: CareRecord) -> None:
    """Overdue, and then the person moves: the building where it was owed keeps it, and its own ladder goes on."""
    sweep_at("2026-03-05T00:00")
    to = household_get_or_create(building=home.buildings[5], room="9")
    resident_relocate(resident=record.resident, to_household=to, now=moment("2026-03-05T09:00"))
    sweep_at("2026-03-06T00:00")
    duty = duty_of(record)
    assert (duty.outcome, duty.place, duty.rung) == (Outcome.OVERDUE, home.building, 2)
    told = DutyEvent.objects.get(duty=duty, rung=2)
    assert told.told_cadre == home.holder(home.precincts[0], "branch_secretary")
    assert not events_of(duty, EventKind.RULE_CHANGED)


def test_one_that_is_not_overdue_yet_goes_with_the_person(home: Community, record: CareRecord) -> None:
    to = household_get_or_create(building=home.buildings[5], room="9")
    resident_relocate(resident=record.resident, to_household=to, now=moment("2026-03-04T23:59"))
    assert duty_of(record).place == home.buildings[5]


def test_what_was_withdrawn_is_withdrawn_once(home: Community, record: CareRecord) -> None:
    seen = visit(record.resident, "2026-03-02T10:00")
    withdrawn = duty_of(record)
    visit_void(visit=seen, reason="录错了人", now=moment("2026-03-02T11:00"))
    withdrawn.refresh_from_db()
    before = withdrawn.closed_at
    visit(record.resident, "2026-03-03T10:00")
    sweep_at("2026-03-05T00:00")
    withdrawn.refresh_from_db()
    assert (withdrawn.outcome, withdrawn.closed_at) == (Outcome.CANCELLED, before)
    assert events_of(withdrawn) == [(None, "03-02 11:00")]


def test_a_record_whose_end_lies_ahead_is_closed_by_the_sweep_of_that_midnight(record: CareRecord) -> None:
    """Its last day is the 7th, told on the 5th, and nobody touches it after that; due on the 4th, so it is missed."""
    sweep_at("2026-03-05T00:00")
    care_record_correct(
        care_record=record,
        started_on=date(2026, 3, 1),
        ended_on=date(2026, 3, 7),
        end_reason="moved",
        now=moment("2026-03-05T09:00"),
    )
    assert duty_of(record).outcome == Outcome.OVERDUE
    sweep_at("2026-03-06T23:59")
    assert DutyClock.objects.get().next_check_at == moment("2026-03-07T00:00")
    assert sweep_at("2026-03-07T00:00").looked_at == 1
    duty = duty_of(record)
    assert (duty.outcome, duty.closed_at) == (Outcome.MISSED, moment("2026-03-07T00:00"))
    assert DutyClock.objects.get().next_check_at is None
    assert (sweep_at("2026-04-01T00:00").looked_at, duty_of(record).rung) == (0, 2)
