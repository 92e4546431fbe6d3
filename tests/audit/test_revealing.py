"""Sealed columns open for a reason, a bounded number of times, and never without a row in the audit trail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from audit.choices import Action
from audit.models import AuditEvent
from audit.revealing import ALARM_AT, REVEALS_AN_HOUR, sealed_reveal
from residents.models import Resident
from tests.factories import Community, clerk, community, resident, user
from tests.pages import object_url, signed_in

pytestmark = pytest.mark.django_db

PHONE = "13912345678"


@pytest.fixture
def home() -> Community:
    return community(staffed=False)


@pytest.fixture
def lee(home: Community) -> User:
    return clerk(home.place)


@pytest.fixture
def person(home: Community, now: datetime) -> Resident:
    return resident(home.building, now=now, name="高强", phone=PHONE, notes="行动不便")


def reveal(person: Resident, lee: User, now: datetime, **more: Any) -> dict[str, str]:
    return sealed_reveal(
        row=person, fields=["phone"], reason=more.pop("reason", "核对低保申请"), user=lee, now=now, **more
    )


def test_it_works(person: Resident, lee: User, now: datetime) -> None:
    assert reveal(person, lee, now) == {"phone": PHONE}
    event = AuditEvent.objects.get()
    assert (event.user, event.action, event.object_type, event.object_id) == (
        lee, "reveal", "residents.resident", str(person.pk)
    )  # fmt: skip
    assert (event.fields, event.reason, event.community_id) == (
        ["phone"],
        "核对低保申请",
        person.community_id,
    )
    assert PHONE not in str(event.__dict__)


def test_a_reason_is_asked_for(person: Resident, lee: User, now: datetime) -> None:
    with pytest.raises(ValidationError, match="请写明查看原因"):
        reveal(person, lee, now, reason=" 看看 ")
    assert not AuditEvent.objects.exists()


def test_what_is_rolled_back_leaves_no_row_and_shows_nothing(
    person: Resident, lee: User, now: datetime
) -> None:
    with transaction.atomic():
        reveal(person, lee, now)
        transaction.set_rollback(True)
    assert not AuditEvent.objects.exists()


def test_so_many_an_hour_and_no_more(person: Resident, lee: User, now: datetime) -> None:
    for _ in range(REVEALS_AN_HOUR):
        reveal(person, lee, now)
    with pytest.raises(ValidationError, match="一小时内最多"):
        reveal(person, lee, now + timedelta(minutes=59))
    assert AuditEvent.objects.filter(action=Action.REVEAL).count() == REVEALS_AN_HOUR
    reveal(person, lee, now + timedelta(minutes=61))


def test_a_great_many_raise_one_alarm_an_hour_which_the_auditor_sees(
    person: Resident, lee: User, now: datetime
) -> None:
    now = timezone.now()
    for _ in range(ALARM_AT - 1):
        reveal(person, lee, now)
    assert not AuditEvent.objects.filter(action=Action.ALARM).exists()
    for _ in range(3):
        reveal(person, lee, now)
    alarm = AuditEvent.objects.get(action=Action.ALARM)
    assert (alarm.user, alarm.row_count, alarm.object_id) == (lee, ALARM_AT, "")
    nav = signed_in(user("shen", role=Role.AUDITOR)).get("/admin/").context["nav"]
    assert [item["count"] for item in nav if item["label"] == "审计记录"] == [1]


def test_the_page_shows_the_values_once(person: Resident, lee: User) -> None:
    client = signed_in(lee)
    asked = client.get(object_url(person, "reveal"))
    assert PHONE not in asked.content.decode()
    answer = client.post(object_url(person, "reveal"), {"reason": "核对低保申请"})
    shown = answer.content.decode()
    assert (PHONE in shown, "行动不便" in shown) == (True, True)
    assert "no-store" in answer["Cache-Control"]
    assert AuditEvent.objects.get().fields == ["phone", "notes"]
    assert PHONE not in client.get(object_url(person)).content.decode()


def test_the_page_without_a_reason_shows_nothing(person: Resident, lee: User) -> None:
    answer = signed_in(lee).post(object_url(person, "reveal"), {"reason": ""})
    assert PHONE not in answer.content.decode()
    assert not AuditEvent.objects.exists()


def test_somebody_next_door_is_not_there(person: Resident) -> None:
    stranger = clerk(community("隔壁社区", staffed=False).place, "stranger")
    answer = signed_in(stranger).post(object_url(person, "reveal"), {"reason": "核对低保申请"})
    assert answer.status_code == 404
    assert not AuditEvent.objects.exists()
