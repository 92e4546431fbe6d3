"""Writing by the interface: the same services as everybody, once a key."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
from django.db import connection

from api.choices import Grant
from api.models import IdempotentRequest
from api.services import requests_tidy
from audit.models import AuditEvent
from cadres.choices import Post
from duties.models import Duty
from tests.api.callers import READS, Caller, caller
from tests.duties.steps import duty_of
from tests.factories import Community, care_record, community, moment, resident
from tests.visits.people import stop_the_clock
from visits.models import Arrival, Incident, Visit

NOW = moment("2026-03-11T09:00")


@pytest.fixture(autouse=True)
def _stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch, NOW)


@pytest.fixture
def home(db: None) -> Community:
    return community()


def visit_body(person: Any, **changes: Any) -> dict[str, Any]:
    return {
        "resident": str(person.uid),
        "visited_at": "2026-03-11T08:30:00+08:00",
        "method": "home",
        "visitor_name": "王建国",
        "notes": "身体很好",
        **changes,
    }


def test_it_works(home: Community) -> None:
    record = care_record(home.building, now=moment("2026-03-10T09:00"), started_on=date(2026, 3, 10))
    asks = caller(home.place, now=NOW)
    head = home.holder(home.building, Post.BUILDING_HEAD)
    answer = asks.post("visits/", visit_body(record.resident, visitor=str(head.uid)), key="a-1")
    assert answer.status_code == 201, answer.content.decode()
    stored = Visit.objects.get()
    assert answer.json() == asks.get(f"visits/{stored.pk}/").json()
    assert answer.json()["visitor_post"] == "building_head"
    assert (stored.origin, stored.visitor, stored.notes) == ("api", head, "身体很好")
    assert duty_of(record, 0).outcome == "in_time"
    noted = AuditEvent.objects.get(object_type="visits.visit")
    assert noted.fields == ["method", "notes", "resident", "seen", "visited_at", "visitor", "visitor_name"]
    assert asks.client.name in noted.reason


def test_the_same_key_and_body_give_the_same_answer_and_write_once(home: Community) -> None:
    person = resident(home.building, now=NOW)
    asks = caller(home.place, now=NOW)
    first = asks.post("visits/", visit_body(person), key="a-1")
    again = asks.post("visits/", visit_body(person), key="a-1")
    assert (again.status_code, again.json()) == (first.status_code, first.json()) == (201, first.json())
    assert Visit.objects.count() == 1
    assert asks.post("visits/", visit_body(person), key="a-2").status_code == 201
    assert Visit.objects.count() == 2
    # another client's keys are its own
    assert caller(home.place, now=NOW).post("visits/", visit_body(person), key="a-1").status_code == 201
    assert Visit.objects.count() == 3


def test_the_same_key_with_another_body_is_refused(home: Community) -> None:
    person = resident(home.building, now=NOW)
    asks = caller(home.place, now=NOW)
    asks.post("visits/", visit_body(person), key="a-1")
    refused = asks.post("visits/", visit_body(person, seen=False), key="a-1")
    assert (refused.status_code, refused.json()["code"]) == (409, "key_taken")
    elsewhere = asks.post(
        "incidents/",
        {
            "building": home.building.pk,
            "kind": "emergency",
            "occurred_at": "2026-03-11T08:00:00+08:00",
            "summary": "水管爆裂",
        },
        key="a-1",
    )
    assert elsewhere.status_code == 409
    assert (Visit.objects.count(), Incident.objects.count()) == (1, 0)


def test_a_refused_write_does_not_use_up_its_key(home: Community) -> None:
    person = resident(home.building, now=NOW)
    asks = caller(home.place, now=NOW)
    refused = asks.post("visits/", visit_body(person, visited_at="2026-03-11T09:01:00+08:00"), key="a-1")
    assert refused.status_code == 400
    assert refused.json()["errors"] == [
        {"field": "visited_at", "message": "走访时间不能晚于现在，请改成实际走访的时间。"}
    ]
    assert not Visit.objects.exists()
    assert not IdempotentRequest.objects.exists()
    assert asks.post("visits/", visit_body(person), key="a-1").status_code == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "键", "x" * 101])
def test_without_a_proper_key_nothing_is_written(home: Community, key: str) -> None:
    person = resident(home.building, now=NOW)
    refused = caller(home.place, now=NOW).post("visits/", visit_body(person), key=key)
    assert (refused.status_code, refused.json()["code"]) == (400, "key_missing")
    assert not Visit.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"resident": "00000000-0000-0000-0000-000000000000"}, "resident"),
        ({"resident": "x"}, "resident"),
        ({"visited_at": "yesterday"}, "visited_at"),
        ({"method": "flying"}, "method"),
        ({"visitor_name": ""}, "visitor"),
        ({"visitor": "00000000-0000-0000-0000-000000000000"}, "visitor"),
        ({"notes": "\x00"}, "notes"),
        ({"notes": "长" * 2001}, "notes"),
    ],
)
def test_a_wrong_visit_is_refused_and_nothing_is_written(
    home: Community, changes: dict[str, Any], field: str
) -> None:
    person = resident(home.building, now=NOW)
    refused = caller(home.place, now=NOW).post("visits/", visit_body(person, **changes), key="a-1")
    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == [field]
    assert not Visit.objects.exists()
    assert not AuditEvent.objects.filter(action="create").exists()


def test_nobody_outside_the_scope_can_be_visited_nor_anything_reported_there(home: Community) -> None:
    stranger = community("邻居社区")
    asks = caller(home.quarters[0], now=NOW)
    for building in (stranger.building, home.buildings[-1]):
        person = resident(building, now=NOW)
        assert asks.post("visits/", visit_body(person), key="a-1").status_code == 400
        reported = asks.post("incidents/", incident_body(building.pk), key="a-2")
        assert [error["field"] for error in reported.json()["errors"]] == ["building"]
    inside = resident(home.building, now=NOW)
    foreign = stranger.holder(stranger.building, Post.BUILDING_HEAD)
    assert asks.post("visits/", visit_body(inside, visitor=str(foreign.uid)), key="a-3").status_code == 400
    assert not Visit.objects.exists()
    assert not Incident.objects.exists()


def test_reading_rights_do_not_let_write(home: Community) -> None:
    person = resident(home.building, now=NOW)
    asks = caller(home.place, now=NOW, grants=[*READS, Grant.WRITE_INCIDENTS])
    refused = asks.post("visits/", visit_body(person), key="a-1")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_granted")
    assert not Visit.objects.exists()


def incident_body(building: int) -> dict[str, Any]:
    return {
        "building": building,
        "kind": "emergency",
        "occurred_at": "2026-03-11T08:00:00+08:00",
        "summary": "2 单元电梯口水管爆裂",
    }


def test_an_incident_and_who_turned_up(home: Community) -> None:
    asks = caller(home.place, now=NOW)
    reported = asks.post("incidents/", incident_body(home.building.pk), key="b-1")
    assert reported.status_code == 201, reported.content.decode()
    incident = Incident.objects.get()
    assert incident.summary == "2 单元电梯口水管爆裂"
    assert Duty.objects.filter(clock=incident.clock, outcome="open").count() == len(
        incident.rule.required_posts
    )
    post = incident.rule.required_posts[0]
    body = {"post": post, "arrived_at": "2026-03-11T08:50:00+08:00"}
    arrived = asks.post(f"incidents/{incident.pk}/arrivals/", body, key="b-2")
    assert arrived.status_code == 201, arrived.content.decode()
    assert [arrival["post"] for arrival in arrived.json()["arrivals"]] == [post]
    assert Duty.objects.get(clock=incident.clock, accountable_post=post).outcome == "in_time"
    assert asks.post(f"incidents/{incident.pk}/arrivals/", body, key="b-2").json() == arrived.json()
    twice = asks.post(f"incidents/{incident.pk}/arrivals/", body, key="b-3")
    assert [error["field"] for error in twice.json()["errors"]] == ["post"]
    assert Arrival.objects.count() == 1
    elsewhere = caller(home.quarters[1], now=NOW).post(f"incidents/{incident.pk}/arrivals/", body, key="b-4")
    assert elsewhere.status_code == 404


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "parse_error"),
        (b"[" * 100_000, "application/json", 400, "parse_error"),
        (b"[]", "application/json", 400, "invalid"),
        (b"a=1", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
    ],
)
def test_what_is_no_json_object_is_refused(
    home: Community, body: bytes, content_type: str, status: int, code: str
) -> None:
    asks = caller(home.place, now=NOW)
    refused = asks._http.post(
        "/api/v1/visits/",
        body,
        content_type=content_type,
        headers={"Authorization": f"Bearer {asks.token}", "Idempotency-Key": "c-1"},
    )
    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_keys_are_forgotten_after_thirty_days(home: Community) -> None:
    person = resident(home.building, now=NOW)
    asks = caller(home.place, now=NOW)
    asks.post("visits/", visit_body(person), key="a-1")
    assert requests_tidy(now=moment("2026-04-10T08:59")) == 0
    assert requests_tidy(now=moment("2026-04-10T09:01")) == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_key_sent_twice_at_once_writes_once() -> None:
    home = community(staffed=False)
    person = resident(home.building, now=NOW)
    asks = caller(home.place, now=NOW)
    answers: list[Any] = []

    def send() -> None:
        try:
            mine = Caller(asks.client, asks.token)
            answers.append(mine.post("visits/", visit_body(person), key="a-1").json())
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert Visit.objects.count() == 1
    assert len(answers) == 4
    assert all(answer == answers[0] for answer in answers)
