"""The audit trail: written by what people do in the admin, read by the auditor, changed by nobody."""

from __future__ import annotations

import pytest

from accounts.choices import Role
from accounts.models import User
from audit.models import AuditEvent
from buildings.models import Place, PlaceGrant
from tests.factories import Community, clerk, community, user
from tests.pages import add_url, list_url, listed, object_url, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours() -> Community:
    return community(staffed=False)


@pytest.fixture
def auditor(ours: Community) -> User:
    account = user("zhou", role=Role.AUDITOR)
    PlaceGrant.objects.create(user=account, place=ours.place)
    return account


def change_remark(account: User, place: Place, remark: str) -> None:
    response = signed_in(account).post(object_url(place), {"name": place.name, "code": "", "remark": remark})
    assert response.status_code == 302


def test_it_works(ours: Community, auditor: User) -> None:
    lee = clerk(ours.place)
    change_remark(lee, ours.building, "加装电梯")
    event = AuditEvent.objects.get()
    assert (event.user, event.role, event.action, event.fields) == (lee, "office", "change", ["remark"])
    assert "加装电梯" not in str(AuditEvent.objects.values())
    page = signed_in(auditor).get(list_url(AuditEvent)).content.decode()
    assert all(word in page for word in ("社区办李敏", "修改", "楼栋与区域", "备注"))


def test_it_is_looked_at_only(ours: Community, auditor: User) -> None:
    change_remark(clerk(ours.place), ours.building, "加装电梯")
    client, event = signed_in(auditor), AuditEvent.objects.get()
    assert client.get(object_url(event)).status_code == 200
    assert client.post(object_url(event), {"reason": "x"}).status_code == 403
    assert client.get(add_url(AuditEvent)).status_code == 403
    assert client.post(object_url(event, "delete"), {"post": "yes"}).status_code == 403
    assert AuditEvent.objects.get() == event


def test_another_communitys_rows_are_not_listed(ours: Community, auditor: User) -> None:
    theirs = community("隔壁社区", staffed=False)
    change_remark(clerk(theirs.place, "theirs"), theirs.building, "甲")
    change_remark(clerk(ours.place, "ours"), ours.building, "乙")
    client = signed_in(auditor)
    assert [event.community_id for event in listed(client, AuditEvent)] == [ours.place.pk]
    foreign = AuditEvent.objects.get(community_id=theirs.place.pk)
    assert client.get(object_url(foreign)).status_code == 404


def test_an_auditor_sees_nothing_else(ours: Community, auditor: User) -> None:
    client = signed_in(auditor)
    assert client.get(list_url(Place)).status_code == 403
    assert client.get(object_url(ours.building)).status_code == 403
    assert client.get(list_url(User)).status_code == 403
