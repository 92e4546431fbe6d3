"""今日: what is due at my buildings, most pressing first; names in full for who answers; nobody else's people."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from cadres.choices import Post
from cadres.services import appointment_end, appointment_start, cover_start
from residents.models import CareRecord
from residents.services import household_get_or_create, resident_create
from tests.duties.bulk import people_under_care
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, appointment, care_record, clerk, moment, resident
from tests.pages import queries_of, signed_in
from tests.visits.people import NOW, START, account_of, signed_in_as, text_of
from visits.services import arrival_stamp, incident_report

pytestmark = pytest.mark.django_db

BEFORE = moment("2026-03-01T09:00")


def under_care(home: Community, name: str, started_on: date = START, **details: Any) -> CareRecord:
    building = details.pop("building", home.building)
    person = resident(building, now=BEFORE, name=name, phone="13800000001")
    made = care_record(building, now=BEFORE, started_on=started_on, resident=person, **details)
    sweep_at(NOW)
    return made


def head_of(home: Community) -> Client:
    return signed_in_as(home, home.building, Post.BUILDING_HEAD)


def cards(client: Client, url: str = "/m/") -> dict[str, Any]:
    response = client.get(url)
    assert response.status_code == 200, response.status_code
    return {card.name: card for group in response.context["groups"] for card in group["cards"]}


def test_it_works(home: Community) -> None:
    """Overdue, today, this week, in this order, each with where, what for, when last seen, and who knows."""
    visited = under_care(home, "本周的")
    visit(visited.resident, "2026-03-09T10:00")
    today = under_care(home, "今天的")
    visit(today.resident, "2026-03-04T10:00")
    overdue = under_care(home, "逾期的")
    sweep_at(NOW)
    found = cards(head_of(home))
    assert [(name, card.state, card.status) for name, card in found.items()] == [
        ("逾期的", "overdue", "逾期 7 天"),
        ("今天的", "today", "今天到期"),
        ("本周的", "week", "还有 5 天"),
    ]
    card = found["逾期的"]
    assert card.address == f"1 单元 {overdue.resident.household.room}"
    assert card.chips == ["孤寡老人"]
    assert card.last_seen == "还没有见到过"
    assert card.told == "已报苑区总支书记"
    assert found["今天的"].last_seen == "3月4日（上门）"


def test_one_card_a_person(home: Community) -> None:
    first = under_care(home, "两类的")
    care_record(home.building, now=BEFORE, started_on=START, resident=first.resident, code="hospital")
    sweep_at(NOW)
    [card] = cards(head_of(home)).values()
    assert sorted(card.chips) == ["住院病人", "孤寡老人"]


def test_the_name_is_for_who_answers(home: Community) -> None:
    under_care(home, "王秀兰", code="released")
    group_leader = signed_in_as(home, home.building, Post.PARTY_GROUP_LEADER)
    [card] = cards(group_leader).values()
    assert (card.name, card.chips, card.may_call) == ("王秀兰", ["刑释解教人员"], True)
    for post in (Post.BUILDING_HEAD, Post.HEALTH_WORKER):
        other = signed_in_as(home, home.building, post)
        [card] = cards(other).values()
        assert (card.name, card.chips, card.may_call) == ("王**", ["重点对象"], False), post
        assert "刑释" not in text_of(other, "/m/")


def test_another_building_is_not_mine(home: Community) -> None:
    under_care(home, "隔壁的", building=home.buildings[1])
    client = head_of(home)
    assert cards(client) == {}
    assert "七天内没有到期的走访" in text_of(client, "/m/")


def test_a_secretary_sees_what_has_reached_him(home: Community) -> None:
    under_care(home, "逾期的")
    secretary = signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)
    [card] = cards(secretary).values()
    assert (card.name, card.address.split()[0]) == ("逾期的", home.building.name)
    other = signed_in_as(home, home.precincts[1], Post.BRANCH_SECRETARY)
    assert cards(other) == {}
    assert "没有到您这一级的事" in text_of(other, "/m/")


def test_a_stand_in_sees_what_he_stands_in_for(home: Community) -> None:
    under_care(home, "逾期的")
    held = home.holders[home.building.pk, Post.BUILDING_HEAD]
    stand_in = home.holder(home.buildings[1], Post.BUILDING_HEAD)
    client = signed_in(account_of(stand_in, "standin"))
    assert cards(client) == {}
    cover_start(appointment=held, stand_in=stand_in, from_on=NOW.date(), until_on=NOW.date())
    [card] = cards(client).values()
    assert card.name == "逾期的"


def test_the_first_sixty_then_all(home: Community) -> None:
    """Three in full, the others in short rows; so many that the page would be long are shown on demand."""
    home.buildings = [home.building]
    people_under_care(home, 65, started_on=START, now=BEFORE)
    sweep_at(NOW)
    client = head_of(home)
    response = client.get("/m/")
    assert (response.context["left"], response.context["total"]) == (5, 65)
    [group] = response.context["groups"]
    assert len(group["full"]) == 3
    assert sum(len(cards) for _, cards in group["parts"]) == 57
    assert len(client.get("/m/?all=1").context["groups"][0]["cards"]) == 65


def test_ten_are_all_shown_in_full(home: Community) -> None:
    home.buildings = [home.building]
    people_under_care(home, 10, started_on=START, now=BEFORE)
    sweep_at(NOW)
    response = head_of(home).get("/m/")
    [group] = response.context["groups"]
    assert (len(group["full"]), group["parts"]) == (10, [])
    assert "data-find" not in response.content.decode()


def test_urgency_first_then_as_one_walks(home: Community) -> None:
    """By urgency; of the same urgency by staircase and floor, 103 before 1003."""
    for name, entrance, room in (
        ("甲", "2", "101"), ("乙", "1", "1003"), ("丙", "10", "101"), ("丁", "1", "103"), ("戊", "1", "201"),
    ):  # fmt: skip
        flat = household_get_or_create(building=home.building, entrance=entrance, room=room)
        person = resident_create(household=flat, name=name, now=BEFORE)
        care_record(home.building, now=BEFORE, started_on=START, resident=person)
    later = under_care(home, "本周的")
    visit(later.resident, "2026-03-09T10:00")
    sweep_at(NOW)
    assert list(cards(head_of(home))) == ["丁", "戊", "乙", "甲", "丙", "本周的"]


def test_the_version_for_the_old_has_five_people_and_one_action_each(home: Community) -> None:
    home.buildings = [home.building]
    people_under_care(home, 8, started_on=START, now=BEFORE)
    sweep_at(NOW)
    client = head_of(home)
    client.cookies["large"] = "1"
    response = client.get("/m/")
    page = response.content.decode()
    [group] = response.context["groups"]
    assert (len(group["full"]), group["count"]) == (5, 8)
    assert sum(len(rows) for _, rows in response.context["rest"]) == 3
    full, folded = page.split("<details")
    assert full.count("记走访") == 5
    assert "上次见到" not in full
    assert "打电话" not in full
    assert folded.count("data-row") == 3


def test_as_many_queries_for_two_hundred_as_for_five(home: Community) -> None:
    home.buildings = [home.building]
    people_under_care(home, 5, started_on=START, now=BEFORE)
    sweep_at(NOW)
    client = head_of(home)
    client.get("/m/")  # once an hour it is written down that the phone was heard from
    few = queries_of(client, "/m/?all=1")
    people_under_care(home, 195, started_on=START, now=BEFORE, first=100)
    sweep_at(NOW)
    assert len(cards(client, "/m/?all=1")) == 1, "all of one name"
    assert queries_of(client, "/m/?all=1") == few
    for page in ("/m/building/", "/m/notices/", "/m/mine/"):
        assert queries_of(client, page) <= 40, page


def test_incidents_on_top_until_they_are_closed(home: Community) -> None:
    incident = incident_report(
        building=home.building, kind="emergency", occurred_at=NOW - timedelta(hours=1), summary="",
        now=NOW - timedelta(minutes=50), reported_by=None,
    )  # fmt: skip
    client = head_of(home)
    [card] = client.get("/m/").context["incidents"]
    assert (card["is_mine"], "楼栋长" in card["missing"]) == (True, True)
    assert "前到场" in card["status"]
    cadre = home.holder(home.building, Post.BUILDING_HEAD)
    arrival_stamp(incident=incident, post=Post.BUILDING_HEAD, arrived_at=NOW, now=NOW, cadre=cadre)
    [card] = client.get("/m/").context["incidents"]
    assert (card["is_mine"], card["there"]) == (False, ["楼栋长"])
    elsewhere = signed_in_as(home, home.buildings[2], Post.BUILDING_HEAD)
    assert elsewhere.get("/m/").context["incidents"] == []


# --- who gets in ------------------------------------------------------------------------------------------------------

PAGES = ("/m/", "/m/notices/", "/m/building/", "/m/incidents/", "/m/mine/", "/m/sign-out/")


@pytest.mark.parametrize("page", PAGES)
def test_nobody_signs_in_first(home: Community, page: str) -> None:
    response = Client().get(page)
    assert (response.status_code, response["Location"]) == (
        302,
        f"/m/sign-in/?next={page.replace('/', '%2F')}",
    )


@pytest.mark.parametrize("page", PAGES)
def test_without_a_post_there_is_nothing(home: Community, page: str) -> None:
    under_care(home, "逾期的")
    response = signed_in(clerk(home.place)).get(page)
    assert response.status_code == 403
    assert "没有担任职务" in response.content.decode()
    assert "逾期的" not in response.content.decode()


def test_a_long_session_ends_with_the_last_post(home: Community) -> None:
    client = head_of(home)
    session = client.session
    session["trusted_phone"] = True
    session.save()
    assert client.get("/m/").status_code == 200
    held = home.holders[home.building.pk, Post.BUILDING_HEAD]
    appointment_end(appointment=held, ended_on=START, end_reason="resigned")
    assert client.get("/m/")["Location"].startswith("/m/sign-in/")
    appointment_start(cadre=held.cadre, post=Post.BUILDING_HEAD, place=home.building, started_on=NOW.date())
    assert client.get("/m/")["Location"].startswith("/m/sign-in/"), "signed out for good"


def test_a_long_session_ends_with_the_account(home: Community) -> None:
    cadre = home.holder(home.building, Post.BUILDING_HEAD)
    account = account_of(cadre, "head")
    client = signed_in(account)
    assert client.get("/m/").status_code == 200
    account.is_active = False
    account.save()
    assert client.get("/m/").status_code == 302
    assert client.get("/m/session/").json()["user"] is None


def test_strict_headers(home: Community) -> None:
    appointment(home.building, Post.GRID_WORKER)
    client = head_of(home)
    for page in (*PAGES, "/m/help/"):
        response = client.get(page)
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "no-store" in response["Cache-Control"]
        text = response.content.decode()
        assert " style=" not in text
        assert "<style" not in text
        assert " onclick" not in text
        assert text.count("<script") == 1
