"""Mail for notices: sent at least once, every attempt recorded, nothing personal in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends import locmem
from django.core.mail.backends.base import BaseEmailBackend

from accounts.models import User
from baibuting.common.owed import LEASE
from cadres.choices import Post
from cadres.services import cadre_change
from duties.delivery import BATCH, notices_deliver
from duties.models import DutyEvent, NoticeDelivery
from residents.models import Resident
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, care_record, community, moment, resident, user

pytestmark = pytest.mark.django_db

NOW = moment("2026-03-05T00:01")


class Refusing(BaseEmailBackend):
    """A mail server that hangs up."""

    def send_messages(self, messages: Any) -> int:
        raise SMTPServerDisconnected("Connection unexpectedly closed")


class Unreachable(BaseEmailBackend):
    """No mail server there."""

    def send_messages(self, messages: Any) -> int:
        raise ConnectionRefusedError(111, "Connection refused")


class Choosy(locmem.EmailBackend):
    """A mail server that does not know the 楼栋长."""

    def send_messages(self, messages: Any) -> int:
        if any("head@" in message.to[0] for message in messages):
            raise SMTPRecipientsRefused({})
        return super().send_messages(messages)


PEOPLE = (
    ("欧阳淑珍", "429999194001010021", "19900001111"),
    ("迪丽努尔·买买提", "42999919480203004X", "19900002222"),
)


@pytest.fixture
def home() -> Community:
    """楼栋长 and 楼栋党小组长 of the first building have an address; two people there are overdue since midnight."""
    made = community()
    for post, username in ((Post.BUILDING_HEAD, "head"), (Post.PARTY_GROUP_LEADER, "leader")):
        account = user(username, email=f"{username}@example.invalid")
        cadre_change(cadre=made.holder(made.building, post), user=account)
    started = moment("2026-03-01T09:00")
    for name, id_number, phone in PEOPLE:
        person = resident(
            made.building, now=started, name=name, id_number=id_number, phone=phone, room="1601"
        )
        care_record(made.building, now=started, started_on=date(2026, 3, 1), resident=person)
    sweep_at(NOW)
    return made


def deliver(now: datetime, batch: int = BATCH) -> int:
    return notices_deliver(now=now, read_clock=lambda: now, batch=batch)


def states() -> list[tuple[int, bool, str, datetime | None]]:
    """Attempts, whether sent, last failure and next attempt of every notice owed."""
    rows = NoticeDelivery.objects.order_by("pk")
    return [(row.attempts, row.sent_at is not None, row.last_failure, row.next_attempt_at) for row in rows]


def recipients() -> list[str]:
    return sorted(message.to[0] for message in mail.outbox)


def test_it_works(home: Community) -> None:
    assert deliver(now=NOW) == 4
    assert recipients() == ["head@example.invalid", "leader@example.invalid"]
    assert states() == [(1, True, "", None)] * 4
    assert set(NoticeDelivery.objects.values_list("last_attempt_at", "sent_at")) == {(NOW, NOW)}


def test_what_was_sent_is_not_sent_again(home: Community) -> None:
    deliver(now=NOW)
    assert deliver(now=NOW + timedelta(days=1)) == 0
    assert len(mail.outbox) == 2


def test_a_recipient_gets_one_mail_for_all_of_his_notices(home: Community) -> None:
    deliver(now=NOW)
    assert [message.subject for message in mail.outbox] == ["2 件走访责任请您过问"] * 2
    assert mail.outbox[0].body.count("应于 2026-03-04 前办理") == 2


def test_nothing_personal_is_in_a_mail(home: Community) -> None:
    deliver(now=NOW)
    text = "".join(f"{message.subject}{message.body}" for message in mail.outbox)
    assert "101栋" in text
    private = [word for person in PEOPLE for word in person] + ["孤寡老人", "欧阳", "1601"]
    assert [word for word in private if word in text] == []


@pytest.mark.parametrize(
    ("backend", "failure"),
    [("Refusing", "SMTPServerDisconnected"), ("Unreachable", "ConnectionRefusedError")],
)
def test_a_failed_attempt_is_recorded_and_made_again(
    home: Community, settings: Any, backend: str, failure: str
) -> None:
    works = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.{backend}"
    assert deliver(now=NOW) == 0
    assert states() == [(1, False, failure, NOW + timedelta(minutes=2))] * 4
    settings.EMAIL_BACKEND = works
    assert deliver(now=NOW + timedelta(minutes=1)) == 0
    assert mail.outbox == []
    assert deliver(now=NOW + timedelta(minutes=2)) == 4
    assert states() == [(2, True, "", None)] * 4


def test_each_attempt_waits_twice_as_long_up_to_six_hours(home: Community, settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    now, waits = NOW, []
    for _ in range(11):
        deliver(now=now)
        coming = NoticeDelivery.objects.values_list("next_attempt_at", flat=True)[0]
        assert coming is not None
        waits.append(coming - now)
        now = coming
    assert waits[:4] == [timedelta(minutes=minutes) for minutes in (2, 4, 8, 16)]
    assert waits[-2:] == [NoticeDelivery.longest_wait] * 2 == [timedelta(hours=6)] * 2


def test_one_refused_recipient_does_not_hold_up_the_others(home: Community, settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Choosy"
    assert deliver(now=NOW) == 2
    assert recipients() == ["leader@example.invalid"]
    assert sorted(NoticeDelivery.objects.values_list("cadre__user__username", "sent_at", "last_failure")) == [
        ("head", None, "SMTPRecipientsRefused"),
        ("head", None, "SMTPRecipientsRefused"),
        ("leader", NOW, ""),
        ("leader", NOW, ""),
    ]


def test_a_crash_between_sending_and_writing_sends_again(
    home: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rather twice than not at all."""
    with monkeypatch.context() as crashing:
        crashing.setattr("duties.delivery.attempt_settle", crash)
        with pytest.raises(MemoryError):
            deliver(now=NOW)
    [in_flight] = recipients()
    assert sorted(states()) == [(0, False, "", NOW)] * 2 + [(1, False, "", NOW + LEASE)] * 2
    assert deliver(now=NOW) == 2, "the other recipient does not wait, and the first not for nothing"
    assert deliver(now=NOW + LEASE - timedelta(seconds=1)) == 0
    assert deliver(now=NOW + LEASE) == 2
    assert len(mail.outbox) == 3
    assert recipients().count(in_flight) == 2
    assert set(recipients()) == {"head@example.invalid", "leader@example.invalid"}


def crash(*arguments: Any, **options: Any) -> None:
    raise MemoryError


def without_account(home: Community) -> None:
    cadre_change(cadre=home.holder(home.building, Post.BUILDING_HEAD), user=None)


def without_address(home: Community) -> None:
    User.objects.filter(username="head").update(email="")


def without_access(home: Community) -> None:
    User.objects.filter(username="head").update(is_active=False)


@pytest.mark.parametrize("make", [without_account, without_address, without_access])
def test_a_holder_without_an_address_has_the_notice_alone(
    home: Community, make: Callable[[Community], None]
) -> None:
    make(home)
    head = home.holder(home.building, Post.BUILDING_HEAD)
    assert deliver(now=NOW) == 2
    assert recipients() == ["leader@example.invalid"]
    owed = NoticeDelivery.objects.filter(cadre=head)
    assert set(owed.values_list("attempts", "sent_at", "next_attempt_at", "last_failure")) == {
        (0, None, None, "没有可用的邮箱")
    }
    assert deliver(now=NOW + timedelta(days=1)) == 0


def test_more_than_a_batch_goes_out_in_one_run(home: Community) -> None:
    assert deliver(now=NOW, batch=1) == 4
    assert len(mail.outbox) == 4


def test_nothing_is_owed_for_what_was_settled_before_anybody_was_told(home: Community) -> None:
    """A visit synced late closes the round; the steps it passed are noted, and no mail goes out for them now."""
    NoticeDelivery.objects.all().delete()
    person = Resident.objects.get(name=PEOPLE[0][0])
    visit(person, "2026-03-07T10:00", received="2026-03-07T10:30")
    assert DutyEvent.objects.filter(duty__care_record__resident=person, rung=2).count() == 1
    assert NoticeDelivery.objects.count() == 0
