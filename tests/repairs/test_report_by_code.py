"""`/b/<code>/repair/`: anybody before the board reports, without account, session, cookie or script."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from baibuting.common.public import form_token
from buildings.services import place_code_of, place_code_renew
from repairs.choices import Channel, Spot, Stage, Urgency
from repairs.models import RepairOrder, RepairPicture
from tests.factories import Community, community, moment
from tests.repairs.orders import report

pytestmark = pytest.mark.django_db

NOW = moment("2026-11-23T09:00")


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def code(home: Community) -> str:
    return place_code_of(place=home.building, now=NOW)


def photo(side: int = 40) -> SimpleUploadedFile:
    kept = BytesIO()
    Image.new("RGB", (side, side), "gray").save(kept, "JPEG")
    return SimpleUploadedFile("1.jpg", kept.getvalue(), content_type="image/jpeg")


def token(code: str, at: datetime = NOW - timedelta(seconds=10)) -> str:
    return form_token(purpose="repair", payload=code, now=at)


def filled(code: str, **change: Any) -> dict[str, Any]:
    form = {"token": token(code), "spot": Spot.OPEN_FLOOR, "summary": "第三级台阶开裂", **change}
    return {name: value for name, value in form.items() if value is not None}


def send(code: str, **change: Any) -> Any:
    return Client(enforce_csrf_checks=True).post(f"/b/{code}/repair/", filled(code, **change))


def orders() -> list[RepairOrder]:
    return list(RepairOrder.objects.unscoped("a test").order_by("pk"))


def test_it_works(home: Community, code: str) -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.get(f"/b/{code}/repair/")
    assert page.status_code == 200
    assert len(page.content) < 60 * 1024
    assert b"<script" not in page.content
    found = re.search(r'name="token" value="([^"]+)"', page.content.decode())
    assert found is not None
    answer = client.post(f"/b/{code}/repair/", filled(code, photos=[photo(), photo()], is_urgent="on"))
    (order,) = orders()
    assert answer.status_code == 302
    assert answer["Location"] == f"/r/{order.code}/?new=1"
    assert (order.building, order.summary) == (home.building, "第三级台阶开裂")
    assert (order.urgency, order.channel) == (Urgency.URGENT, Channel.CODE)
    assert RepairPicture.objects.unscoped("a test").filter(order=order).count() == 2
    shown = client.get(answer["Location"])
    assert order.code in shown.content.decode()
    for one in (page, answer, shown):
        assert not one.cookies
        assert not client.session.keys()
    assert shown["X-Robots-Tag"].startswith("noindex")


def test_the_board_leads_there(home: Community, code: str) -> None:
    page = Client().get(f"/b/{code}/").content.decode()
    assert f"/b/{code}/repair/" in page
    assert f"/b/{code}/repairs/" in page


def test_a_number_is_left_by_two_ticks(home: Community, code: str) -> None:
    refused = send(code, phone="13971234567")
    assert refused.status_code == 400
    assert "勾选“社区可以打这个电话联系我”" in refused.content.decode()
    assert orders() == []
    send(code, phone="139 7123 4567", may_call="on")
    send(code, phone="13971234567", may_call="on", property_may_call="on")
    assert [(one.reporter_phone, one.shares_phone_with_property) for one in orders()] == [
        ("13971234567", False),
        ("13971234567", True),
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"summary": None}, "请写明坏成什么样"),
        ({"summary": "坏" * 201}, "最多写 200 个字"),
        ({"spot": None}, "请选择是哪个部位坏了"),
        ({"spot": "moon"}, "请"),
        ({"phone": "12", "may_call": "on"}, "电话"),
        ({"token": "nonsense"}, "页面已经失效"),
        ({"token": None}, "页面已经失效"),
    ],
)
def test_what_is_wrong_is_said(home: Community, code: str, change: dict[str, Any], words: str) -> None:
    answer = send(code, **change)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert orders() == []


def test_what_was_typed_stays(home: Community, code: str) -> None:
    page = send(code, spot=None).content.decode()
    assert "第三级台阶开裂" in page


@pytest.mark.parametrize("at", [NOW, NOW - timedelta(hours=3)])
def test_a_form_too_young_or_too_old(home: Community, code: str, at: datetime) -> None:
    assert send(code, token=token(code, at)).status_code == 400
    assert orders() == []


def test_a_form_of_another_board_or_site(home: Community, code: str) -> None:
    other = place_code_of(place=home.buildings[1], now=NOW)
    assert send(code, token=token(other)).status_code == 400
    client = Client()
    data = filled(code)
    assert client.post(f"/b/{code}/repair/", data, HTTP_ORIGIN="https://elsewhere.example").status_code == 400
    assert orders() == []
    assert client.post(f"/b/{code}/repair/", data, HTTP_ORIGIN="http://testserver").status_code == 302


def test_what_is_no_picture_makes_no_order(home: Community, code: str) -> None:
    bad = SimpleUploadedFile("1.jpg", b"no picture", content_type="image/jpeg")
    answer = send(code, photos=[photo(), bad])
    assert answer.status_code == 400
    assert "打不开" in answer.content.decode()
    assert orders() == []
    assert send(code, photos=[photo() for _ in range(4)]).status_code == 400
    assert orders() == []


def test_a_bomb_is_refused(home: Community, code: str) -> None:
    kept = BytesIO()
    Image.new("1", (9000, 9000)).save(kept, "PNG")
    bomb = SimpleUploadedFile("1.png", kept.getvalue(), content_type="image/png")
    answer = send(code, photos=[bomb])
    assert answer.status_code == 400
    assert "像素太多" in answer.content.decode()
    assert orders() == []


def test_twenty_a_day(home: Community, code: str) -> None:
    for _ in range(20):
        assert send(code).status_code == 302
    answer = send(code)
    assert answer.status_code == 400
    assert "值班电话" in answer.content.decode()
    assert len(orders()) == 20


def test_a_dead_code(home: Community, code: str) -> None:
    place_code_renew(place=home.building, by=None, now=NOW)
    for path in (f"/b/{code}/repair/", f"/b/{code}/repairs/", "/r/nosuchcode/"):
        assert Client().get(path).status_code == 404
    assert send(code).status_code == 404
    assert orders() == []


def test_others_met_with_it(home: Community, code: str) -> None:
    order = report(home, summary="楼上张三的水管漏水")
    far = report(home, building=home.buildings[1])
    page = Client().get(f"/b/{code}/repair/").content.decode()
    assert "架空层" in page
    assert "张三" not in page
    client = Client(enforce_csrf_checks=True)
    answer = client.post(f"/b/{code}/repair/", {"token": token(code), "also": order.pk})
    assert (answer.status_code, bool(answer.cookies)) == (302, False)
    assert client.post(f"/b/{code}/repair/", {"token": token(code), "also": far.pk}).status_code == 404
    assert client.post(f"/b/{code}/repair/", {"token": token(code), "also": "x"}).status_code == 404
    assert [one.also_count for one in orders()] == [1, 0]


def test_the_building_reads_how_it_goes(home: Community, code: str) -> None:
    order = report(home, summary="楼上张三的水管漏水")
    page = Client().get(f"/b/{code}/repairs/").content.decode()
    assert "架空层" in page
    assert Stage.REPORTED.label in page
    assert "张三" not in page
    assert order.code not in page
