"""A cadre's gatherings on the phone: signing up, off again, hours, and calling the roll."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from baibuting.common.entries import Taking, entry_typed
from cadres.choices import Post
from cadres.models import Cadre
from cadres.selectors import scope_for
from gatherings.choices import Kind, State
from gatherings.models import Attendance, Gathering
from gatherings.payloads import ROLL, roll_read, roll_words
from gatherings.services import people_sign_up, roll_enter
from tests.factories import Community, community
from tests.gatherings.meeting import call, person, plan
from tests.pages import signed_in
from tests.visits.people import NOW, account_of, stop_the_clock, text_of
from volunteers.services import volunteer_of

pytestmark = pytest.mark.django_db
LEADER = Post.PARTY_GROUP_LEADER


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


@pytest.fixture
def leader(home: Community) -> Cadre:
    return home.holder(home.building, LEADER)


@pytest.fixture
def phone(leader: Cadre) -> Client:
    return signed_in(account_of(leader, "leader"))


def test_it_works(home: Community, leader: Cadre, phone: Client) -> None:
    """What the community and the own building plan stands there; what another building plans does not."""
    for place, title in (
        (home.place, "社区大讲堂"),
        (home.building, "楼栋清扫"),
        (home.buildings[5], "别处的"),
    ):
        plan(home, "2026-03-12T09:00", place=place, title=title)
    page = text_of(phone, "/m/mine/")
    assert "社区大讲堂" in page
    assert "楼栋清扫" in page
    assert "别处的" not in page
    gathering = Gathering.objects.get(title="楼栋清扫")
    url = f"/gatherings/{gathering.pk}/sign-up/"
    response = phone.post(url, {"next": "/m/mine/", "on": "1"})
    assert response["Location"] == "/m/mine/"
    assert Attendance.objects.get().volunteer.cadre == leader
    assert "已报名" in text_of(phone, "/m/mine/")
    phone.post(url, {"next": "/m/mine/", "off": "1"})
    assert not Attendance.objects.exists()
    elsewhere = Gathering.objects.get(title="别处的")
    assert phone.post(f"/gatherings/{elsewhere.pk}/sign-up/", {"on": "1"}).status_code == 404
    assert phone.post(url, {"next": "https://evil.example/", "on": "1"})["Location"] == "/"


def test_hours_are_those_of_service_alone(home: Community, leader: Cadre, phone: Client) -> None:
    """Two overlapping activities and a study: the union of the activities, and nothing of the study."""
    me = volunteer_of(cadre=leader)
    for at, kind in (("07T09:00", Kind.SERVICE), ("07T10:00", Kind.SHOW), ("08T09:00", Kind.STUDY)):
        call(plan(home, f"2026-03-{at}", kind=kind), [me])
    assert "志愿服务 3.0 小时" in text_of(phone, "/m/mine/")


@pytest.fixture
def mine(home: Community, leader: Cadre) -> Gathering:
    gathering = plan(home, "2026-03-11T07:00", host=leader, title="党小组学习")
    people_sign_up(
        gathering=gathering, volunteers=[person(home, "王一"), person(home, "李二")], now=gathering.created_at
    )
    return gathering


def key(name: str) -> str:
    return str(Attendance.objects.get(volunteer__name=name).volunteer_id)


def test_a_host_calls_the_roll(mine: Gathering, phone: Client) -> None:
    page = text_of(phone, "/m/mine/")
    assert "点名：党小组学习" in page
    assert "王一" in page
    phone.post(f"/gatherings/{mine.pk}/roll/", {"there": [key("王一")], "others": "2", "next": "/m/mine/"})
    mine.refresh_from_db()
    assert (mine.state, mine.others) == (State.HELD, 2)
    assert dict(mine.attendances.values_list("volunteer__name", "was_there")) == {"王一": True, "李二": False}
    assert "没有来的请去掉" not in text_of(phone, "/m/mine/")


def test_nobody_else_calls_it(home: Community, mine: Gathering) -> None:
    other = signed_in(account_of(home.holder(home.buildings[1], LEADER), "other"))
    assert "党小组学习" not in text_of(other, "/m/mine/").replace("党小组学习 ", "")
    assert other.post(f"/gatherings/{mine.pk}/roll/", {"others": "2"}).status_code == 404
    mine.refresh_from_db()
    assert mine.state == State.PLANNED


@pytest.mark.parametrize("others", ["", "很多", "0"])
def test_a_roll_without_anybody_is_refused(mine: Gathering, phone: Client, others: str) -> None:
    response = phone.post(f"/gatherings/{mine.pk}/roll/", {"others": others, "next": "/m/mine/"}, follow=True)
    assert "没有人到场" in response.content.decode() or "请填数字" in response.content.decode()
    mine.refresh_from_db()
    assert mine.state == State.PLANNED


# --- kept without a signal, and sent later ------------------------------------------------------------------------------
def take(leader: Cadre, made: Any, fields: dict[str, Any]) -> Taking:
    sender = leader.user
    assert sender is not None
    scope = scope_for(sender, today=NOW.date())
    taking = Taking(scope, leader, sender, uuid4(), NOW, leader.community)
    entry = entry_typed(taking.uid, ROLL, fields, made)
    roll_enter(read=roll_read(entry, NOW), taking=taking)
    return taking


def test_an_entry_calls_it(mine: Gathering, leader: Cadre, phone: Client) -> None:
    leader.refresh_from_db()
    fields = {"gathering": str(mine.pk), "there": [key("李二")], "others": "1"}
    taking = take(leader, NOW - timedelta(minutes=5), fields)
    assert taking.place == mine.place
    mine.refresh_from_db()
    assert (mine.state, mine.others) == (State.HELD, 1)
    take(leader, NOW, fields)
    assert Attendance.objects.filter(was_there=True).count() == 1
    entry = entry_typed(uuid4(), ROLL, fields, NOW)
    assert roll_words(entry, None) == [("到场", "1 人"), ("另有人数", "1")]


def test_an_entry_that_came_too_late_waits_for_the_office(
    mine: Gathering, leader: Cadre, phone: Client
) -> None:
    leader.refresh_from_db()
    call(mine, [], others=3, at="2026-03-11T08:00")
    with pytest.raises(ValidationError, match="后来已经点过名"):
        take(leader, NOW - timedelta(minutes=90), {"gathering": str(mine.pk), "others": "9"})
    mine.refresh_from_db()
    assert mine.others == 3


def test_an_entry_of_a_stranger_waits_for_the_office(home: Community, mine: Gathering) -> None:
    other = home.holder(home.buildings[1], LEADER)
    account_of(other, "other")
    other.refresh_from_db()
    for gathering in (str(mine.pk), "", "x"):
        with pytest.raises(ValidationError):
            take(other, NOW, {"gathering": gathering, "others": "9"})
    mine.refresh_from_db()
    assert mine.state == State.PLANNED
