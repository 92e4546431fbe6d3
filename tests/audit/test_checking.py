"""The trail is verified by night, and what is wrong with it reaches the auditors: on every page of theirs, and by mail."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.alarm_mail import alarms_mail
from accounts.choices import Role
from accounts.tasks import mail_alarms
from audit import checking
from audit.chain import audit_seal_all
from audit.checking import LONGEST, alarm_end, alarm_raise, audit_check
from audit.choices import AlarmKind
from audit.models import AuditAlarm, AuditCheck
from audit.selectors import alarm_sentence
from audit.tasks import seal_audit, verify_audit
from tests.audit.test_chain import behind_our_back, record
from tests.factories import clerk, community, moment, user
from tests.pages import list_url, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def checkpoints(settings: Any) -> Path:
    return Path(settings.AUDIT_CHECKPOINTS)


@pytest.fixture
def tampered(now: datetime, checkpoints: Path) -> int:
    """A row of the trail that somebody at the database has changed."""
    changed, _ = record(now, 2)
    audit_seal_all(now=now, checkpoints=checkpoints)
    behind_our_back("UPDATE accounts_auditevent SET object_id = '9999' WHERE id = %s", changed)
    return changed


def check(at: datetime | str, checkpoints: Path) -> AuditCheck | None:
    now = moment(at) if isinstance(at, str) else at
    return audit_check(now=now, checkpoints=checkpoints, read_clock=lambda: now)


def standing() -> list[str]:
    return list(AuditAlarm.objects.filter(ended_at=None).order_by("pk").values_list("kind", flat=True))


def auditor(name: str = "auditor", **details: Any) -> Any:
    return user(name, role=Role.AUDITOR, **details)


def test_it_works(now: datetime, checkpoints: Path, tampered: int, caplog: pytest.LogCaptureFixture) -> None:
    """Found by night, named in the bar of the auditors, mailed to them once."""
    auditor(email="auditor@example.cn")
    found = check(now, checkpoints)
    assert found is not None
    assert (found.problems, found.finished_at) == (1, now)
    assert standing() == [AlarmKind.BROKEN]
    assert str(found) == "审计核对 2026-11-23"
    assert str(AuditAlarm.objects.get()) == "审计链有异常 2026-11-23 09:00"
    assert "does not verify" in caplog.text
    assert alarms_mail(now=now, read_clock=lambda: now) == 1
    assert [message.to for message in mail.outbox] == [["auditor@example.cn"]]
    assert "审计链有 1 处异常" in mail.outbox[0].body
    assert alarms_mail(now=now + timedelta(days=1), read_clock=lambda: now) == 0


def test_a_whole_chain_raises_nothing(now: datetime, checkpoints: Path) -> None:
    record(now, 3)
    audit_seal_all(now=now, checkpoints=checkpoints)
    found = check(now, checkpoints)
    assert found is not None
    assert found.problems == 0
    assert (standing(), alarm_sentence()) == ([], "")


def test_once_a_night_beginning_at_three(checkpoints: Path) -> None:
    begun = [
        check(at, checkpoints) is not None
        for at in ("2026-11-23T09:00", "2026-11-24T02:59", "2026-11-24T03:00", "2026-11-24T23:00", "2026-11-25T03:00")
    ]  # fmt: skip
    assert begun == [True, False, True, False, True]
    assert [row.night for row in AuditCheck.objects.order_by("night")] == [
        date(2026, 11, day) for day in (23, 24, 25)
    ]


def test_mended_it_ends_the_night_after(now: datetime, checkpoints: Path, tampered: int) -> None:
    check(now, checkpoints)
    behind_our_back("UPDATE accounts_auditevent SET object_id = '0' WHERE id = %s", tampered)
    check(now + timedelta(days=1), checkpoints)
    assert standing() == []
    ended = AuditAlarm.objects.get()
    assert (ended.ended_at, ended.next_attempt_at) == (now + timedelta(days=1), None)
    assert alarms_mail(now=now + timedelta(days=1), read_clock=lambda: now) == 0, "over before it was mailed"


def test_by_hand_it_raises_and_ends_the_same_alarm(
    now: datetime, tampered: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="有 1 处异常"):
        call_command("verify_audit")
    assert standing() == [AlarmKind.BROKEN]
    behind_our_back("UPDATE accounts_auditevent SET object_id = '0' WHERE id = %s", tampered)
    call_command("verify_audit")
    assert standing() == []
    assert AuditCheck.objects.get().problems == 0


def test_one_that_is_killed_is_an_alarm_and_not_begun_anew(
    now: datetime, checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(path: Path) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(checking, "audit_problems", killed)
        with pytest.raises(SystemExit):
            check(now, checkpoints)
    assert check(now + LONGEST, checkpoints) is None
    assert standing() == []
    assert check(now + LONGEST + timedelta(minutes=1), checkpoints) is None
    assert standing() == [AlarmKind.UNFINISHED]
    assert "没有完成" in alarm_sentence()
    check(now + timedelta(days=1), checkpoints)
    assert standing() == []


def test_a_file_that_cannot_be_written_is_an_alarm_until_it_can(
    now: datetime, checkpoints: Path, settings: Any
) -> None:
    record(now)
    settings.AUDIT_CHECKPOINTS = checkpoints / "no" / "folder"
    checkpoints.write_text("in the way")
    for _ in range(2):
        with pytest.raises(NotADirectoryError):
            seal_audit()
    assert standing() == [AlarmKind.CHECKPOINT]
    assert AuditAlarm.objects.count() == 1
    assert "链头写不出去" in alarm_sentence()
    settings.AUDIT_CHECKPOINTS = checkpoints.with_name("heads.log")
    seal_audit()
    assert standing() == []


def test_the_task_is_due_once(settings: Any) -> None:
    verify_audit()
    verify_audit()
    assert AuditCheck.objects.count() == 1


def test_auditors_read_it_on_every_page_and_nobody_else(
    tampered: int, now: datetime, checkpoints: Path
) -> None:
    check(now, checkpoints)
    said = '<p class="alarm" role="alert">审计链有 1 处异常'
    his = signed_in(auditor())
    for address in ("/admin/", list_url(AuditAlarm), list_url(AuditCheck)):
        assert said in his.get(address).content.decode(), address
    assert said not in signed_in(clerk(community().place)).get("/").content.decode()
    assert said not in signed_in(user("system", role=Role.SYSTEM_ADMIN)).get("/admin/").content.decode()


def test_the_lists_say_how_it_went(tampered: int, now: datetime, checkpoints: Path) -> None:
    his = signed_in(auditor())
    AuditCheck.objects.create(night=date(2026, 11, 20), started_at=now)
    AuditCheck.objects.create(night=date(2026, 11, 21), started_at=now, finished_at=now, problems=0)
    check(now, checkpoints)
    page = his.get(list_url(AuditCheck)).content.decode()
    assert all(words in page for words in ("没有完成", "✓ 完好", "1 处异常"))
    assert "未解除" in his.get(list_url(AuditAlarm)).content.decode()
    AuditAlarm.objects.update(last_failure="TimeoutError")
    assert "待发（TimeoutError）" in his.get(list_url(AuditAlarm)).content.decode()
    alarm_end(kind=AlarmKind.BROKEN, now=now)
    page = his.get(list_url(AuditAlarm)).content.decode()
    assert "已解除" in page
    assert "解除前没有发出" in page
    AuditAlarm.objects.update(sent_at=now)
    assert "2026-11-23 09:00 已发出" in his.get(list_url(AuditAlarm)).content.decode()


def test_every_auditor_is_told_and_nobody_shut_out(now: datetime) -> None:
    auditor("a", email="a@example.cn")
    auditor("b", email="b@example.cn")
    auditor("c")
    auditor("d", email="d@example.cn", is_active=False)
    user("e", role=Role.OFFICE, email="e@example.cn")
    alarm_raise(kind=AlarmKind.CHECKPOINT, now=timezone.now())
    mail_alarms()
    assert sorted(message.to[0] for message in mail.outbox) == ["a@example.cn", "b@example.cn"]


def test_without_an_address_it_waits_for_one(now: datetime, settings: Any) -> None:
    settings.PUBLIC_URL = "https://portal.example.cn"
    somebody = auditor()
    alarm_raise(kind=AlarmKind.BROKEN, now=now, count=2)
    assert alarms_mail(now=now, read_clock=lambda: now) == 0
    assert AuditAlarm.objects.get().last_failure == "没有可用的邮箱"
    somebody.email = "a@example.cn"
    somebody.save(update_fields=["email"])
    later = now + timedelta(minutes=10)
    assert alarms_mail(now=later, read_clock=lambda: later) == 1
    assert "https://portal.example.cn/admin/" in mail.outbox[0].body


def test_a_mail_server_that_is_away_is_left_alone(now: datetime, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    for name in "abc":
        auditor(name, email=f"{name}@example.cn")
    alarm_raise(kind=AlarmKind.BROKEN, now=now, count=1)
    alarm_raise(kind=AlarmKind.CHECKPOINT, now=now)
    assert alarms_mail(now=now, read_clock=lambda: now) == 0
    assert list(AuditAlarm.objects.order_by("pk").values_list("attempts", flat=True)) == [1, 0]


def test_one_of_a_kind_stands_at_a_time(now: datetime) -> None:
    alarm_raise(kind=AlarmKind.BROKEN, now=now, count=1)
    alarm_raise(kind=AlarmKind.BROKEN, now=now, count=3)
    assert AuditAlarm.objects.get().count == 3
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditAlarm.objects.create(kind=AlarmKind.BROKEN, began_at=now)
