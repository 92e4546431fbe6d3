"""The digest of the day: once a cadre and day, at the office's time, with counts only; mail is tried until it goes."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.test import Client, override_settings

from cadres.choices import Post
from phone.digest import digests_mail, digests_make
from phone.models import Digest, DigestPlan
from phone.services import digest_plan_set
from phone.tasks import make_digests, send_digests
from tests.duties.steps import sweep_at
from tests.factories import Community, care_record, clerk, community, moment
from tests.pages import add_url, errors_of, object_url, signed_in
from tests.visits.people import NOW, START, account_of, signed_in_as, stop_the_clock, text_of

pytestmark = pytest.mark.django_db

EARLY = moment("2026-03-11T07:29")
DUE = moment("2026-03-11T07:30")


@pytest.fixture
def home() -> Community:
    made = community()
    account = account_of(made.holder(made.building, Post.BUILDING_HEAD), "head")
    account.email = "head@example.invalid"
    account.save()
    care_record(made.building, now=moment("2026-03-01T09:00"), started_on=START)
    sweep_at(EARLY)
    return made


def mailed(now: datetime) -> int:
    return digests_mail(now=now, read_clock=lambda: now)


def send(now: datetime) -> int:
    digests_make(now=now)
    return mailed(now)


@override_settings(PUBLIC_URL="https://grid.example.invalid")
def test_it_works(home: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (digests_make(now=EARLY), Digest.objects.count()) == (0, 0)
    assert send(DUE) == 1
    digest = Digest.objects.get()
    assert (digest.overdue, digest.due_today, digest.coming) == (1, 0, 0)
    assert digest.sent_at == DUE
    [message] = mail.outbox
    assert message.to == ["head@example.invalid"]
    assert "逾期 1 件" in message.subject
    assert "https://grid.example.invalid/m/" in message.body
    assert home.building.name not in message.body, "counts only"
    assert send(DUE + timedelta(hours=1)) == 0, "once a day"
    stop_the_clock(monkeypatch, DUE)
    client = signed_in(home.holder(home.building, Post.BUILDING_HEAD).user)
    assert "今日提要" in text_of(client, "/m/notices/")
    assert send(DUE + timedelta(days=1)) == 1


def test_at_the_offices_time(home: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch)
    office = signed_in(clerk(home.place))
    sent = {"community": home.place.pk, "is_on": "on", "at": "06:00"}
    assert errors_of(office.post(add_url(DigestPlan), sent)) == {}
    assert digests_make(now=EARLY) == 1
    plan = DigestPlan.objects.get()
    assert errors_of(office.post(object_url(plan), {"at": "06:00"})) == {}
    plan.refresh_from_db()
    assert not plan.is_on
    assert digests_make(now=EARLY + timedelta(days=1)) == 0


def test_another_offices_plan_is_not_mine(home: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch)
    other = community("别的社区", staffed=False)
    plan = digest_plan_set(community=other.place, at=time(6), is_on=True)
    office = signed_in(clerk(home.place))
    assert office.get(object_url(plan)).status_code == 404
    sent = {"community": other.place.pk, "is_on": "on", "at": "05:00"}
    assert "community" in errors_of(office.post(add_url(DigestPlan), sent))
    plan.refresh_from_db()
    assert plan.at == time(6)


def test_nothing_waits_so_no_mail(home: Community) -> None:
    account = account_of(home.holder(home.buildings[4], Post.BUILDING_HEAD), "idle")
    account.email = "idle@example.invalid"
    account.save()
    send(DUE)
    assert Digest.objects.count() == 2
    assert [message.to for message in mail.outbox] == [["head@example.invalid"]]


def test_without_an_address_it_is_in_the_app_alone(home: Community) -> None:
    account_of(home.holder(home.building, Post.PARTY_GROUP_LEADER), "leader")
    send(DUE)
    assert Digest.objects.get(cadre__user__username="leader").next_attempt_at is None


def test_a_disabled_account_gets_none(home: Community) -> None:
    account = home.holder(home.building, Post.BUILDING_HEAD).user
    assert account is not None
    digests_make(now=DUE)
    account.is_active = False
    account.save()
    assert mailed(DUE) == 0
    assert mail.outbox == []
    assert digests_make(now=DUE + timedelta(days=1)) == 0


def test_a_mail_server_that_is_down_is_tried_again_today_only(
    home: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> None:
        raise SMTPServerDisconnected

    with monkeypatch.context() as down:
        down.setattr("baibuting.common.mailing.send_mail", refuse)
        assert send(DUE) == 0
    digest = Digest.objects.get()
    assert (digest.sent_at, digest.last_failure) == (None, "SMTPServerDisconnected")
    assert mailed(DUE) == 0, "not at once"
    assert mailed(DUE + timedelta(minutes=2)) == 1
    Digest.objects.update(sent_at=None, next_attempt_at=DUE)
    assert mailed(DUE + timedelta(days=1)) == 0, "yesterday's news is not sent"
    assert len(mail.outbox) == 1


def test_the_task_reads_the_clock(home: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch, NOW)
    make_digests()
    assert (Digest.objects.count(), len(mail.outbox)) == (1, 0)
    send_digests()
    assert Digest.objects.get().sent_at is not None
    assert "今日提要" in text_of(
        signed_in(home.holder(home.building, Post.BUILDING_HEAD).user), "/m/notices/"
    )
    other = signed_in_as(home, home.building, Post.HEALTH_WORKER)
    assert "今日提要" not in text_of(other, "/m/notices/")
    assert Client().get("/m/notices/").status_code == 302
