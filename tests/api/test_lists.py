"""Lists: scoped, masked, by cursor, filtered, sparse, with ETags."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.choices import Grant
from audit.models import AuditEvent
from duties.models import Duty
from residents.models import CareRecord
from tests.api.callers import READS, Caller, caller
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, care_record, community, moment, resident
from tests.visits.people import stop_the_clock
from visits.services import incident_report

pytestmark = pytest.mark.django_db
NOW = moment("2026-03-11T09:00")
LISTS = ["places", "appointments", "care-records", "duties", "visits", "incidents"]


@pytest.fixture(autouse=True)
def _stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch, NOW)


def lived_in(name: str = "百步亭社区") -> Community:
    """A community with something in every list, in two 苑区."""
    home = community(name)
    for building, code in ((home.buildings[0], "elderly_alone"), (home.buildings[-1], "released")):
        person = resident(building, now=moment("2026-03-01T09:00"), name="迪丽努尔·买买提", room="1601")
        care_record(
            building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1), code=code, resident=person
        )
        visit(person, "2026-03-02T10:00", notes="身体很好")
        incident_report(
            building=building,
            kind="emergency",
            occurred_at=moment("2026-03-05T10:00"),
            summary="水管爆裂",
            now=moment("2026-03-05T10:00"),
            reported_by=None,
        )
    sweep_at(NOW)
    return home


def test_it_works() -> None:
    home = lived_in()
    asks = caller(home.place, now=NOW)
    (record, _) = asks.all("care-records/")
    stored = CareRecord.objects.first()
    assert record == {
        "id": stored.pk,
        "building": home.building.pk,
        "category": "elderly_alone",
        "resident": str(stored.resident.uid),
        "resident_name": "迪**",
        "household": None,
        "started_on": "2026-03-01",
        "ended_on": None,
    }
    assert asks.get(f"care-records/{record['id']}/").json() == record
    assert {duty["outcome"] for duty in asks.all("duties/")} == {"in_time", "open", "overdue"}


@pytest.mark.parametrize("path", LISTS)
def test_nothing_outside_the_scope_is_found(path: str) -> None:
    home, stranger = lived_in(), lived_in("邻居社区")
    inside = caller(home.quarters[0], now=NOW)
    outside = caller(stranger.place, now=NOW)
    own = {row["id"] for row in inside.all(f"{path}/")}
    theirs = {row["id"] for row in outside.all(f"{path}/")}
    everything = {row["id"] for row in caller(home.place, now=NOW).all(f"{path}/")}
    assert own
    assert own < everything
    assert not own & theirs
    for pk in [*theirs, *(everything - own)]:
        refused = inside.get(f"{path}/{pk}/")
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    elsewhere = inside.get(f"{path}/", {"under": home.quarters[1].pk}).json()
    assert elsewhere["results"] == []


@pytest.mark.parametrize("path", LISTS)
def test_nothing_sealed_and_no_name_goes_out(path: str) -> None:
    home = lived_in()
    text = caller(home.place, now=NOW).get(f"{path}/").content.decode()
    for secret in ("买买提", "身体很好", "水管", "1601", "骨干", "released", "刑释"):
        assert secret not in text


def test_names_go_out_where_they_are_granted_and_the_trail_says_so() -> None:
    home = lived_in()
    asks = caller(home.place, now=NOW, grants=[*READS, Grant.RESIDENT_NAMES, Grant.CADRE_NAMES])
    record = asks.all("care-records/")[0]
    assert (record["resident_name"], record["household"]) == ("迪丽努尔·买买提", "1-1601")
    assert asks.all("appointments/")[0]["cadre_name"].startswith("骨干")
    noted = AuditEvent.objects.get(object_type="residents.carerecord")
    assert (noted.action, noted.row_count, noted.user) == ("export", 2, None)
    assert asks.client.name in noted.reason


def test_a_sensitive_category_cannot_be_found_by_any_word() -> None:
    home = lived_in()
    asks = caller(home.place, now=NOW)
    assert [row["category"] for row in asks.all("care-records/", category="focus")] == ["focus"]
    assert asks.get("care-records/", {"category": "released"}).status_code == 400


@pytest.mark.parametrize(
    ("path", "params", "count"),
    [
        ("places/", {"level": "building"}, 8),
        ("places/", {"standing": "false"}, 0),
        ("appointments/", {"post": "committee_secretary"}, 1),
        ("appointments/", {"on": "2019-12-31"}, 0),
        ("care-records/", {"open": "true", "started_to": "2026-03-01"}, 2),
        ("care-records/", {"started_from": "2026-03-02"}, 0),
        ("duties/", {"outcome": "overdue"}, 7),
        ("duties/", {"kind": "first_visit", "running": "false"}, 2),
        ("duties/", {"category": "elderly_alone"}, 2),
        ("visits/", {"visited_from": "2026-03-02", "visited_to": "2026-03-02"}, 2),
        ("visits/", {"visited_from": "2026-03-03"}, 0),
        ("visits/", {"seen": "false"}, 0),
        ("incidents/", {"open": "true", "kind": "emergency"}, 2),
        ("incidents/", {"kind": "discontent"}, 0),
    ],
)
def test_filters(path: str, params: dict[str, str], count: int) -> None:
    home = lived_in()
    assert len(caller(home.place, now=NOW).all(path, **params)) == count


@pytest.mark.parametrize(
    ("path", "params", "field"),
    [
        ("care-records/", {"resident_name": "张"}, "resident_name"),
        ("care-records/", {"resident__name__startswith": "张"}, "resident__name__startswith"),
        ("duties/", {"outcome": "nonsense"}, "outcome"),
        ("duties/", {"outcome": ""}, "outcome"),
        ("duties/", {"limit": "0"}, "limit"),
        ("duties/", {"limit": "501"}, "limit"),
        ("duties/", {"limit": "abc"}, "limit"),
        ("duties/", {"cursor": "abc"}, "cursor"),
        ("duties/", {"cursor": "WzEsMiwzXQ"}, "cursor"),
        ("duties/", {"fields": "id,notes"}, "fields"),
        ("duties/", {"under": "1.5"}, "under"),
        ("visits/", {"visited_to": "9999-12-31"}, "visited_at"),
        ("visits/", {"visited_to": "昨天"}, "visited_to"),
    ],
)
def test_a_wrong_word_is_refused_and_named(path: str, params: dict[str, str], field: str) -> None:
    home = lived_in()
    refused = caller(home.place, now=NOW).get(path, params)
    assert refused.status_code == 400
    assert refused["Content-Type"] == "application/problem+json"
    problem = refused.json()
    assert problem["code"] == "invalid"
    assert [error["field"] for error in problem["errors"]] == [field]
    assert all(error["message"] for error in problem["errors"])


@pytest.mark.parametrize("path", LISTS)
def test_pages_follow_one_another_without_gap_or_double(path: str) -> None:
    home = lived_in()
    other = lived_in("邻居社区")
    asks = caller(home.place, other.place, now=NOW)
    whole = asks.all(f"{path}/")
    assert asks.all(f"{path}/", limit=1) == whole
    assert asks.all(f"{path}/", limit=3) == whole
    assert len({row["id"] for row in whole}) == len(whole)


def test_a_row_that_comes_in_between_moves_no_other() -> None:
    home = lived_in()
    asks = caller(home.place, now=NOW)
    first = asks.get("visits/", {"limit": 1}).json()
    person = resident(home.building, now=NOW)
    visit(person, "2026-03-01T08:00", received="2026-03-11T08:00")  # sorts before everything read so far
    second = asks.get("visits/", {"limit": 5, "cursor": first["next"]}).json()
    assert len(second["results"]) == 1
    assert second["results"][0]["id"] != first["results"][0]["id"]


def test_sparse_fields() -> None:
    home = lived_in()
    rows = caller(home.place, now=NOW).all("duties/", fields="id,due_on")
    assert {tuple(row) for row in rows} == {("id", "due_on")}


def test_what_has_not_changed_is_not_sent_again() -> None:
    home = lived_in()
    asks = caller(home.place, now=NOW)
    first = asks.get("duties/")
    again = asks.get("duties/", **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    Duty.objects.filter(outcome="overdue").update(rung=4)
    changed = asks.get("duties/", **{"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def queries(asks: Caller, path: str) -> int:
    with CaptureQueriesContext(connection) as taken:
        assert asks.get(path).status_code == 200
    return len(taken)


@pytest.mark.parametrize("path", LISTS)
def test_the_number_of_queries_does_not_grow(path: str) -> None:
    home = lived_in()
    asks = caller(home.place, now=NOW)
    before = queries(asks, f"{path}/")
    for _ in range(3):
        person = resident(home.building, now=NOW)
        care_record(home.building, now=NOW, started_on=date(2026, 3, 1), resident=person)
        visit(person, "2026-03-10T10:00")
        incident_report(
            building=home.building, kind="discontent", occurred_at=NOW, summary="", now=NOW, reported_by=None
        )
    assert queries(asks, f"{path}/") == before


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "nothing/", 404, "not_found"),
        ("get", "places/99999999999999999999999/", 404, "not_found"),
        ("delete", "places/", 405, "method_not_allowed"),
        ("post", "places/", 405, "method_not_allowed"),
    ],
)
def test_other_refusals(method: str, path: str, status: int, code: str) -> None:
    home = lived_in()
    asks = caller(home.place, now=NOW)
    call: Any = getattr(asks._http, method)
    refused = call(f"/api/v1/{path}", headers={"Authorization": f"Bearer {asks.token}"})
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert refused["Content-Type"] == "application/problem+json"


def test_only_json_is_given() -> None:
    home = lived_in()
    refused = caller(home.place, now=NOW).get("places/", Accept="text/html")
    assert (refused.status_code, refused.json()["code"]) == (406, "not_acceptable")
