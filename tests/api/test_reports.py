"""Incidents reported to a district platform: the office's dictionary, the ladder of codes, held until complete."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from api.choices import DeliveryState
from api.models import Delivery, EventType, Platform
from api.services import delivery_replay, event_type_set, platform_set
from buildings.models import AdministrativeUnit
from buildings.services import place_change, units_load
from cadres.choices import Post
from tests.api.receivers import Receiver
from tests.api.test_webhooks import NOW, deliver, is_signed, report
from tests.factories import Community, community
from visits.services import arrival_stamp, incident_close

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.API_PRIVATE_ADDRESSES = True


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as found:
        yield found


def coded() -> Community:
    """A community with every official code."""
    home = community()
    units_load(district=("420102", "江岸区"), streets=[("420102400", "百步亭花园")])
    place_change(place=home.place, unit=AdministrativeUnit.objects.get(code="420102400"), code="420102400001")
    place_change(place=home.precincts[0], code="420102400001003")
    return home


def platform(home: Community, receiver: Receiver, **details: Any) -> Platform:
    return platform_set(community=home.place, name="区平台", url=receiver.url, now=NOW, by=None, **details)


def mapped(to: Platform, **details: str) -> EventType:
    words = {
        "first_code": "01",
        "first_name": "公共安全",
        "second_code": "0103",
        "second_name": "突发事件",
        "scope_code": "1",
        "scope_name": "单个楼栋",
        "title": "{苑区}{楼栋}{类别}",
        **details,
    }
    return event_type_set(platform=to, kind="emergency", now=NOW, by=None, **words)


def test_it_works(receiver: Receiver) -> None:
    home = coded()
    to = platform(home, receiver, credential="Token abc")
    mapped(to)
    incident = report(home.building)
    head = home.holder(home.building, Post.BUILDING_HEAD)
    arrival_stamp(incident=incident, post=Post.BUILDING_HEAD, arrived_at=NOW, now=NOW, cadre=head)
    incident_close(incident=incident, result="已处理", now=NOW)
    assert deliver() == 2
    opened, closed = receiver.requests
    assert opened.told | {"involvedPersons": [], "involvedCount": 0} == {
        "eventId": str(incident.uid),
        "eventName": "怡康苑101栋突发性事件",
        "eventPlace": "百步亭社区 怡康苑 第一片区 101栋",
        "happenTime": "2026-03-11 09:00:00",
        "reportTime": "2026-03-11 09:00:00",
        "finishTime": None,
        "firstTypeCode": "01",
        "firstTypeName": "公共安全",
        "secondTypeCode": "0103",
        "secondTypeName": "突发事件",
        "eventScopeCode": "1",
        "eventScopeName": "单个楼栋",
        "involvedPersons": [],
        "involvedCount": 0,
        "cityCode": "420102",
        "cityName": "江岸区",
        "streetCode": "420102400",
        "streetName": "百步亭花园",
        "communityCode": "420102400001",
        "communityName": "百步亭社区",
        "gridCode": "420102400001003",
        "gridName": "第一片区",
        "statusCode": "1",
        "statusName": "处理中",
    }
    assert (closed.told["statusName"], closed.told["finishTime"]) == ("已办结", "2026-03-11 09:00:00")
    assert closed.told["involvedPersons"] == [
        {"post": "楼栋长", "name": "骨**", "arriveTime": "2026-03-11 09:00:00"}
    ]
    assert opened.headers["authorization"] == "Token abc"
    assert is_signed(opened, to.secret)


def test_description_and_names_go_out_only_where_the_office_says_so(receiver: Receiver) -> None:
    home = coded()
    to = platform(home, receiver)
    mapped(to)
    incident = report(home.building)
    head = home.holder(home.building, Post.BUILDING_HEAD)
    arrival_stamp(incident=incident, post=Post.BUILDING_HEAD, arrived_at=NOW, now=NOW, cadre=head)
    deliver()
    assert "水管" not in receiver.requests[0].body.decode()
    assert head.name not in receiver.requests[0].body.decode()
    platform_set(community=home.place, platform=to, now=NOW, by=None, gives_summary=True, gives_names=True)
    incident_close(incident=incident, result="已处理", now=NOW)
    deliver()
    told = receiver.requests[1].told
    assert (told["eventDescription"], told["handleResult"]) == ("水管爆裂", "已处理")
    assert told["involvedPersons"][0]["name"] == head.name


def test_the_payload_is_kept_sealed(receiver: Receiver) -> None:
    home = coded()
    to = platform(home, receiver, gives_summary=True)
    mapped(to)
    report(home.building)
    deliver()
    assert "水管爆裂" in Delivery.objects.get().payload
    with connection.cursor() as cursor:
        cursor.execute("SELECT payload FROM api_delivery")
        stored = bytes(cursor.fetchone()[0])
    assert "水管".encode() not in stored
    assert b"eventName" not in stored


def test_what_lacks_a_code_is_held_until_it_is_complete(receiver: Receiver) -> None:
    home = community()
    to = platform(home, receiver)
    report(home.building)
    assert deliver() == 0
    held = Delivery.objects.get()
    assert held.state == DeliveryState.HELD
    for word in ("区代码", "街道代码", "社区代码", "网格代码", "“突发性事件”还没有事件对照"):
        assert word in held.last_failure
    assert receiver.requests == []
    units_load(district=("420102", "江岸区"), streets=[("420102400", "百步亭花园")])
    place_change(place=home.place, unit=AdministrativeUnit.objects.get(code="420102400"), code="420102400001")
    place_change(place=home.building, code="420102400001009")
    mapped(to)
    delivery_replay(delivery=held, now=NOW, by=None)
    assert deliver() == 1
    assert receiver.requests[0].told["gridName"] == "101栋"


def test_codes_that_do_not_stand_in_one_ladder_are_held(receiver: Receiver) -> None:
    home = coded()
    place_change(place=home.precincts[0], code="999999999999999")
    mapped(platform(home, receiver))
    report(home.building)
    assert deliver() == 0
    assert Delivery.objects.get().last_failure == "网格代码（15 位）应以社区代码（12 位）开头，请核对"


def test_a_platform_that_is_paused_is_told_nothing(receiver: Receiver) -> None:
    home = coded()
    mapped(platform(home, receiver, is_active=False))
    report(home.building)
    assert deliver() == 0
    assert not Delivery.objects.exists()


def test_only_a_community_reports_and_only_known_words_make_a_title(receiver: Receiver) -> None:
    home = community()
    with pytest.raises(ValidationError, match="请选择社区"):
        platform_set(community=home.building, name="区平台", url=receiver.url, now=NOW, by=None)
    assert not Platform.objects.exists()
    to = platform(home, receiver)
    with pytest.raises(ValidationError, match=r"不认识 \{姓名\}"):
        mapped(to, title="{姓名}的事件")
    assert not EventType.objects.exists()
