"""An entry about several people, or about a place or an hour that does not fit: whole or kept, and in one order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from buildings.models import PlaceGrant
from cadres.choices import Post
from cadres.models import Cadre
from cadres.services import appointment_end
from phone.choices import State
from phone.models import Submission
from phone.services import entering
from residents.models import CareRecord, Resident
from tests.factories import Community, care_record, moment, resident
from tests.phone.entries import made, send, visit_of
from tests.phone.test_submit import report
from tests.visits.people import NOW, START, signed_in_as
from visits.models import Arrival, Incident, Visit
from visits.services import arrival_stamp

pytestmark = pytest.mark.django_db
BEFORE = moment("2026-03-01T09:00")


@pytest.fixture
def couple(home: Community, record: CareRecord) -> tuple[Resident, Resident]:
    """Two under care in one flat, the first of them known longer."""
    flat = record.resident.household
    wife = care_record(
        home.building, now=BEFORE, started_on=START, code="hospital",
        resident=resident(home.building, now=BEFORE, room=flat.room),
    )  # fmt: skip
    return record.resident, wife.resident


def of_both(first: Resident, second: Resident, **fields: Any) -> dict[str, Any]:
    return visit_of(first, resident=[str(first.pk), str(second.pk)], **fields)


def test_it_works(couple: tuple[Resident, Resident], head: Client) -> None:
    """Sent once more in the same words it makes nothing; the uid of the second follows from that of the first."""
    first, second = couple
    entry = of_both(first, second)
    assert send(head, entry)[0] == 201
    uids = dict(Visit.objects.values_list("resident", "uid"))
    assert uids == {first.pk: UUID(entry["uid"]), second.pk: uuid5(UUID(entry["uid"]), str(second.pk))}


def test_a_request_for_help_stands_once(couple: tuple[Resident, Resident], head: Client) -> None:
    first, second = couple
    assert send(head, of_both(first, second, help="request", help_text="换灯泡"))[0] == 201
    assert {visit.resident_id: visit.request for visit in Visit.objects.all()} == {
        first.pk: "换灯泡",
        second.pk: "",
    }


def test_people_are_taken_in_one_order_whoever_was_named_first(
    couple: tuple[Resident, Resident], head: Client
) -> None:
    """Each visit locks its person's clocks: two phones that name a couple the other way round must not meet crosswise."""
    first, second = couple
    for named in (couple, (second, first)):
        before = set(Visit.objects.values_list("pk", flat=True))
        assert send(head, of_both(*named))[0] == 201
        taken = Visit.objects.exclude(pk__in=before).order_by("pk")
        assert list(taken.values_list("resident", flat=True)) == [first.pk, second.pk]


def test_where_the_second_is_refused_the_first_was_not_visited_either(
    couple: tuple[Resident, Resident], head: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = couple
    take = entering.visit_take

    def refuse_the_second(*, resident: Resident, **details: Any) -> Visit:
        if resident.pk == second.pk:
            raise ValidationError("这一位不能记。")
        return take(resident=resident, **details)

    monkeypatch.setattr(entering, "visit_take", refuse_the_second)
    status, answer = send(head, of_both(first, second))
    assert (status, answer["state"], answer["message"]) == (422, "quarantined", "这一位不能记。")
    assert not Visit.objects.exists()
    assert Submission.objects.get().state == State.QUARANTINED


def test_an_incident_lies_at_a_building(home: Community) -> None:
    """Who answers for a 片区 reaches it all the same: it is kept at the community, for the office to say where."""
    secretary = signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)
    entry = made(
        "incident", incident_kind="emergency", building=str(home.precincts[0].pk), summary="水管爆裂"
    )
    assert send(secretary, entry)[1]["state"] == "quarantined"
    assert not Incident.objects.exists()
    assert Submission.objects.get().place == home.place


def test_an_arrival_of_the_day_before_is_no_slow_clock(home: Community, head: Client) -> None:
    """An hour behind is a phone's clock; a day before the report is another day, and the office has to look."""
    incident = report(home)
    at = incident.occurred_at - timedelta(days=1)
    assert send(head, made("arrival", at, incident=str(incident.pk)))[1]["state"] == "quarantined"
    assert not Arrival.objects.exists()
    at = incident.occurred_at - timedelta(minutes=59)
    assert send(head, made("arrival", at, incident=str(incident.pk)))[0] == 201
    assert Arrival.objects.get().arrived_at == incident.occurred_at


def test_who_held_the_post_on_the_day_has_arrived_though_no_more(home: Community, head: Client) -> None:
    """Gone since yesterday and let in by the office today: what counts is the post of the day of the arrival."""
    incident = report(home)
    yesterday = NOW - timedelta(days=1)
    Incident.objects.update(occurred_at=yesterday - timedelta(hours=1))
    held = home.holders[home.building.pk, Post.BUILDING_HEAD]
    appointment_end(appointment=held, ended_on=yesterday.date(), end_reason="resigned")
    PlaceGrant.objects.create(user=Cadre.objects.get(pk=held.cadre_id).user, place=home.building)
    assert send(head, made("arrival", incident=str(incident.pk)))[1]["state"] == "quarantined"
    assert not Arrival.objects.exists()
    assert send(head, made("arrival", yesterday, incident=str(incident.pk)))[0] == 201
    assert Arrival.objects.get().post == Post.BUILDING_HEAD


def test_a_post_that_another_has_stamped_is_refused_and_not_passed_over(
    home: Community, head: Client
) -> None:
    """As when two share a post by cover: the second reads that it is recorded already, and by whom is for the office."""
    incident = report(home)
    other = home.holder(home.buildings[1], Post.BUILDING_HEAD)
    arrival_stamp(incident=incident, post=Post.BUILDING_HEAD, arrived_at=NOW, now=NOW, cadre=other)
    status, answer = send(head, made("arrival", incident=str(incident.pk)))
    assert (status, answer["state"]) == (422, "quarantined")
    assert "已签到" in answer["message"]
    assert Arrival.objects.get().cadre == other


def test_the_office_reads_when_an_entry_was_made(record: CareRecord, head: Client) -> None:
    """Kept without signal for three days: it was made then, and has come today."""
    at = NOW - timedelta(days=3)
    send(head, visit_of(record.resident, at, method=""))
    row = Submission.objects.get()
    assert (row.made_at, row.received_at) == (at, NOW)
