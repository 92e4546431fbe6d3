"""One building's six posts on one page: filled, handed over, vacated, put right; all lines or none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from baibuting.common.days import local_day
from cadres.choices import BUILDING_POSTS, Post
from cadres.models import Appointment, BuildingStaff, Cadre
from cadres.services import cover_start
from tests.factories import Community, appointment, cadre, clerk, community
from tests.pages import errors_of, filter_labels, found_by, list_url, listed, object_url, signed_in

pytestmark = pytest.mark.django_db
HEAD, HEALTH, SAFETY = Post.BUILDING_HEAD, Post.HEALTH_WORKER, Post.SECURITY_WORKER


@pytest.fixture
def ours() -> Community:
    return community(staffed=False)


@pytest.fixture
def lee(ours: Community) -> User:
    return clerk(ours.place)


@pytest.fixture
def client(lee: User) -> Client:
    return signed_in(lee)


@pytest.fixture
def page(ours: Community) -> str:
    return object_url(BuildingStaff.objects.get(pk=ours.building.pk))


def shown(client: Client, page: str) -> dict[str, Any]:
    """What a browser would send back untouched."""
    form = client.get(page).context["form"]
    sent = {"on": form.initial["on"].isoformat()}
    for row in form.rows():
        sent |= {f"{row.post.value}-{part}": str(value) for part, value in row.now.items()}
        sent |= {f"{row.post.value}-{part}": str(row.now[f"was_{part}"]) for part in ("name", "phone")}
    return sent


def held(building: Any) -> dict[str, str]:
    """Name by post, of those who have no last day."""
    rows = Appointment.objects.filter(place=building, ended_on=None)
    return dict(rows.values_list("post", "cadre__name"))


def test_it_works(ours: Community, client: Client, page: str) -> None:
    known = cadre(ours.place, name="刘桂兰")
    typed = shown(client, page) | {
        f"{HEAD}-name": "王 建国",
        f"{HEAD}-phone": "１３９ 0000 0001",
        f"{HEALTH}-name": "刘桂兰",
        f"{HEALTH}-phone": known.phone,
    }
    assert errors_of(client.post(page, typed)) == {}
    assert held(ours.building) == {HEAD: "王建国", HEALTH: "刘桂兰"}
    assert Cadre.objects.get(name="王建国").phone == "13900000001"
    assert Cadre.objects.filter(name="刘桂兰").count() == 1  # the registered one


def test_all_six_at_once(ours: Community, client: Client, page: str) -> None:
    typed = shown(client, page)
    for number, post in enumerate(BUILDING_POSTS):
        typed |= {f"{post}-name": f"骨干{post.label}", f"{post}-phone": f"1390000010{number}"}
    assert errors_of(client.post(page, typed)) == {}
    assert len(held(ours.building)) == 6


def test_another_name_is_a_hand_over(ours: Community, client: Client, page: str) -> None:
    old = appointment(ours.building, HEAD, cadre=cadre(ours.place, name="王建国"))
    typed = shown(client, page) | {f"{HEAD}-name": "李秀英", f"{HEAD}-phone": "13900000002"}
    assert errors_of(client.post(page, typed)) == {}
    assert held(ours.building) == {HEAD: "李秀英"}
    old.refresh_from_db()
    today = local_day(timezone.now())
    assert (old.ended_on, old.end_reason) == (today - timedelta(days=1), "replaced")


def test_an_emptied_name_ends_the_appointment(ours: Community, client: Client, page: str) -> None:
    appointment(ours.building, HEAD)
    appointment(ours.building, HEALTH)
    typed = shown(client, page) | {f"{HEAD}-name": "", f"{HEAD}-phone": ""}
    assert errors_of(client.post(page, typed)) == {}
    assert list(held(ours.building)) == [HEALTH]


def test_a_phone_is_put_right_without_ending_anything(ours: Community, client: Client, page: str) -> None:
    one = appointment(ours.building, HEAD)
    typed = shown(client, page)
    assert "****" in typed[f"{HEAD}-phone"]
    assert errors_of(client.post(page, typed | {f"{HEAD}-phone": "13911112222"})) == {}
    one.cadre.refresh_from_db()
    assert one.cadre.phone == "13911112222"
    assert Appointment.objects.count() == 1


def test_nothing_touched_changes_nothing(ours: Community, client: Client, page: str) -> None:
    one = appointment(ours.building, HEAD)
    phone = one.cadre.phone
    response = client.post(page, shown(client, page), follow=True)
    assert "没有改动" in response.content.decode()
    one.cadre.refresh_from_db()
    assert (one.cadre.phone, Appointment.objects.count()) == (phone, 1)


def test_one_bad_line_saves_none_and_loses_nothing_typed(ours: Community, client: Client, page: str) -> None:
    typed = shown(client, page) | {
        f"{HEAD}-name": "王建国",
        f"{HEAD}-phone": "13900000001",
        f"{HEALTH}-phone": "13900000002",
        f"{SAFETY}-name": "张伟",
        f"{SAFETY}-phone": "12345",
    }
    response = client.post(page, typed)
    assert list(errors_of(response)) == [f"{SAFETY}-phone"]
    response = client.post(page, typed | {f"{SAFETY}-phone": ""})
    assert errors_of(response) == {f"{HEALTH}-name": ["填了电话却没有姓名，请补上姓名。"]}
    text = response.content.decode()
    assert all(typed_text in text for typed_text in ("王建国", "13900000001", "13900000002", "张伟"))
    assert (held(ours.building), Cadre.objects.count()) == ({}, 0)


def test_a_new_name_under_the_old_phone_is_asked_about(ours: Community, client: Client, page: str) -> None:
    appointment(ours.building, HEAD, cadre=cadre(ours.place, name="王建国"))
    response = client.post(page, shown(client, page) | {f"{HEAD}-name": "李秀英"})
    assert "换人请把电话也改成新人的" in str(errors_of(response))
    assert held(ours.building) == {HEAD: "王建国"}


def test_a_namesake_without_phone_is_asked_about(ours: Community, client: Client, page: str) -> None:
    cadre(ours.place, name="王建国")
    response = client.post(page, shown(client, page) | {f"{HEAD}-name": "王建国"})
    assert "已有同名骨干" in str(errors_of(response))
    assert (held(ours.building), Cadre.objects.count()) == ({}, 1)


def test_what_a_colleague_changed_meanwhile_is_not_overwritten(
    ours: Community, client: Client, page: str
) -> None:
    stale = shown(client, page)
    appointment(ours.building, HEAD, cadre=cadre(ours.place, name="刚上任"))
    mine = {f"{HEALTH}-name": "刘桂兰", f"{HEALTH}-phone": "13900000003"}
    assert errors_of(client.post(page, stale | mine)) == {}  # another line
    assert held(ours.building) == {HEAD: "刚上任", HEALTH: "刘桂兰"}
    clash = {f"{HEAD}-name": "王建国", f"{HEAD}-phone": "13900000004"}
    response = client.post(page, stale | clash)
    assert "现由刚上任担任" in str(errors_of(response))
    assert held(ours.building)[HEAD] == "刚上任"


def test_a_day_before_the_holders_first_is_refused_at_the_line(
    ours: Community, client: Client, page: str
) -> None:
    today = local_day(timezone.now())
    appointment(ours.building, HEAD, started_on=today)
    typed = shown(client, page) | {f"{HEAD}-name": "李秀英", f"{HEAD}-phone": "13900000002"}
    response = client.post(page, typed)
    assert "晚于原任职日期" in str(errors_of(response)[f"{HEAD}-name"])
    assert "李秀英" not in held(ours.building).values()


def test_the_stand_in_is_named(ours: Community, client: Client, page: str) -> None:
    today = local_day(timezone.now())
    cover_start(
        appointment=appointment(ours.building, HEAD),
        stand_in=cadre(ours.place, name="代班人"),
        from_on=today,
        until_on=today,
    )
    assert "代班人代管至" in client.get(page).content.decode()


def test_another_communitys_building_does_not_exist(lee: User) -> None:
    theirs = community("隔壁社区", staffed=False)
    url = object_url(BuildingStaff.objects.get(pk=theirs.building.pk))
    client = signed_in(lee)
    assert client.get(url).status_code == 404
    typed = {"on": "2026-11-23", f"{HEAD}-name": "王建国", f"{HEAD}-phone": "13900000001"}
    assert client.post(url, typed).status_code == 404
    assert held(theirs.building) == {}


def test_the_list_names_holders_and_vacancies(ours: Community, client: Client) -> None:
    appointment(ours.buildings[0], HEAD, cadre=cadre(ours.place, name="王建国"))
    for post in BUILDING_POSTS:
        appointment(ours.buildings[1], post)
    text = client.get(list_url(BuildingStaff)).content.decode()
    assert "王建国" in text
    assert "缺 5</span>" in text
    assert "配齐" in text
    full = BuildingStaff.objects.get(pk=ours.buildings[1].pk)
    assert listed(client, BuildingStaff, vacant="none") == [full]
    assert full not in listed(client, BuildingStaff, vacant="any")
    assert len(listed(client, BuildingStaff, vacant=HEAD)) == 6
    assert len(listed(client, BuildingStaff, quarter=ours.quarters[1].pk)) == 4
    assert [row.name for row in found_by(client, BuildingStaff, "文卉苑 105")] == ["105栋"]


def test_the_list_and_its_filters_stay_in_the_scope(ours: Community) -> None:
    client = signed_in(clerk(ours.quarters[0], "quarter"))
    assert len(listed(client, BuildingStaff)) == 4
    assert "文卉苑" not in str(filter_labels(client, BuildingStaff))


def test_the_rate_of_staffing(ours: Community, client: Client) -> None:
    for post in BUILDING_POSTS[:3]:
        appointment(ours.building, post)
    response = client.get("/admin/cadres/buildingstaff/rates/")
    rows = {line["row"].place.pk: line["row"] for line in response.context["rows"]}
    assert (rows[ours.place.pk].filled, rows[ours.place.pk].posts) == (3, 48)
    quarter, precinct = rows[ours.quarters[0].pk], rows[ours.precincts[0].pk]
    assert (quarter.percent, precinct.percent) == (12.5, 25.0)
    assert precinct.vacant == {**dict.fromkeys(BUILDING_POSTS[:3], 1), **dict.fromkeys(BUILDING_POSTS[3:], 2)}


def test_the_rate_of_a_quarters_clerk_is_his_quarters(ours: Community) -> None:
    response = signed_in(clerk(ours.quarters[0], "quarter")).get("/admin/cadres/buildingstaff/rates/")
    shown_places = {line["row"].place.name for line in response.context["rows"]}
    assert shown_places == {"怡康苑", "第一片区", "第二片区"}


def test_a_building_leads_to_its_posts(ours: Community, client: Client, page: str) -> None:
    assert page in client.get(object_url(ours.building)).content.decode()
    assert "两长四员</a></li>" not in client.get(object_url(ours.quarters[0])).content.decode()


def test_an_earlier_day_than_today(ours: Community, client: Client, page: str) -> None:
    """Paper comes late: the day is the one on which it happened."""
    today = local_day(timezone.now())
    old = appointment(ours.building, HEAD, started_on=today - timedelta(days=10))
    typed = shown(client, page) | {
        f"{HEAD}-name": "李秀英",
        f"{HEAD}-phone": "13900000002",
        f"{HEALTH}-name": "刘桂兰",
        f"{HEALTH}-phone": "13900000003",
    }
    before = typed | {"on": (today - timedelta(days=20)).isoformat()}
    assert "晚于原任职日期" in str(errors_of(client.post(page, before)))
    assert held(ours.building) == {HEAD: old.cadre.name}
    since = today - timedelta(days=5)
    assert errors_of(client.post(page, typed | {"on": since.isoformat()})) == {}
    assert held(ours.building) == {HEAD: "李秀英", HEALTH: "刘桂兰"}
    assert set(Appointment.objects.filter(ended_on=None).values_list("started_on", flat=True)) == {since}
