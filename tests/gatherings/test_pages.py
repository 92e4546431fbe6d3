"""Gatherings at the desk: planned, called over, cancelled; who is behind, and the make-up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from cadres.choices import Post
from gatherings.choices import State
from gatherings.models import Attendance, Gathering
from gatherings.services import people_sign_up
from routines.choices import Matter
from tests.duties.steps import sweep_at
from tests.factories import Community, clerk, community
from tests.gatherings.meeting import person, plan
from tests.pages import add_url, list_url, listed, object_url, queries_of, signed_in
from tests.routines.adopting import adopt
from tests.visits.people import NOW, account_of, stop_the_clock, text_of

pytestmark = pytest.mark.django_db
LEADER = Post.PARTY_GROUP_LEADER
BEHIND = "/gatherings/behind/"


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


@pytest.fixture
def office(home: Community) -> Client:
    return signed_in(clerk(home.place))


def typed(home: Community, **differs: Any) -> dict[str, Any]:
    return {
        "place": home.building.pk,
        "kind": "service",
        "title": "清扫楼道",
        "venue": "一楼",
        "starts_at_0": "2026-03-12",
        "starts_at_1": "09:00",
        "ends_at_0": "2026-03-12",
        "ends_at_1": "11:00",
        "host": "",
        "team": "",
        "organisation": "",
        **differs,
    }


def test_it_works(home: Community, office: Client) -> None:
    assert office.post(add_url(Gathering), typed(home)).status_code == 302
    gathering = Gathering.objects.get()
    assert (gathering.state, gathering.community, gathering.created_by.username) == (
        State.PLANNED,
        home.place,
        "clerk",
    )
    assert "清扫楼道" in text_of(office, list_url(Gathering))
    office.post(object_url(gathering, "change"), typed(home, title="清扫院子"))
    gathering.refresh_from_db()
    assert gathering.title == "清扫院子"
    assert "已安排" in text_of(office, object_url(gathering, "change"))


def test_a_roll_is_called_by_ticks_and_names(home: Community, office: Client) -> None:
    """One on the list came, one did not; a 楼栋长 who is no volunteer yet came without signing up."""
    gathering = plan(home, "2026-03-11T07:00")
    wang, li = person(home, "王一"), person(home, "李二")
    people_sign_up(gathering=gathering, volunteers=[wang, li], now=gathering.created_at)
    head = home.holder(home.building, Post.BUILDING_HEAD)
    url = object_url(gathering, "roll")
    page = office.get(url)
    assert set(page.context["form"]["there"].value()) == {wang.pk, li.pk}
    office.post(url, {"there": [wang.pk], "names": head.name, "others": 4, "spoke": head.name})
    gathering.refresh_from_db()
    assert (gathering.state, gathering.others) == (State.HELD, 4)
    came = Attendance.objects.filter(was_there=True)
    assert set(came.values_list("volunteer__name", flat=True)) == {"王一", head.name}
    assert came.get(spoke=True).volunteer.cadre == head
    assert "到场 6 人" in text_of(office, list_url(Gathering))
    page = office.get(url)
    assert set(page.context["form"]["there"].value()) == set(came.values_list("volunteer", flat=True))


@pytest.mark.parametrize(
    ("differs", "sentence"),
    [
        ({"names": "张不在"}, "没有找到张不在"),
        ({"names": "王同名"}, "同名的王同名"),
        ({"names": "", "others": 0}, "没有人到场"),
        ({"spoke": "张不在"}, "不在到场的人当中"),
    ],
)
def test_a_roll_that_cannot_be_is_refused(
    home: Community, office: Client, differs: dict[str, Any], sentence: str
) -> None:
    gathering = plan(home, "2026-03-11T07:00")
    for phone in ("13900000001", "13900000002"):
        from volunteers.services import volunteer_create

        volunteer_create(community=home.place, name="王同名", phone=phone)
    said = {"there": [], "names": "", "others": 3, "spoke": "", **differs}
    response = office.post(object_url(gathering, "roll"), said)
    assert sentence in response.content.decode()
    gathering.refresh_from_db()
    assert gathering.state == State.PLANNED
    assert not Attendance.objects.exists()


def test_cancelled_it_is_neither_changed_nor_called(home: Community, office: Client) -> None:
    gathering = plan(home, "2026-03-11T07:00")
    office.post(object_url(gathering, "cancel"), {"reason": "下雨"})
    gathering.refresh_from_db()
    assert (gathering.state, gathering.cancelled_reason) == (State.CANCELLED, "下雨")
    assert office.get(object_url(gathering, "roll")).status_code == 302
    office.post(object_url(gathering, "change"), typed(home, title="又一次"))
    gathering.refresh_from_db()
    assert gathering.title == "清扫楼道"


def test_before_it_begins_there_is_no_roll(home: Community, office: Client) -> None:
    assert office.get(object_url(plan(home), "roll")).status_code == 302


def test_the_list_costs_as_many_queries_for_any_number(home: Community, office: Client) -> None:
    plan(home)
    few = queries_of(office, list_url(Gathering))
    for _ in range(5):
        plan(home, host=home.holder(home.building, LEADER), place=home.building)
    assert len(listed(office, Gathering)) == 6
    assert queries_of(office, list_url(Gathering)) == few


# --- who is behind ------------------------------------------------------------------------------------------------------
@pytest.fixture
def late(home: Community) -> Community:
    """On 11 March eight leaders are behind with a training due a week ago."""
    adopt(home, Matter.GROUP_TRAINING, now=NOW - timedelta(days=40), first_within_days=30, ladder=((2, 0),))
    sweep_at(NOW)
    return home


def make_up(**differs: Any) -> dict[str, Any]:
    return {"starts_at_0": "2026-03-14", "starts_at_1": "09:00", "hours": 2, "venue": "二楼会议室", **differs}


def test_who_is_behind_is_called_together(late: Community, office: Client) -> None:
    page = text_of(office, BEHIND)
    assert "8 人逾期" in page
    assert late.holder(late.building, LEADER).name in page
    assert "还没有安排" in page
    office.post(BEHIND, make_up())
    made = Gathering.objects.get()
    assert made.attendances.count() == 8
    assert "党小组长轮训补课" in text_of(office, BEHIND)


@pytest.mark.parametrize(
    ("differs", "sentence"),
    [
        ({"starts_at_0": "2026-03-10"}, "要晚于现在"),
        ({"venue": ""}, "请填写地点"),
        ({"hours": 13}, ""),
    ],
)
def test_a_make_up_that_cannot_be_is_refused(
    late: Community, office: Client, differs: dict[str, Any], sentence: str
) -> None:
    assert sentence in office.post(BEHIND, make_up(**differs)).content.decode()
    assert not Gathering.objects.exists()


def test_each_sees_those_they_are_above(late: Community, office: Client) -> None:
    """A secretary reads of his own 片区 and cannot plan; with nobody behind the office has nothing to plan."""
    secretary = signed_in(account_of(late.holder(late.precincts[0], Post.BRANCH_SECRETARY), "secretary"))
    page = text_of(secretary, BEHIND)
    assert "2 人逾期" in page
    assert late.holder(late.buildings[7], LEADER).name not in page
    assert secretary.post(BEHIND, make_up()).status_code == 403
    adopt(late, Matter.GROUP_TRAINING, now=NOW, is_on=False)
    assert not Gathering.objects.exists()


def test_nobody_behind_says_so(home: Community, office: Client) -> None:
    assert "没有人落下" in text_of(office, BEHIND)
    office.post(BEHIND, make_up())
    assert not Gathering.objects.exists()
