"""A person, my building, and the numbers one can call."""

from __future__ import annotations

import pytest
from django.test import Client

from audit.models import AuditEvent
from audit.revealing import REVEALS_AN_HOUR
from cadres.choices import Post
from cadres.services import cadre_create
from residents.models import CareRecord
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, appointment, care_record, moment, resident
from tests.visits.people import NOW, START, signed_in_as, text_of

pytestmark = pytest.mark.django_db

BEFORE = moment("2026-03-01T09:00")
NUMBER = "13800001234"


@pytest.fixture
def record(home: Community) -> CareRecord:
    person = resident(home.building, now=BEFORE, name="王秀兰", phone=NUMBER, notes="独居，有心脏病")
    record = care_record(home.building, now=BEFORE, started_on=START, resident=person)
    sweep_at(NOW)
    return record


def call(client: Client, path: str) -> tuple[int, str]:
    response = client.post(path)
    return response.status_code, response.content.decode()


def test_it_works(record: CareRecord, head: Client) -> None:
    visit(record.resident, "2026-03-10T10:00", notes="聊了家常")
    page = text_of(head, f"/m/people/{record.resident_id}/")
    assert "王秀兰" in page
    assert "昨天 走访人上门，见到本人" in page
    for secret in (NUMBER, "心脏病", "聊了家常"):
        assert secret not in page
    status, shown = call(head, f"/m/people/{record.resident_id}/call/")
    assert (status, NUMBER in shown, f"tel:{NUMBER}" in shown) == (200, True, True)
    [event] = AuditEvent.objects.filter(action="reveal")
    assert (event.object_type, event.object_id) == ("residents.resident", str(record.resident_id))
    assert event.fields == ["phone"]


def test_my_building(home: Community, record: CareRecord, head: Client) -> None:
    seen = care_record(
        home.building,
        now=BEFORE,
        started_on=START,
        resident=resident(home.building, now=BEFORE, name="常见的"),
    )
    visit(seen.resident, "2026-03-10T10:00")
    response = head.get("/m/building/")
    assert [one.name for one in response.context["people"]] == ["王秀兰", "常见的"]
    text = response.content.decode()
    assert "还没有见到过" in text
    for post in (Post.PARTY_GROUP_LEADER, Post.HEALTH_WORKER):
        assert home.holder(home.building, post).name in text
    assert [step["name"] for step in response.context["ladder"]] == [
        home.holder(home.building, Post.PARTY_GROUP_LEADER).name,
        home.holder(home.precincts[0], Post.BRANCH_SECRETARY).name,
        home.holder(home.quarters[0], Post.GENERAL_BRANCH_SECRETARY).name,
        home.holder(home.place, Post.COMMITTEE_SECRETARY).name,
    ]


def test_my_building_as_one_walks(home: Community, head: Client) -> None:
    """103 before 1003, whoever was seen last; the field that finds people where there are many."""
    for name, room in (("高层的", "1003"), ("低层的", "103")):
        care_record(
            home.building, now=BEFORE, started_on=START,
            resident=resident(home.building, now=BEFORE, name=name, room=room),
        )  # fmt: skip
    response = head.get("/m/building/")
    assert [one.name for one in response.context["people"]] == ["低层的", "高层的"]
    assert "data-find" not in response.content.decode()


def test_vacancies_are_named(home: Community, head: Client) -> None:
    held = home.holders[home.building.pk, Post.SECURITY_WORKER]
    held.ended_on = START
    held.save()
    assert "缺 1 个：治安员" in text_of(head, "/m/building/")


def test_of_several_buildings_one_chooses(home: Community) -> None:
    secretary = signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)
    text = text_of(secretary, "/m/building/")
    assert text.count("/m/building/") >= 3
    assert text_of(secretary, f"/m/building/{home.buildings[1].pk}/")
    assert secretary.get(f"/m/building/{home.buildings[2].pk}/").status_code == 404


def test_the_ladder_can_be_called(home: Community, head: Client) -> None:
    above = home.holder(home.place, Post.COMMITTEE_SECRETARY)
    status, shown = call(head, f"/m/cadres/{above.pk}/call/")
    assert (status, above.phone in shown) == (200, True)
    stranger = home.holder(home.buildings[2], Post.BUILDING_HEAD)
    assert call(head, f"/m/cadres/{stranger.pk}/call/")[0] == 404
    assert AuditEvent.objects.filter(action="reveal").count() == 1


def test_somebody_without_a_number(home: Community, head: Client) -> None:
    quiet = cadre_create(community=home.place, name="没电话")
    appointment(home.building, Post.GRID_WORKER, cadre=quiet)
    assert "没有登记电话" in call(head, f"/m/cadres/{quiet.pk}/call/")[1]


def test_what_i_wrote_last_time(home: Community, record: CareRecord, head: Client) -> None:
    """Its writer reads it on a tap, in the trail; nobody else on the phone does."""
    mine = home.holder(home.building, Post.BUILDING_HEAD)
    path = f"/m/people/{record.resident_id}/words/"
    assert "看我上次写的" not in text_of(head, f"/m/people/{record.resident_id}/")
    assert call(head, path)[0] == 404
    visit(record.resident, "2026-03-08T10:00", notes="要换灯泡", visitor=mine)
    visit(record.resident, "2026-03-10T10:00", notes="聊了家常")
    page = text_of(head, f"/m/people/{record.resident_id}/")
    assert "看我上次写的" in page
    assert "要换灯泡" not in page
    status, shown = call(head, path)
    assert (status, "要换灯泡" in shown, "聊了家常" in shown) == (200, True, False)
    [event] = AuditEvent.objects.filter(action="reveal")
    assert (event.object_type, event.fields) == ("visits.visit", ["notes"])
    other = signed_in_as(home, home.building, Post.PARTY_GROUP_LEADER)
    assert call(other, path)[0] == 404
    assert head.get(path).status_code == 405
    assert AuditEvent.objects.filter(action="reveal").count() == 1


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_who_does_not_answer_gets_no_number(home: Community, record: CareRecord) -> None:
    for post, place in ((Post.HEALTH_WORKER, home.building), (Post.BUILDING_HEAD, home.buildings[1])):
        client = signed_in_as(home, place, post)
        assert call(client, f"/m/people/{record.resident_id}/call/")[0] == 404
        assert "call/" not in client.get("/m/").content.decode()
    assert call(Client(), f"/m/people/{record.resident_id}/call/")[0] == 302
    assert not AuditEvent.objects.filter(action="reveal").exists()


def test_a_number_is_never_got_by_address(record: CareRecord, head: Client) -> None:
    assert head.get(f"/m/people/{record.resident_id}/call/").status_code == 405
    assert not AuditEvent.objects.filter(action="reveal").exists()


def test_too_many_numbers_in_an_hour(record: CareRecord, head: Client) -> None:
    path = f"/m/people/{record.resident_id}/call/"
    for _ in range(REVEALS_AN_HOUR):
        assert NUMBER in call(head, path)[1]
    shown = call(head, path)[1]
    assert NUMBER not in shown
    assert "请稍后再试" in shown
    assert AuditEvent.objects.filter(action="reveal").count() == REVEALS_AN_HOUR


@pytest.mark.parametrize("page", ["people", "duties"])
def test_outside_the_scope_is_not_found(home: Community, record: CareRecord, page: str) -> None:
    pk = record.resident_id if page == "people" else record.duties.get().pk
    stranger = signed_in_as(home, home.buildings[2], Post.BUILDING_HEAD)
    assert stranger.get(f"/m/{page}/{pk}/").status_code == 404
    inside = signed_in_as(home, home.building, Post.CULTURE_WORKER)
    text = text_of(inside, f"/m/{page}/{pk}/")
    assert "王秀兰" not in text
    assert "王**" in text
