"""E-mails for escalations: at least once, every attempt recorded, nothing personal in them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.db import transaction

from cadres.choices import Post
from duties import delivery
from duties.delivery import notices_deliver
from duties.models import NoticeDelivery
from tests.duties.steps import sweep_at
from tests.factories import Community, care_record, community, moment, user

pytestmark = pytest.mark.django_db
AT = moment("2026-03-05T00:01")


@pytest.fixture
def home() -> Community:
    """Two people of one building overdue; the 党小组长 has an address."""
    made = community()
    leader = made.holder(made.building, Post.PARTY_GROUP_LEADER)
    leader.user = user("leader", email="leader@example.invalid")
    leader.save()
    for _ in range(2):
        care_record(made.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    sweep_at("2026-03-05T00:00")
    return made


def owed(home: Community) -> Any:
    leader = home.holder(home.building, Post.PARTY_GROUP_LEADER)
    return NoticeDelivery.objects.filter(cadre=leader)


def refuse(monkeypatch: pytest.MonkeyPatch, error: Exception | None) -> None:
    def send(*args: Any, **options: Any) -> None:
        raise error or AssertionError

    monkeypatch.setattr(delivery, "send_mail", send)


def test_it_works(home: Community) -> None:
    assert notices_deliver(now=AT) == 2
    (message,) = mail.outbox
    assert message.to == ["leader@example.invalid"]
    assert "2 件" in message.subject
    assert set(owed(home).values_list("attempts", "sent_at", "next_attempt_at")) == {(1, AT, None)}


def test_nothing_personal_is_in_it(home: Community) -> None:
    notices_deliver(now=AT)
    text = mail.outbox[0].subject + str(mail.outbox[0].body)
    assert "居民" not in text
    assert "孤寡" not in text
    assert home.building.name in text


def test_what_was_sent_is_not_sent_again(home: Community) -> None:
    notices_deliver(now=AT)
    assert notices_deliver(now=AT + timedelta(days=1)) == 0
    assert len(mail.outbox) == 1


def test_a_server_that_refuses_is_tried_again_later(home: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        refuse(patch, SMTPServerDisconnected("gone"))
        assert notices_deliver(now=AT) == 0
        first = owed(home).first()
        assert (first.attempts, first.sent_at, first.last_failure) == (1, None, "SMTPServerDisconnected")
        assert first.next_attempt_at == AT + timedelta(minutes=2)
        notices_deliver(now=AT + timedelta(minutes=2))
        assert owed(home).first().next_attempt_at == AT + timedelta(minutes=6)
    assert notices_deliver(now=AT + timedelta(minutes=5)) == 0
    assert notices_deliver(now=AT + timedelta(minutes=6)) == 2
    assert set(owed(home).values_list("attempts", "last_failure")) == {(3, "")}


def test_the_wait_grows_no_longer_than_six_hours(home: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, OSError("no route"))
    now: datetime = AT
    for _ in range(12):
        notices_deliver(now=now)
        now = owed(home).first().next_attempt_at
    assert owed(home).first().next_attempt_at - owed(home).first().last_attempt_at == timedelta(hours=6)


def test_a_crash_after_sending_sends_again_and_loses_none(home: Community) -> None:
    """The mail left, the process died before the commit: at least once."""
    with transaction.atomic():
        notices_deliver(now=AT)
        transaction.set_rollback(True)
    assert notices_deliver(now=AT + timedelta(minutes=1)) == 2
    assert len(mail.outbox) == 2


@pytest.mark.parametrize("change", [{"email": ""}, {"is_active": False}])
def test_without_an_address_the_notice_in_the_app_is_all(home: Community, change: dict[str, Any]) -> None:
    leader = home.holder(home.building, Post.PARTY_GROUP_LEADER)
    type(leader.user).objects.filter(username="leader").update(**change)
    assert notices_deliver(now=AT) == 0
    assert mail.outbox == []
    assert set(owed(home).values_list("next_attempt_at", "last_failure")) == {(None, "没有可用的邮箱")}
