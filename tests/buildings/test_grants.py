"""Who works for which place: given and taken back in the admin, each time with an audit row."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from audit.models import AuditEvent
from baibuting.common.days import local_day
from buildings.models import Place, PlaceGrant
from cadres.selectors import scope_for
from tests.factories import Community, clerk, community, user
from tests.pages import (
    add_url,
    errors_of,
    found_by,
    list_url,
    listed,
    object_url,
    picked,
    signed_in,
    superuser,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours() -> Community:
    return community(staffed=False)


@pytest.fixture
def chen(ours: Community) -> User:
    """The security administrator of the community."""
    account = user("chen", role=Role.SECURITY_ADMIN)
    PlaceGrant.objects.create(user=account, place=ours.place)
    return account


@pytest.fixture
def lee() -> User:
    return user("lee", role=Role.OFFICE, name="李敏")


def may_see(account: User, place: Place) -> bool:
    return scope_for(account, today=local_day(timezone.now())).covers(place.path)


def test_it_works(ours: Community, chen: User, lee: User) -> None:
    client = signed_in(chen)
    sent = {"user": lee.pk, "place": ours.quarters[0].pk, "until_on": ""}
    assert errors_of(client.post(add_url(PlaceGrant), sent)) == {}
    grant = PlaceGrant.objects.get(user=lee)
    assert may_see(lee, ours.building)
    event = AuditEvent.objects.get()
    assert (event.user, event.action, event.community_id) == (chen, "permission", ours.place.pk)
    assert grant in listed(client, PlaceGrant, state="open")
    assert errors_of(client.post(object_url(grant, "end"), {})) == {}
    assert not may_see(lee, ours.building)
    assert listed(client, PlaceGrant, state="over") == [grant]
    assert AuditEvent.objects.count() == 2
    assert "无需收回" in str(errors_of(client.post(object_url(grant, "end"), {})))


def test_a_last_day_is_set_and_not_in_the_past(ours: Community, chen: User, lee: User) -> None:
    grant = PlaceGrant.objects.create(user=lee, place=ours.place)
    client, today = signed_in(chen), local_day(timezone.now())
    past = client.post(object_url(grant), {"until_on": (today - timedelta(days=1)).isoformat()})
    assert "已经过去" in str(errors_of(past))
    assert errors_of(client.post(object_url(grant), {"until_on": today.isoformat()})) == {}
    grant.refresh_from_db()
    assert grant.until_on == today


def test_nobody_opens_doors_for_himself(ours: Community, chen: User) -> None:
    response = signed_in(chen).post(
        add_url(PlaceGrant), {"user": chen.pk, "place": ours.quarters[0].pk, "until_on": ""}
    )
    assert errors_of(response) == {"user": ["不能给自己开通工作范围，请由另一位管理员办理。"]}
    assert PlaceGrant.objects.count() == 1


def test_an_administrator_grants_what_lies_in_his_own_scope(ours: Community, chen: User, lee: User) -> None:
    theirs = community("隔壁社区", staffed=False)
    client = signed_in(chen)
    sent = {"user": lee.pk, "place": theirs.place.pk, "until_on": ""}
    assert "place" in errors_of(client.post(add_url(PlaceGrant), sent))
    assert picked(client, PlaceGrant, "place", "隔壁") == []
    foreign = PlaceGrant.objects.create(user=lee, place=theirs.place)
    assert foreign not in listed(client, PlaceGrant)
    assert client.post(object_url(foreign, "end"), {}).status_code == 404
    foreign.refresh_from_db()
    assert foreign.until_on is None


def test_superusers_need_no_grant_and_are_not_offered(ours: Community, chen: User) -> None:
    root = superuser()
    client = signed_in(chen)
    assert picked(client, PlaceGrant, "user", "root") == []
    sent = {"user": root.pk, "place": ours.place.pk, "until_on": ""}
    assert "user" in errors_of(client.post(add_url(PlaceGrant), sent))
    assert not PlaceGrant.objects.filter(user=root).exists()


def test_accounts_are_found_by_name(ours: Community, chen: User, lee: User) -> None:
    client = signed_in(chen)
    assert picked(client, PlaceGrant, "user", "李敏") == ["李敏（lee，社区工作者）"]
    grant = PlaceGrant.objects.create(user=lee, place=ours.place)
    assert found_by(client, PlaceGrant, "李敏") == [grant]


def test_a_clerk_grants_nothing(ours: Community, lee: User) -> None:
    client = signed_in(clerk(ours.place))
    assert client.get(list_url(PlaceGrant)).status_code == 403
    sent = {"user": lee.pk, "place": ours.place.pk, "until_on": ""}
    assert client.post(add_url(PlaceGrant), sent).status_code == 403
    assert PlaceGrant.objects.count() == 1


def test_a_typed_word_never_stands_in_an_address(ours: Community, chen: User) -> None:
    """Pickers ask by POST alone."""
    client = signed_in(chen)
    asked = {"app_label": "buildings", "model_name": "placegrant", "field_name": "user", "term": "李敏"}
    assert client.get("/admin/autocomplete/", asked).status_code == 405
