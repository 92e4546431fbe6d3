"""Care records and their clocks: starting, ending, putting right, moving."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from duties.choices import EventKind, Outcome
from duties.models import Duty, DutyClock, DutyEvent
from residents.models import CareRecord
from residents.services import household_get_or_create
from tests.duties.steps import duty_of, events_of, sweep_at, visit
from tests.factories import Community, care_record, community, moment
from visits.services import care_record_correct, care_record_end, resident_relocate

pytestmark = pytest.mark.django_db

START = date(2026, 3, 1)


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def record(home: Community) -> CareRecord:
    return care_record(home.building, now=moment("2026-03-01T09:00"), started_on=START)


def test_it_works(record: CareRecord) -> None:
    duty = duty_of(record)
    assert (duty.kind, duty.due_on, duty.outcome) == ("first_visit", date(2026, 3, 4), Outcome.OPEN)
    care_record_end(
        care_record=record, ended_on=date(2026, 3, 2), end_reason="recovered", now=moment("2026-03-02T18:00")
    )
    duty.refresh_from_db()
    assert duty.outcome == Outcome.CANCELLED


def test_an_end_after_the_due_date_leaves_it_missed(record: CareRecord) -> None:
    sweep_at("2026-03-06T01:00")
    care_record_end(
        care_record=record, ended_on=date(2026, 3, 6), end_reason="moved", now=moment("2026-03-06T09:00")
    )
    assert duty_of(record).outcome == Outcome.MISSED


def test_an_end_before_the_start_is_refused(record: CareRecord) -> None:
    with pytest.raises(ValidationError, match="不能早于纳入日期 2026-03-01"):
        care_record_end(
            care_record=record, ended_on=date(2026, 2, 1), end_reason="moved", now=moment("2026-03-02T09:00")
        )
    record.refresh_from_db()
    assert record.ended_on is None
    assert duty_of(record).outcome == Outcome.OPEN


def test_a_corrected_start_moves_the_first_visit_and_says_so(record: CareRecord) -> None:
    sweep_at("2026-03-06T01:00")
    wrong = duty_of(record)
    assert events_of(wrong, EventKind.RAISED) == [(0, "03-03 00:00"), (1, "03-05 00:00"), (2, "03-06 00:00")]
    care_record_correct(care_record=record, started_on=date(2026, 3, 5), now=moment("2026-03-06T09:00"))
    wrong.refresh_from_db()
    assert wrong.outcome == Outcome.CANCELLED
    assert {rung for rung, _ in events_of(wrong, EventKind.STOOD_DOWN)} == {1, 2}
    assert len(events_of(wrong, EventKind.WITHDRAWN)) == 1
    right = duty_of(record)
    assert (right.opened_on, right.due_on, right.outcome) == (
        date(2026, 3, 5),
        date(2026, 3, 8),
        Outcome.OPEN,
    )


def test_a_mistaken_record_never_was_one(record: CareRecord) -> None:
    sweep_at("2026-03-06T01:00")
    care_record_end(
        care_record=record, ended_on=date(2026, 3, 6), end_reason="mistake", now=moment("2026-03-06T09:00")
    )
    duty = duty_of(record)
    assert duty.outcome == Outcome.CANCELLED
    assert {rung for rung, _ in events_of(duty, EventKind.STOOD_DOWN)} == {1, 2}
    assert DutyClock.objects.get(care_record=record).next_check_at is None
    assert sweep_at("2026-04-01T00:00").looked_at == 0


def test_what_was_ended_by_mistake_is_opened_again(record: CareRecord) -> None:
    visit(record.resident, "2026-03-02T10:00")
    care_record_end(
        care_record=record, ended_on=date(2026, 3, 3), end_reason="moved", now=moment("2026-03-03T09:00")
    )
    assert duty_of(record).outcome == Outcome.CANCELLED
    care_record_correct(care_record=record, started_on=START, now=moment("2026-03-04T09:00"))
    again = duty_of(record)
    assert (again.outcome, again.due_on) == (Outcome.OPEN, date(2026, 3, 9))
    assert duty_of(record, 0).outcome == Outcome.IN_TIME
    sweep_at("2026-03-10T00:00")
    again.refresh_from_db()
    assert again.outcome == Outcome.OVERDUE


def test_it_is_not_opened_again_beside_another(home: Community, record: CareRecord) -> None:
    care_record_end(
        care_record=record, ended_on=date(2026, 3, 3), end_reason="moved", now=moment("2026-03-03T09:00")
    )
    care_record(
        home.building, now=moment("2026-03-05T09:00"), started_on=date(2026, 3, 5), resident=record.resident
    )
    before = list(Duty.objects.order_by("pk").values_list("pk", "outcome"))
    with pytest.raises(ValidationError, match="另有一条在册记录"):
        care_record_correct(care_record=record, started_on=START, now=moment("2026-03-06T09:00"))
    record.refresh_from_db()
    assert record.ended_on == date(2026, 3, 3)
    assert list(Duty.objects.order_by("pk").values_list("pk", "outcome")) == before


def test_open_duties_move_with_the_person_past_ones_stay(home: Community, record: CareRecord) -> None:
    visit(record.resident, "2026-03-02T10:00")
    to = household_get_or_create(building=home.buildings[5], room="9")
    resident_relocate(resident=record.resident, to_household=to, now=moment("2026-03-03T09:00"))
    assert duty_of(record, 0).place == home.building
    assert duty_of(record).place == home.buildings[5]
    sweep_at("2026-03-10T00:00")
    told = DutyEvent.objects.get(duty=duty_of(record), rung=1)
    assert told.told_cadre == home.holder(home.buildings[5], "party_group_leader")
