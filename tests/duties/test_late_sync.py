"""Late-sync justice: a visit made in time and recorded late turns the round in time, and takes back what was raised."""

from __future__ import annotations

from datetime import date

import pytest

from duties.choices import EventKind, Outcome
from duties.models import Duty, DutyEvent
from residents.models import CareRecord
from tests.duties.steps import duty_of, events_of, sweep_at, visit
from tests.factories import care_record, community, moment, resident
from visits.services import visit_void

pytestmark = pytest.mark.django_db


@pytest.fixture
def record() -> CareRecord:
    made = care_record(community().building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    sweep_at("2026-03-06T08:00")
    return made


def test_it_works(record: CareRecord) -> None:
    assert events_of(duty_of(record), EventKind.RAISED)[-1] == (2, "03-06 00:00")
    visit(record.resident, "2026-03-04T20:00", received="2026-03-06T09:00")
    duty = duty_of(record, 0)
    assert (duty.outcome, duty.rung) == (Outcome.IN_TIME, 0)
    assert events_of(duty, EventKind.STOOD_DOWN) == [(1, "03-06 09:00"), (2, "03-06 09:00")]


def test_a_late_visit_known_late_takes_back_only_what_came_after_it(record: CareRecord) -> None:
    visit(record.resident, "2026-03-05T20:00", received="2026-03-06T09:00")
    duty = duty_of(record, 0)
    assert (duty.outcome, duty.rung) == (Outcome.LATE, 1)
    assert events_of(duty, EventKind.STOOD_DOWN) == [(2, "03-06 09:00")]


def test_the_rounds_after_it_are_brought_in_line(record: CareRecord) -> None:
    visit(record.resident, "2026-03-05T20:00", received="2026-03-06T09:00")
    visit(record.resident, "2026-03-02T20:00", received="2026-03-07T09:00")
    rows = Duty.objects.filter(care_record=record).order_by("opened_on").values_list("opened_on", "outcome")
    assert list(rows) == [
        (date(2026, 3, 1), Outcome.IN_TIME),
        (date(2026, 3, 2), Outcome.IN_TIME),
        (date(2026, 3, 5), Outcome.OPEN),
    ]


def test_a_voided_visit_brings_the_duty_and_its_notices_back(record: CareRecord) -> None:
    seen = visit(record.resident, "2026-03-04T20:00", received="2026-03-06T09:00")
    visit_void(visit=seen, reason="录错了人", now=moment("2026-03-06T10:00"))
    duty = duty_of(record, 0)
    assert (duty.outcome, duty.rung) == (Outcome.OVERDUE, 2)
    assert events_of(duty, EventKind.REINSTATED) == [(1, "03-06 10:00"), (2, "03-06 10:00")]
    withdrawn = duty_of(record, 1)
    assert withdrawn.outcome == Outcome.CANCELLED
    assert [event.kind for event in withdrawn.events.all()] == [EventKind.WITHDRAWN]


def test_nothing_already_written_is_changed(record: CareRecord) -> None:
    before = list(DutyEvent.objects.order_by("pk").values())
    visit(record.resident, "2026-03-04T20:00", received="2026-03-06T09:00")
    assert list(DutyEvent.objects.order_by("pk").values())[: len(before)] == before


def test_what_was_over_before_the_record_was_known_raises_nothing() -> None:
    """An office enters history: rounds late in the past get their outcome, and nobody is told of them."""
    home = community()
    person = resident(home.building, now=moment("2026-05-01T09:00"))
    visit(person, "2026-03-20T20:00", received="2026-05-01T09:00")
    record = care_record(
        home.building, now=moment("2026-06-01T09:00"), started_on=date(2026, 3, 1), resident=person
    )
    assert duty_of(record, 0).outcome == Outcome.LATE
    assert events_of(duty_of(record, 0)) == []
    assert events_of(duty_of(record), EventKind.RAISED)[-1] == (4, "04-04 00:00")
