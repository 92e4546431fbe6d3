"""Recording visits and taking them back."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.core.exceptions import ValidationError

from duties.choices import Outcome
from residents.models import CareRecord
from tests.duties.steps import duty_of, sweep_at, visit
from tests.factories import Community, care_record, community, moment
from visits.choices import Method, VisitOrigin
from visits.models import Visit
from visits.services import visit_record, visit_void

pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def record(home: Community) -> CareRecord:
    return care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))


def test_it_works(home: Community, record: CareRecord) -> None:
    head = home.holder(home.building, "building_head")
    made = visit(record.resident, "2026-03-02T19:30", visitor=head, visitor_name="", notes="血压偏高")
    made.refresh_from_db()
    assert (made.visitor, made.visitor_post, made.building, made.notes) == (
        head,
        "building_head",
        home.building,
        "血压偏高",
    )
    assert (duty_of(record, 0).outcome, duty_of(record, 0).done_at) == (
        Outcome.IN_TIME,
        moment("2026-03-02T19:30"),
    )
    assert duty_of(record).due_on == date(2026, 3, 9)


def test_one_visit_settles_every_category_it_satisfies(home: Community, record: CareRecord) -> None:
    other = care_record(
        home.building,
        now=moment("2026-03-01T09:00"),
        started_on=date(2026, 3, 1),
        code="hardship",
        resident=record.resident,
    )
    visit(record.resident, "2026-03-02T10:00")
    assert {duty_of(one, 0).outcome for one in (record, other)} == {Outcome.IN_TIME}


@pytest.mark.parametrize("details", [{"seen": False}, {"method": Method.PHONE}])
def test_a_visit_that_does_not_count_is_kept_and_settles_nothing(
    record: CareRecord, details: dict[str, object]
) -> None:
    visit(record.resident, "2026-03-02T10:00", **details)
    assert Visit.objects.count() == 1
    assert duty_of(record).outcome == Outcome.OPEN


def refused(record: CareRecord, sentence: str, at: datetime, **details: object) -> None:
    with pytest.raises(ValidationError, match=sentence):
        visit_record(
            resident=record.resident,
            visited_at=at,
            now=moment("2026-03-02T10:00"),
            origin=VisitOrigin.OFFICE,
            **details,
        )
    assert not Visit.objects.exists()
    assert duty_of(record).outcome == Outcome.OPEN


def test_the_future_is_refused(record: CareRecord) -> None:
    refused(record, "不能晚于现在", moment("2026-03-02T10:01"), visitor_name="王芳")


def test_nobody_as_visitor_is_refused(record: CareRecord) -> None:
    refused(record, "请选择走访人", moment("2026-03-02T09:00"))


def test_a_voided_visit_no_longer_counts_and_stays_readable(record: CareRecord) -> None:
    made = visit(record.resident, "2026-03-02T10:00")
    visit_void(visit=made, reason="记错了人", now=moment("2026-03-06T09:00"))
    made.refresh_from_db()
    assert (made.void_reason, made.voided_at) == ("记错了人", moment("2026-03-06T09:00"))
    assert duty_of(record, 0).outcome == Outcome.OVERDUE
    sweep_at("2026-03-06T09:00")
    assert duty_of(record, 0).rung == 2


def test_voiding_needs_a_reason_and_happens_once(record: CareRecord) -> None:
    made = visit(record.resident, "2026-03-02T10:00")
    with pytest.raises(ValidationError, match="请写明作废原因"):
        visit_void(visit=made, reason=" ", now=moment("2026-03-03T09:00"))
    made.refresh_from_db()
    assert made.voided_at is None
    assert duty_of(record, 0).outcome == Outcome.IN_TIME
    visit_void(visit=made, reason="重复录入", now=moment("2026-03-03T09:00"))
    with pytest.raises(ValidationError, match="已经作废"):
        visit_void(visit=made, reason="再作废一次", now=moment("2026-03-03T10:00"))
    made.refresh_from_db()
    assert made.void_reason == "重复录入"
