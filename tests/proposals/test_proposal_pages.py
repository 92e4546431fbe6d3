"""Proposals on the phone and in the box: reported with few taps, decided by the office, read by whoever reported."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from cadres.choices import Post
from proposals.models import Proposal
from residents.models import CareRecord, Resident
from tests.factories import Community, category, clerk, resident
from tests.pages import signed_in
from tests.phone.conftest import head, home, record
from tests.phone.entries import made, send
from tests.visits.people import NOW, signed_in_as, text_of

__all__ = ["head", "home", "record"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def office(home: Community) -> Client:
    return signed_in(clerk(home.place))


def rows() -> list[Proposal]:
    return list(Proposal.objects.unscoped("of this test").order_by("pk"))


def died(record: CareRecord, **fields: str) -> dict[str, Any]:
    return made(
        "proposal", NOW, **{"resident": str(record.resident_id), "change": "died", "on": "", **fields}
    )


def newcomer(home: Community, **fields: str) -> dict[str, Any]:
    given = {
        "change": "new", "building": str(home.building.pk), "name": "闻人月", "entrance": "2", "room": "1601",
        "category": str(category("hardship").pk), "visited": "yes", "phone": "", "words": "一个人住",
    }  # fmt: skip
    return made("proposal", NOW, **{**given, **fields})


def test_it_works(record: CareRecord, head: Client, office: Client) -> None:
    assert send(head, died(record))[0] == 201
    [proposal] = rows()
    assert proposal.values.on == NOW.date()
    for url in ("/m/", f"/m/people/{record.resident_id}/", f"/m/visit/{record.resident_id}/"):
        assert "已上报去世，等社区办核对，核对前不用上门" in text_of(head, url), url
    assert "共 1 条" in text_of(office, "/proposals/")
    page = text_of(office, f"/proposals/{proposal.pk}/")
    assert record.resident.name in page
    assert 'value="2026-03-11"' in page
    assert office.post(f"/proposals/{proposal.pk}/accept/", {"on": "2026-03-11"}).status_code == 302
    assert "已采纳" in text_of(head, "/m/proposals/")
    assert f"/m/visit/{record.resident_id}/" not in text_of(head, "/m/")
    assert "共 0 条" in text_of(office, "/proposals/")


def test_declined_the_phone_says_why(record: CareRecord, head: Client, office: Client) -> None:
    send(head, died(record))
    [proposal] = rows()
    url = f"/proposals/{proposal.pk}/decline/"
    assert office.post(url, {"answer": ""}).status_code == 422
    assert rows()[0].decided_at is None
    assert office.post(url, {"answer": "电话核实，在女儿家"}).status_code == 302
    assert "未采纳：电话核实，在女儿家" in text_of(head, "/m/proposals/")
    assert "已上报去世" not in text_of(head, "/m/")
    late = office.post(f"/proposals/{proposal.pk}/accept/", {"on": "2026-03-11"})
    assert late.status_code == 422
    assert "处理过（未采纳）" in late.content.decode()


def test_somebody_new(home: Community, head: Client, office: Client) -> None:
    assert "有人该列入必访：新增对象" in text_of(head, "/m/building/")
    assert send(head, newcomer(home))[0] == 201
    [proposal] = rows()
    page = text_of(office, f"/proposals/{proposal.pk}/")
    assert "闻人月" in page
    assert "采纳后按当时记入走访" in page
    typed = {
        "on": "2026-03-11", "name": "闻人月", "entrance": "2", "room": "1601", "phone": "",
        "category": category("hospital").pk,
    }  # fmt: skip
    assert office.post(f"/proposals/{proposal.pk}/accept/", {**typed, "name": ""}).status_code == 422
    assert not Resident.objects.unscoped("of this test").exists()
    assert office.post(f"/proposals/{proposal.pk}/accept/", typed).status_code == 302
    assert CareRecord.objects.unscoped("of this test").get().category == category("hospital")


def test_a_number_is_masked_until_somebody_looks(record: CareRecord, head: Client, office: Client) -> None:
    send(head, died(record, change="phone", phone="13812345678", words="新号"))
    [proposal] = rows()
    url = f"/proposals/{proposal.pk}/"
    page = text_of(office, url)
    assert "13812345678" not in page
    assert "新号" not in page
    assert "138****5678" in page
    looked = office.post(f"{url}words/").content.decode()
    assert "13812345678" in looked
    assert "新号" in looked
    assert office.post(f"{url}accept/", {"phone": ""}).status_code == 302
    record.resident.refresh_from_db()
    assert record.resident.phone == "13812345678"


def test_what_a_service_refuses_is_said_at_the_form(record: CareRecord, head: Client, office: Client) -> None:
    send(head, died(record, on="2026-02-01"))
    [proposal] = rows()
    refused = office.post(f"/proposals/{proposal.pk}/accept/", {"on": "2026-02-01"})
    assert refused.status_code == 422
    assert "早于在册记录的纳入日期" in refused.content.decode()
    assert rows()[0].decided_at is None


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"change": "nonsense"}, "有什么变化"),
        ({"resident": ""}, "没有写明是谁"),
        ({"on": "2026-03-12"}, "不能晚于今天"),
        ({"on": "2025-03-12"}, "打电话告诉社区办"),
        ({"change": "phone"}, "请写电话号码"),
        ({"change": "kin", "phone": "13812345678"}, "请写家人的姓名"),
        ({"change": "new"}, "哪一栋楼"),
    ],
)
def test_what_is_wrong_is_said_and_kept(
    record: CareRecord, head: Client, changed: dict[str, str], words: str
) -> None:
    entry = died(record, **changed)
    status, answer = send(head, entry)
    assert (status, rows()) == (422, [])
    assert words in answer["message"]
    page = head.post("/m/proposals/", {**entry["fields"], "kind": "proposal"})
    assert (page.status_code, rows()) == (422, [])
    assert words in page.content.decode()


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"name": ""}, "请写姓名"), ({"name": "长" * 51}, "最多 50 个字"), ({"category": ""}, "请选择类别")],
)
def test_somebody_new_is_said_whole(
    home: Community, head: Client, changed: dict[str, str], words: str
) -> None:
    status, answer = send(head, newcomer(home, **changed))
    assert (status, rows()) == (422, [])
    assert words in answer["message"]


def test_of_strangers_nothing(home: Community, record: CareRecord, head: Client, office: Client) -> None:
    strange = resident(home.buildings[-1], now=NOW)
    assert send(head, died(record, resident=str(strange.pk)))[0] == 422
    assert send(head, newcomer(home, building=str(home.buildings[-1].pk)))[0] == 422
    assert rows() == []
    send(head, died(record))
    [proposal] = rows()
    for act in ("", "accept/", "decline/", "words/"):
        assert head.post(f"/proposals/{proposal.pk}/{act}").status_code in (404, 405), act
    secretary = signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)
    assert secretary.get(f"/proposals/{proposal.pk}/").status_code == 404
    assert secretary.get("/proposals/").status_code == 404


def test_by_a_plain_form_and_on_the_page_mine(record: CareRecord, head: Client) -> None:
    fields = {"resident": record.resident_id, "change": "hospital", "kind": "proposal", "on": ""}
    assert head.post("/m/proposals/", fields).status_code == 302
    assert "还有 1 条等社区办核对" in text_of(head, "/m/mine/")
    assert "等社区办核对" in text_of(head, "/m/proposals/")
