"""Visits and incidents in the admin: typed in, settled, taken back; nothing outside the scope."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from cadres.choices import Post
from duties.choices import Outcome
from duties.models import Duty
from residents.models import CareRecord
from tests.duties.steps import duty_of, sweep_at, visit
from tests.factories import Community, care_record, clerk, community, moment
from tests.pages import add_url, errors_of, found_by, listed, object_url, picked, signed_in
from tests.visits.people import NOW, START, stop_the_clock, text_of
from visits.models import Arrival, Incident, Visit
from visits.services import incident_report

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


@pytest.fixture
def lee(home: Community) -> User:
    return clerk(home.place)


@pytest.fixture
def office(lee: User) -> Client:
    return signed_in(lee)


@pytest.fixture
def stranger() -> Client:
    return signed_in(clerk(community("隔壁社区", staffed=False).place, "stranger"))


@pytest.fixture
def record(home: Community) -> CareRecord:
    made = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=START)
    sweep_at(NOW)
    return made


@pytest.fixture
def fire(home: Community) -> Incident:
    return incident_report(
        building=home.building,
        kind="emergency",
        occurred_at=moment("2026-03-11T08:50"),
        summary="2 单元水管爆裂",
        now=NOW,
        reported_by=None,
    )


def typed(record: CareRecord, **more: Any) -> dict[str, Any]:
    return {
        "resident": record.resident_id,
        "visited_on": "2026-03-10",
        "visited_time": "19:30",
        "method": "home",
        "seen": "on",
        "visitor_name": "志愿者王芳",
        **more,
    }


def test_it_works(office: Client, record: CareRecord, lee: User) -> None:
    response = office.post(add_url(Visit), typed(record, notes="精神尚好"), follow=True)
    assert "这次走访办结了 1 件责任" in response.content.decode()
    made = Visit.objects.get()
    assert (made.visited_at, made.has_time, made.recorded_by) == (moment("2026-03-10T19:30"), True, lee)
    assert duty_of(record, 0).outcome == Outcome.LATE
    shown = text_of(office, object_url(made))
    assert ("精神尚好" in shown, "已填写，内容已隐藏" in shown) == (False, True)


def test_without_a_time_of_day_it_is_the_day(office: Client, record: CareRecord) -> None:
    assert errors_of(office.post(add_url(Visit), typed(record, visited_time=""))) == {}
    made = Visit.objects.get()
    assert (made.visited_at, made.has_time) == (moment("2026-03-10T00:00"), False)


def test_a_visit_that_settles_nothing_is_explained(office: Client, record: CareRecord) -> None:
    form = typed(record)
    del form["seen"]
    response = office.post(add_url(Visit), form, follow=True)
    assert "此人仍有 1 件逾期责任" in response.content.decode()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"visited_on": "2026-03-12"}, "visited_on"),
        ({"visitor_name": ""}, "visitor"),
        ({"visited_on": "昨天"}, "visited_on"),
        ({"method": "telepathy"}, "method"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    office: Client, record: CareRecord, wrong: dict[str, str], field: str
) -> None:
    assert list(errors_of(office.post(add_url(Visit), typed(record, **wrong)))) == [field]
    assert not Visit.objects.exists()


def test_somebody_next_door_cannot_be_visited(stranger: Client, record: CareRecord) -> None:
    assert list(errors_of(stranger.post(add_url(Visit), typed(record)))) == ["resident"]
    assert not Visit.objects.exists()


def test_voiding(office: Client, stranger: Client, record: CareRecord) -> None:
    made = visit(record.resident, "2026-03-10T10:00")
    url = object_url(made, "void")
    assert stranger.post(url, {"reason": "记错了人"}).status_code == 404
    assert list(errors_of(office.post(url, {"reason": ""}))) == ["reason"]
    made.refresh_from_db()
    assert made.voided_at is None
    assert errors_of(office.post(url, {"reason": "记错了人"})) == {}
    made.refresh_from_db()
    assert made.void_reason == "记错了人"
    assert duty_of(record, 0).outcome == Outcome.OVERDUE
    assert listed(office, Visit) == []
    assert listed(office, Visit, state="void") == [made]


def test_filters(home: Community, office: Client, record: CareRecord) -> None:
    by_phone = visit(record.resident, "2026-03-10T10:00", method="phone", seen=False)
    old = visit(record.resident, "2026-02-01T10:00", visitor=home.holder(home.building, Post.BUILDING_HEAD))
    assert listed(office, Visit) == [by_phone, old]
    assert listed(office, Visit, method="phone") == [by_phone]
    assert listed(office, Visit, seen="yes") == [old]
    assert listed(office, Visit, day="week") == [by_phone]
    assert listed(office, Visit, quarter=home.quarters[1].pk) == []
    assert found_by(office, Visit, home.holder(home.building, Post.BUILDING_HEAD).name) == [old]


def test_visitors_are_picked_from_the_cadres(home: Community, office: Client, stranger: Client) -> None:
    name = home.holder(home.building, Post.BUILDING_HEAD).name
    assert any(name in offered for offered in picked(office, Visit, "visitor", name))
    assert picked(stranger, Visit, "visitor", name) == []


# --- incidents --------------------------------------------------------------------------------------------------------
def test_an_incident_is_reported_and_shows_who_must_come(home: Community, office: Client, lee: User) -> None:
    form = {
        "kind": "emergency",
        "building": home.building.pk,
        "occurred_at_0": "2026-03-11",
        "occurred_at_1": "08:50",
        "summary": "2 单元水管爆裂",
    }
    response = office.post(add_url(Incident), form, follow=True)
    shown = response.content.decode()
    assert "楼栋长、治安员、物业房管员应在 1 小时内到场" in shown
    assert shown.count(">未到<") == 3
    assert "水管爆裂" not in shown
    assert Incident.objects.get().reported_by == lee


def test_an_incident_of_tomorrow_is_refused(home: Community, office: Client) -> None:
    form = {
        "kind": "emergency",
        "building": home.building.pk,
        "occurred_at_0": "2026-03-12",
        "occurred_at_1": "08:50",
    }
    assert list(errors_of(office.post(add_url(Incident), form))) == ["occurred_at"]
    assert not Incident.objects.exists()


def test_a_stamp_is_the_holders_unless_somebody_else_is_named(
    home: Community, office: Client, fire: Incident
) -> None:
    form = {"post": "building_head", "arrived_at_0": "2026-03-11", "arrived_at_1": "08:55"}
    assert errors_of(office.post(object_url(fire, "arrive"), form)) == {}
    stamp = Arrival.objects.get()
    assert stamp.cadre == home.holder(home.building, Post.BUILDING_HEAD)
    assert Duty.objects.get(accountable_post="building_head").outcome == Outcome.IN_TIME
    other = home.holder(home.precincts[0], Post.BRANCH_SECRETARY)
    form = {**form, "post": "security_worker", "cadre": other.pk}
    assert errors_of(office.post(object_url(fire, "arrive"), form)) == {}
    assert Arrival.objects.get(post="security_worker").cadre == other


def test_a_stamp_before_the_incident_is_refused(office: Client, stranger: Client, fire: Incident) -> None:
    form = {"post": "building_head", "arrived_at_0": "2026-03-11", "arrived_at_1": "08:00"}
    assert list(errors_of(office.post(object_url(fire, "arrive"), form))) == ["arrived_at"]
    assert stranger.post(object_url(fire, "arrive"), form).status_code == 404
    assert not Arrival.objects.exists()


def test_closing_needs_a_result(office: Client, fire: Incident) -> None:
    assert list(errors_of(office.post(object_url(fire, "close"), {"result": ""}))) == ["result"]
    fire.refresh_from_db()
    assert fire.closed_at is None
    assert errors_of(office.post(object_url(fire, "close"), {"result": "已更换水管"})) == {}
    fire.refresh_from_db()
    assert (fire.result, fire.closed_at) == ("已更换水管", NOW)
    assert listed(office, Incident, state="running") == []
    assert listed(office, Incident, state="closed") == [fire]
