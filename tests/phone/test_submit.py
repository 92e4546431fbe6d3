"""What the queue sends is stored once, kept when it cannot be stored, and answered so that the phone can tell."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from baibuting.common.portal import portals
from buildings.models import Place, PlaceGrant
from cadres.choices import Post
from cadres.models import Cadre
from cadres.services import appointment_end
from duties.choices import Outcome
from duties.models import Duty
from phone.choices import State
from phone.models import QuickPhrase, Submission
from phone.rules import entry_kinds
from phone.services import submission_entry
from residents.models import CareRecord
from tests.factories import Community, care_record, moment, resident
from tests.phone.entries import made, send, visit_of
from tests.visits.people import NOW, START, account_of, signed_in_as
from visits.models import Arrival, Incident, Visit
from visits.services import incident_report

pytestmark = pytest.mark.django_db

BEFORE = moment("2026-03-01T09:00")


def nothing_happened() -> bool:
    return not (Visit.objects.exists() or Incident.objects.exists() or Arrival.objects.exists())


def report(home: Community, building: Place | None = None) -> Incident:
    return incident_report(
        building=building or home.building,
        kind="emergency",
        occurred_at=NOW - timedelta(hours=1),
        summary="水管爆裂",
        now=NOW - timedelta(minutes=50),
        reported_by=None,
    )


def test_it_works(home: Community, record: CareRecord, head: Client) -> None:
    assert Duty.objects.get().outcome == Outcome.OVERDUE
    phrase = QuickPhrase.objects.get(text="身体尚好")
    entry = visit_of(record.resident, phrase=[str(phrase.pk)], notes="精神不错")
    assert send(head, entry) == (
        201,
        {"uid": entry["uid"], "hash": Submission.objects.get().hash, "state": "stored", "message": ""},
    )
    visit = Visit.objects.get()
    assert (str(visit.uid), visit.origin, visit.visited_at, visit.received_at) == (
        entry["uid"],
        "phone",
        NOW,
        NOW,
    )
    assert visit.visitor == home.holder(home.building, Post.BUILDING_HEAD)
    assert visit.visitor_post == Post.BUILDING_HEAD
    assert visit.notes == "身体尚好；精神不错"
    assert Duty.objects.get(outcome=Outcome.LATE).done_at == NOW
    assert Submission.objects.get().payload == "", "what is stored is kept once"


def test_an_entry_may_lead_to_no_row(
    record: CareRecord, head: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kind of another app may only note something; the entry is stored all the same."""
    kind = entry_kinds()["visit"]
    quiet = {"visit": replace(kind, apply=lambda *, read, taking: None)}
    monkeypatch.setattr("phone.services.submission.entry_kinds", lambda: quiet)
    assert send(head, visit_of(record.resident))[1]["state"] == "stored"
    row = Submission.objects.get()
    assert (row.object_type, row.object_id, row.made()) == ("", None, None)
    assert nothing_happened()


def test_kinds_of_entries_are_those_of_all_portals() -> None:
    assert [*entry_kinds.__wrapped__(portals())] == [*entry_kinds()]  # type: ignore[attr-defined]
    assert {"visit", "incident", "arrival"} <= set(entry_kinds())


def test_the_same_again_is_the_row_that_is_there(record: CareRecord, head: Client) -> None:
    entry = visit_of(record.resident)
    assert send(head, entry)[0] == 201
    status, answer = send(head, {**entry, "made_at": (NOW - timedelta(days=1)).isoformat()})
    assert (status, answer["state"]) == (200, "stored")
    assert Visit.objects.count() == Submission.objects.count() == 1


def test_another_body_under_the_same_uid_is_kept_for_the_office(record: CareRecord, head: Client) -> None:
    entry = visit_of(record.resident)
    send(head, entry)
    other = {**entry, "fields": {**entry["fields"], "seen": "no"}}
    status, answer = send(head, other)
    assert (status, answer["state"]) == (409, "conflict")
    assert send(head, other)[0] == 409, "and said so each time"
    assert Visit.objects.get().seen, "the first one stands"
    kept = Submission.objects.get(state=State.CONFLICT)
    assert submission_entry(submission=kept).fields == other["fields"]
    assert send(head, entry)[0] == 200


def test_nobody_elses_uid(home: Community, record: CareRecord, head: Client) -> None:
    entry = visit_of(record.resident)
    send(head, entry)
    other = signed_in_as(home, home.building, Post.HEALTH_WORKER)
    assert send(other, entry)[1]["state"] == "conflict"
    assert Visit.objects.count() == 1


def test_several_of_one_household(home: Community, record: CareRecord, head: Client) -> None:
    flat = record.resident.household
    wife = care_record(
        home.building, now=BEFORE, started_on=START, code="hospital",
        resident=resident(home.building, now=BEFORE, room=flat.room),
    )  # fmt: skip
    assert wife.resident.household == flat
    entry = visit_of(record.resident, resident=[str(record.resident_id), str(wife.resident_id)])
    assert send(head, entry)[0] == 201
    assert set(Visit.objects.values_list("resident", flat=True)) == {record.resident_id, wife.resident_id}
    assert str(Visit.objects.get(resident=record.resident_id).uid) == entry["uid"]


def test_neighbours_are_two_visits(home: Community, record: CareRecord, head: Client) -> None:
    neighbour = resident(home.building, now=BEFORE)
    entry = visit_of(record.resident, resident=[str(record.resident_id), str(neighbour.pk)])
    status, answer = send(head, entry)
    assert (status, answer["state"]) == (422, "quarantined")
    assert "同一户" in answer["message"]
    assert nothing_happened()


@pytest.mark.parametrize(
    ("fields", "visited_at", "has_time"),
    [
        ({"when": "yesterday_evening"}, "2026-03-10T00:00", False),
        ({"when": "other_day", "visited_on": "2026-03-08"}, "2026-03-08T00:00", False),
        (
            {"when": "other_day", "visited_on": "2026-03-08", "visited_time": "19:30"},
            "2026-03-08T19:30",
            True,
        ),
    ],
)
def test_an_earlier_visit_can_be_entered_today(
    record: CareRecord, head: Client, fields: dict[str, str], visited_at: str, has_time: bool
) -> None:
    assert send(head, visit_of(record.resident, **fields))[0] == 201
    visit = Visit.objects.get()
    assert (visit.visited_at, visit.has_time, visit.received_at) == (moment(visited_at), has_time, NOW)


def test_sent_late_it_took_place_when_it_was_made(record: CareRecord, head: Client) -> None:
    made_at = NOW - timedelta(days=3, hours=2)
    assert send(head, visit_of(record.resident, made_at))[0] == 201
    assert Visit.objects.get().visited_at == made_at


def test_a_phone_a_little_fast_was_not_in_the_future(record: CareRecord, head: Client) -> None:
    assert send(head, visit_of(record.resident, NOW + timedelta(minutes=10)))[0] == 201
    assert Visit.objects.get().visited_at == NOW


def test_help_goes_up(home: Community, record: CareRecord, head: Client) -> None:
    send(head, visit_of(record.resident, help="request", help_text="换灯泡"))
    assert Visit.objects.get().request == "换灯泡"
    send(head, visit_of(record.resident, help="family_dispute", help_text="吵得厉害"))
    incident = Incident.objects.get()
    assert (incident.kind, incident.building, incident.summary) == (
        "family_dispute",
        home.building,
        "吵得厉害",
    )


def test_an_incident_and_an_arrival(home: Community, head: Client) -> None:
    entry = made("incident", incident_kind="emergency", building=str(home.building.pk), summary="水管爆裂")
    assert send(head, entry)[0] == 201
    incident = Incident.objects.get()
    assert (incident.summary, incident.occurred_at) == ("水管爆裂", NOW)
    assert send(head, made("arrival", incident=str(incident.pk)))[0] == 201
    arrival = Arrival.objects.get()
    assert (arrival.post, arrival.cadre) == (
        Post.BUILDING_HEAD,
        home.holder(home.building, Post.BUILDING_HEAD),
    )
    assert send(head, made("arrival", incident=str(incident.pk)))[1]["state"] == "stored", (
        "tapped on two phones"
    )
    assert Arrival.objects.count() == 1


def test_an_earlier_time_of_day_is_today_a_later_one_was_yesterday(home: Community, head: Client) -> None:
    for typed in ("08:30", "23:00"):
        entry = made(
            "incident", incident_kind="emergency", building=str(home.building.pk), occurred_time=typed
        )
        assert send(head, entry)[0] == 201
    found = Incident.objects.order_by("pk").values_list("occurred_at", flat=True)
    assert list(found) == [moment("2026-03-11T08:30"), moment("2026-03-10T23:00")]


def test_a_phone_minutes_slow_does_not_arrive_before_the_report(home: Community, head: Client) -> None:
    incident = report(home)
    entry = made("arrival", incident.occurred_at - timedelta(minutes=5), incident=str(incident.pk))
    assert send(head, entry)[0] == 201
    assert Arrival.objects.get().arrived_at == incident.occurred_at


# --- refusals: kept whole, and nothing else happened -----------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"method": "telepathy"},
        {"seen": ""},
        {"when": "tomorrow"},
        {"help": "money"},
        {"resident": ""},
        {"resident": "99999999999999999999"},
        {"when": "other_day"},
        {"when": "other_day", "visited_on": "2026-03-12"},
        {"when": "other_day", "visited_on": "2026-02-30"},
        {"when": "other_day", "visited_on": "2025-01-01"},
        {"notes": "长" * 501},
        {"seen": ["yes", {"no": 1}], "method": {"home": 1}},
    ],
)
def test_what_cannot_be_read_is_quarantined(record: CareRecord, head: Client, change: dict[str, Any]) -> None:
    entry = visit_of(record.resident, **change)
    status, answer = send(head, entry)
    assert (status, answer["state"]) == (422, "quarantined"), answer
    assert answer["message"]
    assert nothing_happened()
    kept = Submission.objects.get()
    assert submission_entry(submission=kept).fields == entry["fields"]
    assert send(head, entry)[0] == 422, "sent again it is the same row"
    assert Submission.objects.count() == 1


@pytest.mark.parametrize(
    "made_at", ["1970-01-01T00:00:00Z", "2027-03-11T09:00:00+08:00", "2026-02-30T09:00:00Z", "gestern", None]
)
def test_a_phone_without_the_right_date(record: CareRecord, head: Client, made_at: str | None) -> None:
    assert send(head, visit_of(record.resident, made_at))[1]["state"] == "quarantined"
    assert nothing_happened()


def test_half_a_character_is_hashed_as_javascript_does(record: CareRecord, head: Client) -> None:
    entry = visit_of(record.resident, notes="好\ud83d")
    body = json.dumps(entry)
    response = head.post("/m/submit/", body, content_type="application/json")
    assert response.status_code == 201
    assert Visit.objects.get().notes == "好\ufffd"


@pytest.mark.parametrize("kind", ["visit", "incident", "arrival"])
def test_the_next_building_is_out_of_reach(home: Community, head: Client, kind: str) -> None:
    other = home.buildings[1]
    record = care_record(other, now=BEFORE, started_on=START)
    incident = report(home, other)
    entries = {
        "visit": visit_of(record.resident),
        "incident": made("incident", incident_kind="emergency", building=str(other.pk)),
        "arrival": made("arrival", incident=str(incident.pk)),
    }
    status, answer = send(head, entries[kind])
    assert (status, answer["state"]) == (422, "quarantined")
    assert not Visit.objects.exists()
    assert not Arrival.objects.exists()
    assert Incident.objects.count() == 1
    assert Submission.objects.get().place == home.place, "it says nothing of where the other one lives"


@pytest.mark.parametrize("kind", ["incident", "arrival"])
def test_what_names_nothing_is_kept(head: Client, kind: str) -> None:
    status, answer = send(head, made(kind, incident_kind="emergency"))
    assert (status, answer["state"]) == (422, "quarantined")
    assert nothing_happened()


def test_a_time_of_day_that_is_none_is_passed_over(home: Community, head: Client) -> None:
    entry = made("incident", incident_kind="emergency", building=str(home.building.pk), occurred_time="25:00")
    assert send(head, entry)[0] == 201
    assert Incident.objects.get().occurred_at == NOW


def test_a_building_one_looks_at_without_a_post_in_it(home: Community, head: Client) -> None:
    account = Cadre.objects.get(pk=home.holder(home.building, Post.BUILDING_HEAD).pk).user
    PlaceGrant.objects.create(user=account, place=home.buildings[1])
    incident = report(home, home.buildings[1])
    assert send(head, made("arrival", incident=str(incident.pk)))[1]["state"] == "quarantined"
    assert not Arrival.objects.exists()


def test_an_unknown_kind_is_kept(head: Client) -> None:
    assert send(head, made("party", guests="3"))[1]["state"] == "quarantined"
    assert nothing_happened()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b'{"uid": 5}',
        b"\xff\xfe",
        b"[" * 20000,
        b'{"uid":"no-uid","kind":"visit","fields":{}}',
        b'{"uid":"00000000-0000-4000-8000-000000000000","kind":"visit","fields":[]}',
        b'{"uid":"{00000000-0000-4000-8000-000000000000}","kind":"visit","fields":{}}',
    ],
)
def test_what_is_no_entry_at_all(head: Client, body: bytes) -> None:
    response = head.post("/m/submit/", body, content_type="application/json")
    assert response.status_code == 400
    assert "uid" not in response.json(), "no echo: the phone keeps it"
    assert not Submission.objects.exists()


def test_too_large_is_not_read(record: CareRecord, head: Client) -> None:
    response = head.post(
        "/m/submit/", visit_of(record.resident, notes="长" * 70_000), content_type="application/json"
    )
    assert response.status_code == 413
    assert not Submission.objects.exists()


def test_only_posted(head: Client) -> None:
    assert head.get("/m/submit/").status_code == 405


def test_nobody_is_asked_to_sign_in(record: CareRecord) -> None:
    status, answer = send(Client(), visit_of(record.resident))
    assert (status, answer["state"]) == (401, "signed-out")
    assert not Submission.objects.exists()


def test_after_the_last_post_nothing_is_taken(home: Community, record: CareRecord, head: Client) -> None:
    held = home.holders[home.building.pk, Post.BUILDING_HEAD]
    appointment_end(appointment=held, ended_on=START, end_reason="resigned")
    assert send(head, visit_of(record.resident))[0] == 401
    assert head.get("/m/session/").json()["user"] is None
    assert not Submission.objects.exists()


def test_without_the_token_nothing_is_taken(home: Community, record: CareRecord) -> None:
    strict = Client(enforce_csrf_checks=True)
    account = account_of(home.holder(home.building, Post.BUILDING_HEAD), "head")
    strict.force_login(account)
    entry = visit_of(record.resident)
    assert strict.post("/m/submit/", entry, content_type="application/json").status_code == 403
    assert not Submission.objects.exists()
    session = strict.get("/m/session/").json()
    assert session["user"] == account.pk
    answer = strict.post(
        "/m/submit/", entry, content_type="application/json", headers={"X-CSRFToken": session["csrf"]}
    )
    assert answer.status_code == 201


def test_the_session_tells_the_epoch(head: Client) -> None:
    first = head.get("/m/session/").json()["epoch"]
    assert first
    assert Client().get("/m/session/").json() | {"csrf": ""} == {"user": None, "csrf": "", "epoch": first}


def test_what_a_later_version_adds_is_passed_over(record: CareRecord, head: Client) -> None:
    assert send(head, {**visit_of(record.resident), "more": "things"})[0] == 201
