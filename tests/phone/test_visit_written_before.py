"""A phone's entry of a visit that stands in the office's books: nothing of it is lost, and it is counted once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from cadres.choices import Post
from cadres.models import Cadre
from duties.choices import Outcome
from duties.models import Duty
from phone.models import Submission
from residents.models import CareRecord
from tests.factories import Community, moment
from tests.phone.entries import send, visit_of
from tests.visits.people import NOW
from visits.choices import VisitOrigin
from visits.models import Visit
from visits.services import visit_record, visit_void

pytestmark = pytest.mark.django_db
LATER = moment("2026-03-11T09:00")


@pytest.fixture
def holder(home: Community) -> Cadre:
    return home.holder(home.building, Post.BUILDING_HEAD)


def written(record: CareRecord, **details: Any) -> Visit:
    """Imported today, of today."""
    given: dict[str, Any] = {
        "visited_at": moment("2026-03-11T00:00"),
        "has_time": False,
        "origin": VisitOrigin.IMPORT,
    }
    return visit_record(resident=record.resident, now=LATER, **{**given, **details})


def test_it_works(record: CareRecord, holder: Cadre, head: Client) -> None:
    known = written(record, visitor=holder, notes="身体尚好")
    status, answer = send(head, visit_of(record.resident, notes="血压偏高"))
    assert (status, answer["state"]) == (201, "stored")
    visit = Visit.objects.get()
    assert (visit.pk, visit.visited_at, visit.has_time) == (known.pk, NOW, True)
    assert visit.notes == "身体尚好；血压偏高"
    assert Submission.objects.get().made() == known
    assert Duty.objects.get(outcome=Outcome.LATE).done_at == NOW


@pytest.mark.parametrize("origin", [VisitOrigin.OFFICE, VisitOrigin.IMPORT, VisitOrigin.API])
def test_by_name_alone_it_becomes_the_cadres(
    record: CareRecord, holder: Cadre, head: Client, origin: VisitOrigin
) -> None:
    written(record, visitor_name=f"{holder.name}（楼栋长）", origin=origin)
    send(head, visit_of(record.resident, help="request", help_text="换灯泡"))
    visit = Visit.objects.get()
    assert (visit.visitor, visit.visitor_post, visit.request) == (holder, Post.BUILDING_HEAD, "换灯泡")


@pytest.mark.parametrize(
    "details",
    [
        {"seen": False}, {"method": "phone"}, {"visited_at": moment("2026-03-11T07:30"), "has_time": True},
        {"visited_at": moment("2026-03-10T00:00")}, {"origin": VisitOrigin.PHONE},
    ],
)  # fmt: skip
def test_another_outcome_way_or_time_is_a_visit_of_its_own(
    record: CareRecord, holder: Cadre, head: Client, details: dict[str, Any]
) -> None:
    known = written(record, visitor=holder, **details)
    assert send(head, visit_of(record.resident))[1]["state"] == "stored"
    assert Visit.objects.count() == 2
    before = known.visited_at
    known.refresh_from_db()
    assert known.visited_at == before


def test_another_visitor_and_a_voided_one_are_others(record: CareRecord, holder: Cadre, head: Client) -> None:
    written(record, visitor_name="志愿者王芳")
    visit_void(visit=written(record, visitor=holder), reason="记错了人", now=LATER)
    send(head, visit_of(record.resident))
    assert Visit.objects.filter(voided_at=None).count() == 2
