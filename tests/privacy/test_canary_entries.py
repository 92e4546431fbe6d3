"""What phones and programs send: an entry that names a strange row reaches nobody, and its answer tells nothing."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests.phone.entries import made, visit_of
from tests.privacy.crawl import Crawl
from tests.privacy.world import NOW, Family, World
from visits.models import Incident, Visit


def written(world: World) -> tuple[int, int, int]:
    """How many visits, incidents and arrivals there are."""
    return (Visit.objects.count(), Incident.objects.count(), len(list(Visit.objects.filter(voided_at=None))))


def told(world: World, viewer: str, response: Any, sent: Any) -> list[str]:
    """Strange words in an answer that were not sent."""
    crawl = Crawl(world, viewer)
    crawl.look(response, "answer", accounts=True, sent=json.dumps(sent))
    return crawl.leaks


def program(world: World, viewer: str) -> Client:
    return Client(
        headers={"Authorization": f"Bearer {world.tokens[viewer]}", "Idempotency-Key": str(uuid4())}
    )


def bodies(own: Family, strange: Family) -> dict[str, dict[str, Any]]:
    """Entries of a program in which one row is strange and all else is one's own."""
    at = NOW.isoformat()
    mine, theirs = own.of("residents.resident")[0], strange.of("residents.resident")[0]
    incident = strange.of("visits.incident")[-1]
    cadre = strange.of("cadres.cadre")[0]
    return {
        "visits/": {"resident": str(theirs.uid), "visited_at": at, "method": "home", "visitor_name": "王芳"},
        "visits/ by": {
            "resident": str(mine.uid),
            "visited_at": at,
            "method": "home",
            "visitor": str(cadre.uid),
        },
        "incidents/": {"building": strange.place.pk, "kind": "emergency", "occurred_at": at},
        f"incidents/{incident.pk}/arrivals/": {"post": "health_worker", "arrived_at": at},
    }


@pytest.mark.parametrize(("viewer", "family"), [("program", "far"), ("program of a precinct", "near")])
def test_a_program_writes_nothing_to_strange_rows(world: World, viewer: str, family: str) -> None:
    before = written(world)
    for path, body in bodies(world.own, getattr(world, family)).items():
        response = program(world, viewer).post(
            f"/api/v1/{path.split(' ')[0]}", json.dumps(body), content_type="application/json"
        )
        assert response.status_code in (400, 404, 422), (path, response.content.decode())
        assert told(world, viewer, response, body) == []
    assert written(world) == before


def test_it_works(world: World) -> None:
    """The same entries with rows of one's own are taken."""
    mine = world.own.of("residents.resident")[0]
    body = {
        "resident": str(mine.uid),
        "visited_at": NOW.isoformat(),
        "method": "home",
        "visitor_name": "王芳",
    }
    response = program(world, "program").post(
        "/api/v1/visits/", json.dumps(body), content_type="application/json"
    )
    assert response.status_code == 201, response.content.decode()


@pytest.mark.parametrize("viewer", ["building head", "precinct", "quarter"])
@pytest.mark.parametrize("family", ["near", "far"])
def test_a_phone_s_entry_about_strangers_becomes_no_visit(world: World, viewer: str, family: str) -> None:
    strange: Family = getattr(world, family)
    client = Client()
    client.force_login(world.viewers[viewer])
    before = written(world)
    person = strange.of("residents.resident")[0]
    for entry in (
        visit_of(person, NOW),
        made("incident", NOW, building=str(strange.place.pk), incident_kind="emergency", summary="吵架"),
        made("arrival", NOW, incident=str(strange.of("visits.incident")[-1].pk)),
    ):
        response = client.post("/m/submit/", entry, content_type="application/json")
        assert response.status_code < 500
        assert told(world, viewer, response, entry) == []
    assert written(world) == before
