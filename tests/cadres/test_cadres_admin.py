"""Cadres, appointments, covers and party organisations in the admin, inside the clerk's scope."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from audit.models import AuditEvent
from baibuting.common.days import local_day
from cadres.choices import Post
from cadres.models import Appointment, Cadre, Cover, PartyOrganisation
from cadres.services import cover_start, organisation_create
from tests.factories import Community, appointment, cadre, clerk, community, user
from tests.pages import (
    add_url,
    errors_of,
    filter_labels,
    found_by,
    list_url,
    listed,
    object_url,
    picked,
    signed_in,
    superuser,
)

pytestmark = pytest.mark.django_db
HEAD = Post.BUILDING_HEAD


@pytest.fixture
def ours() -> Community:
    return community(staffed=False)


@pytest.fixture
def theirs() -> Community:
    return community("隔壁社区", staffed=False)


@pytest.fixture
def lee(ours: Community) -> User:
    return clerk(ours.place)


@pytest.fixture
def client(lee: User) -> Client:
    return signed_in(lee)


@pytest.fixture
def today() -> date:
    return local_day(timezone.now())


def person(place: Any, **changes: Any) -> dict[str, Any]:
    return {"community": place.pk, "name": "单秀英", "phone": "13900000001", "account": "", **changes}


def test_it_works(ours: Community, client: Client) -> None:
    assert errors_of(client.post(add_url(Cadre), person(ours.place, is_party_member="on"))) == {}
    made = Cadre.objects.get()
    assert (made.name_initials, made.phone, made.is_party_member) == ("sxy", "13900000001", True)
    held = {
        "cadre": made.pk,
        "post": HEAD,
        "place": ours.building.pk,
        "organisation": "",
        "started_on": "2026-01-01",
    }
    assert errors_of(client.post(add_url(Appointment), held)) == {}
    assert found_by(client, Cadre, "sxy") == found_by(client, Cadre, "秀英") == [made]
    assert [row.cadre for row in found_by(client, Appointment, "SX")] == [made]
    assert [row.cadre for row in found_by(client, Appointment, "怡康苑 101")] == [made]
    page = client.get(list_url(Cadre)).content.decode()
    assert "139****0001" in page
    assert "13900000001" not in page
    assert "怡康苑 第一片区 101栋 楼栋长" in page


def test_a_phone_stays_masked_until_it_is_typed_anew(ours: Community, client: Client) -> None:
    one = cadre(ours.place, name="王建国")
    phone = one.phone
    page = client.get(object_url(one)).content.decode()
    assert phone not in page
    sent = {"name": "王建国", "phone": f"199****{phone[-4:]}", "account": "", "is_party_member": "on"}
    assert errors_of(client.post(object_url(one), sent)) == {}
    one.refresh_from_db()
    assert (one.phone, one.is_party_member) == (phone, True)
    assert AuditEvent.objects.get().fields == ["is_party_member"]
    assert errors_of(client.post(object_url(one), sent | {"phone": "13911112222"})) == {}
    one.refresh_from_db()
    assert one.phone == "13911112222"
    assert "phone" in errors_of(client.post(object_url(one), sent | {"phone": "1391"}))
    assert errors_of(client.post(object_url(one), sent | {"phone": ""})) == {}
    one.refresh_from_db()
    assert one.phone == ""


def test_a_registered_person_is_not_registered_again(ours: Community, client: Client) -> None:
    client.post(add_url(Cadre), person(ours.place))
    assert "已有同名同电话" in str(errors_of(client.post(add_url(Cadre), person(ours.place))))
    assert Cadre.objects.count() == 1


def test_an_account_is_typed_and_given_once(ours: Community, lee: User, client: Client) -> None:
    wang = user("wang", phone="13800000001")
    assert (
        errors_of(client.post(add_url(Cadre), person(ours.place, phone="13800000001", account="13800000001")))
        == {}
    )
    assert Cadre.objects.get().user == wang
    user("chen", role=Role.SYSTEM_ADMIN)
    superuser()
    for account, said in (
        ("wang", "已关联另一位"),
        ("nobody", "没有找到"),
        ("chen", "没有找到"),
        ("root", "没有找到"),
        (lee.username, "不能关联自己"),
    ):
        response = client.post(add_url(Cadre), person(ours.place, name="另一人", account=account))
        assert said in str(errors_of(response)), account
    assert Cadre.objects.count() == 1


def test_a_quarters_clerk_hands_out_no_accounts_and_registers_nobody_alone(ours: Community) -> None:
    one = appointment(ours.building, HEAD).cadre
    user("wang")
    client = signed_in(clerk(ours.quarters[0], "quarter"))
    assert listed(client, Cadre) == [one]
    sent = {"name": one.name, "phone": "", "account": "wang"}
    assert errors_of(client.post(object_url(one), sent)) == {}
    one.refresh_from_db()
    assert one.user is None
    assert client.get(add_url(Cadre)).status_code == 403


def test_nothing_of_another_community(ours: Community, theirs: Community, client: Client) -> None:
    stranger = cadre(theirs.place, name="外人甲")
    held = appointment(theirs.building, HEAD, cadre=stranger)
    organisation = organisation_create(community=theirs.place, kind="committee", name="隔壁党委", places=[])
    for model in (Cadre, Appointment, Cover, PartyOrganisation):
        assert listed(client, model) == []
        assert "隔壁" not in str(filter_labels(client, model))
    assert found_by(client, Cadre, "外人甲") == []
    assert picked(client, Appointment, "cadre", "外人") == []
    assert picked(client, Appointment, "place", "隔壁") == []
    for row in (stranger, held, organisation):
        assert client.get(object_url(row)).status_code == 404
        assert client.post(object_url(row), {}).status_code == 404
    for page in ("end", "hand-over", "cover"):
        assert client.post(object_url(held, page), {}).status_code == 404
    sent = {"cadre": stranger.pk, "post": HEAD, "place": theirs.building.pk, "organisation": organisation.pk}
    refused = errors_of(client.post(add_url(Appointment), sent | {"started_on": "2026-01-01"}))
    assert set(refused) == {"cadre", "place", "organisation"}
    assert list(errors_of(client.post(add_url(Cadre), person(theirs.place)))) == ["community"]
    assert Appointment.objects.count() == 1


def test_namesakes_are_told_apart_in_a_picker(ours: Community, client: Client) -> None:
    appointment(ours.building, HEAD, cadre=cadre(ours.place, name="王建国"))
    cadre(ours.place, name="王建国")
    labels = picked(client, Appointment, "cadre", "wjg")
    assert len(set(labels)) == 2
    assert all("****" in label for label in labels)
    assert sum("楼栋长" in label for label in labels) == 1


def test_leaving(ours: Community, client: Client, today: date) -> None:
    held = appointment(ours.building, HEAD)
    refused = errors_of(
        client.post(object_url(held, "end"), {"ended_on": today.isoformat(), "end_reason": ""})
    )
    assert list(refused) == ["end_reason"]
    early = {"ended_on": "2019-01-01", "end_reason": "term"}
    assert "不能早于任职日期" in str(errors_of(client.post(object_url(held, "end"), early)))
    held.refresh_from_db()
    assert held.ended_on is None
    yesterday = today - timedelta(days=1)
    sent = {"ended_on": yesterday.isoformat(), "end_reason": "term"}
    assert errors_of(client.post(object_url(held, "end"), sent)) == {}
    assert listed(client, Appointment, state="over") == [held]
    assert listed(client, Appointment, state="held") == []
    assert client.get(object_url(held, "end")).status_code == 302  # nothing left to end
    assert "已经结束" in str(errors_of(client.post(object_url(held, "end"), sent)))


def test_handing_over(ours: Community, theirs: Community, client: Client, today: date) -> None:
    held, new = appointment(ours.building, HEAD), cadre(ours.place)
    page = object_url(held, "hand-over")
    stranger = {"to_cadre": cadre(theirs.place).pk, "on": today.isoformat()}
    assert list(errors_of(client.post(page, stranger))) == ["to_cadre"]
    himself = {"to_cadre": held.cadre_id, "on": today.isoformat()}
    assert errors_of(client.post(page, himself)) == {"to_cadre": ["接任人不能是本人。"]}
    assert list(errors_of(client.post(page, {"to_cadre": new.pk, "on": "2020-01-01"}))) == ["on"]
    assert Appointment.objects.count() == 1
    assert errors_of(client.post(page, {"to_cadre": new.pk, "on": today.isoformat()})) == {}
    assert Appointment.objects.get(ended_on=None).cadre == new
    event = AuditEvent.objects.get()
    assert (event.object_id, event.fields[0]) == (str(held.pk), "hand-over")


def test_leave_and_stand_in(ours: Community, client: Client, today: date) -> None:
    held, stand_in = appointment(ours.building, HEAD), cadre(ours.place, name="代班人")
    until = today + timedelta(days=7)
    sent = {
        "stand_in": stand_in.pk,
        "from_on": today.isoformat(),
        "until_on": until.isoformat(),
        "reason": "探亲",
    }
    assert errors_of(client.post(object_url(held, "cover"), sent)) == {}
    assert listed(client, Appointment, state="covered") == [held]
    assert "代班人代管" in client.get(list_url(Appointment)).content.decode()
    assert "探亲" in client.get(object_url(held)).content.decode()
    assert "已经安排" in str(errors_of(client.post(object_url(held, "cover"), sent)))
    cover = Cover.objects.get()
    assert listed(client, Cover, state="now") == found_by(client, Cover, "dbr") == [cover]
    late = {"until_on": (until + timedelta(days=1)).isoformat()}
    assert list(errors_of(client.post(object_url(cover, "end"), late))) == ["until_on"]
    assert errors_of(client.post(object_url(cover, "end"), {"until_on": today.isoformat()})) == {}
    cover.refresh_from_db()
    assert cover.until_on == today
    assert client.post(object_url(cover), {"until_on": until.isoformat()}).status_code == 403


def test_only_the_first_day_of_an_appointment_is_changed_in_its_form(ours: Community, client: Client) -> None:
    held, other = appointment(ours.building, HEAD), cadre(ours.place)
    sent = {
        "started_on": "2021-05-01",
        "cadre": other.pk,
        "post": Post.HEALTH_WORKER,
        "ended_on": "2022-01-01",
    }
    assert errors_of(client.post(object_url(held), sent)) == {}
    before = held.cadre
    held.refresh_from_db()
    assert (held.started_on, held.cadre, held.post, held.ended_on) == (date(2021, 5, 1), before, HEAD, None)


def test_a_taken_post_is_refused_and_nothing_typed_is_lost(ours: Community, client: Client) -> None:
    appointment(ours.building, HEAD, cadre=cadre(ours.place, name="王建国"))
    sent = {"cadre": cadre(ours.place).pk, "post": HEAD, "place": ours.building.pk, "organisation": ""}
    response = client.post(add_url(Appointment), sent | {"started_on": "2026-02-03"})
    assert "王建国担任" in str(errors_of(response)["post"])
    assert "2026-02-03" in response.content.decode()
    assert Appointment.objects.count() == 1


def test_filters_of_appointments(ours: Community, client: Client) -> None:
    appointment(ours.buildings[0], HEAD)
    appointment(ours.buildings[7], HEAD)
    appointment(ours.buildings[7], Post.HEALTH_WORKER)
    assert len(listed(client, Appointment, post__exact=HEAD)) == 2
    assert len(listed(client, Appointment, quarter=ours.quarters[1].pk)) == 2
    assert len(listed(client, Appointment, quarter=ours.quarters[1].pk, post__exact=HEAD)) == 1
    assert listed(client, Appointment, precinct=ours.precincts[1].pk) == []
    assert len(listed(client, Cadre, quarter=ours.quarters[1].pk)) == 2
    idle = cadre(ours.place)
    assert listed(client, Cadre, serving="no") == [idle]


def test_an_organisation_and_its_places(ours: Community, theirs: Community, client: Client) -> None:
    committee = organisation_create(community=ours.place, kind="committee", name="社区党委", places=[])
    sent = {
        "community": ours.place.pk,
        "kind": "general_branch",
        "name": "康和党总支",
        "parent": committee.pk,
        "places": [ours.quarters[0].pk, ours.buildings[7].pk],
    }
    assert list(
        errors_of(client.post(add_url(PartyOrganisation), sent | {"places": [theirs.quarters[0].pk]}))
    ) == ["places"]
    assert errors_of(client.post(add_url(PartyOrganisation), sent)) == {}
    made = PartyOrganisation.objects.get(kind="general_branch")
    assert set(made.places.all()) == {ours.quarters[0], ours.buildings[7]}
    again = client.post(add_url(PartyOrganisation), sent | {"name": "安居党总支"})
    assert "已由康和党总支覆盖" in str(errors_of(again)["places"])
    assert PartyOrganisation.objects.count() == 2
    change = {"name": "康和总支", "parent": "", "places": [ours.quarters[1].pk]}
    assert errors_of(client.post(object_url(made), change)) == {}
    made.refresh_from_db()
    assert (made.name, made.parent, list(made.places.all())) == ("康和总支", None, [ours.quarters[1]])
    page = client.get(list_url(PartyOrganisation)).content.decode()
    assert "空缺" in page
    assert "1 处" in page


def test_a_cover_is_seen_where_its_post_is(ours: Community, today: date) -> None:
    for building in (ours.buildings[0], ours.buildings[7]):
        held = appointment(building, HEAD)
        cover_start(appointment=held, stand_in=cadre(ours.place), from_on=today, until_on=today)
    client = signed_in(clerk(ours.quarters[0], "quarter"))
    assert [cover.appointment.place for cover in listed(client, Cover)] == [ours.buildings[0]]
