"""The audit chain: sealed in order, published outside the database, and every kind of tampering found and named."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from audit.chain import audit_purge, audit_seal, audit_seal_all, chain_head
from audit.checkpoints import checkpoint_publish, checkpoints_read
from audit.choices import Action
from audit.models import AuditEvent, AuditPurge, AuditSeal, AuditWaiting
from audit.services import audit_event_record
from audit.tasks import seal_audit
from audit.trail import is_genuine
from audit.verifying import Kind, Problem, audit_problems
from tests.factories import user
from tests.processes import REPOSITORY, ended_with_the_test, environment, manage

pytestmark = pytest.mark.django_db


@pytest.fixture
def checkpoints(settings: Any) -> Path:
    return Path(settings.AUDIT_CHECKPOINTS)


def record(now: datetime, count: int = 1) -> list[int]:
    """So many audit rows; their ids."""
    return [
        audit_event_record(
            now=now, user=None, action=Action.REVEAL, object_type="residents.resident", object_id=str(number),
            fields=["phone"], reason="核对低保申请",
        ).pk
        for number in range(count)
    ]  # fmt: skip


def behind_our_back(sql: str, *values: Any) -> None:
    """What somebody at the database can do: past every trigger."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql, values)
        cursor.execute("SET session_replication_role = origin")


def test_it_works(now: datetime, checkpoints: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ids = record(now, 5)
    assert AuditWaiting.objects.count() == 5
    assert audit_seal_all(now=now, checkpoints=checkpoints, batch=2) == 5
    assert not AuditWaiting.objects.exists()
    assert list(AuditSeal.objects.order_by("number").values_list("number", "event_id", "was_genuine")) == [
        (number, pk, True) for number, pk in enumerate(ids, start=1)
    ]
    _, link = chain_head()
    assert checkpoints.read_text() == f"5 {link.hex()} 2026-11-23T09:00:00+08:00\n"
    assert audit_problems(checkpoints) == []
    record(now)
    assert audit_problems(checkpoints) == []  # what waits is no problem
    call_command("verify_audit")
    assert "审计链完好，共封存到第 5 号，另有 1 条待封存" in capsys.readouterr().out
    seal_audit()
    assert list(checkpoints_read(checkpoints).links) == [5, 6]
    seal_audit()  # nothing new, nothing published
    assert list(checkpoints_read(checkpoints).links) == [5, 6]


def test_more_than_a_batch_is_walked(
    now: datetime, checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.verifying._BATCH", 2)
    ids = record(now, 5)
    audit_seal_all(now=now, checkpoints=checkpoints)
    assert audit_problems(checkpoints) == []
    behind_our_back("DELETE FROM accounts_auditevent WHERE id IN (%s, %s)", ids[1], ids[4])
    assert [problem.event_ids for problem in audit_problems(checkpoints)] == [(ids[1],), (ids[4],)]
    assert [str(row) for row in AuditSeal.objects.order_by("number")][:2] == ["1", "2"]
    assert str(Problem(Kind.TRUNCATED, number=8)) == "审计链第 8 号：末尾被截去"
    assert str(Problem(Kind.SWAPPED, (3, 5))) == "审计记录 3、5 被互换"
    assert [str(AuditWaiting(event_id=7)), str(AuditPurge(number=9))] == ["7", "9"]


def test_only_one_seals(now: datetime, checkpoints: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(now, 2)
    monkeypatch.setattr("audit.chain._locked", lambda *, wait: False)
    assert audit_seal(now=now) == 0
    assert AuditWaiting.objects.count() == 2


def test_the_row_itself_refuses(now: datetime, checkpoints: Path) -> None:
    (pk,) = record(now)
    audit_seal_all(now=now, checkpoints=checkpoints)
    events, seals = AuditEvent.objects.filter(pk=pk), AuditSeal.objects.all()
    for harm in (
        lambda: events.update(reason="x"), events.delete, lambda: seals.update(was_genuine=False), seals.delete
    ):  # fmt: skip
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            harm()
    assert audit_problems(checkpoints) == []


TAMPERING: dict[str, tuple[Callable[[list[int]], None], Callable[[list[int]], list[Problem]]]] = {
    "changed": (
        lambda ids: behind_our_back("UPDATE accounts_auditevent SET reason = %s WHERE id = %s", "", ids[4]),
        lambda ids: [Problem(Kind.CHANGED, (ids[4],))],
    ),
    "deleted": (
        lambda ids: behind_our_back("DELETE FROM accounts_auditevent WHERE id = %s", ids[4]),
        lambda ids: [Problem(Kind.DELETED, (ids[4],))],
    ),
    "deleted with its seal": (
        lambda ids: (
            behind_our_back("DELETE FROM accounts_auditevent WHERE id = %s", ids[4]),
            behind_our_back("DELETE FROM accounts_auditseal WHERE event_id = %s", ids[4]),
        )[0],
        lambda ids: [Problem(Kind.CHAIN, number=6)],
    ),
    "swapped": (
        lambda ids: behind_our_back(
            "UPDATE accounts_auditevent SET id = CASE id WHEN %s THEN -1 ELSE -2 END WHERE id IN (%s, %s);"
            "UPDATE accounts_auditevent SET id = CASE id WHEN -1 THEN %s ELSE %s END WHERE id < 0",
            ids[2], ids[2], ids[7], ids[7], ids[2],
        ),
        lambda ids: [Problem(Kind.SWAPPED, (ids[2], ids[7]))],
    ),
    "truncated": (
        lambda ids: (
            behind_our_back("DELETE FROM accounts_auditevent WHERE id >= %s", ids[7]),
            behind_our_back("DELETE FROM accounts_auditseal WHERE number >= 8"),
        )[0],
        lambda ids: [Problem(Kind.TRUNCATED, number=8)],
    ),
    "all gone": (
        lambda ids: (
            behind_our_back("DELETE FROM accounts_auditevent"),
            behind_our_back("DELETE FROM accounts_auditseal"),
        )[0],
        lambda ids: [Problem(Kind.TRUNCATED, number=1)],
    ),
    "inserted past the trigger": (
        lambda ids: behind_our_back(COPY_A_ROW, 999_999, ids[4]),
        lambda ids: [Problem(Kind.INSERTED, (999_999,))],
    ),
    "the chain written anew": (
        lambda ids: behind_our_back("UPDATE accounts_auditseal SET row_hash = '\\x00' WHERE number = 3"),
        lambda ids: [Problem(Kind.CHAIN, number=3), Problem(Kind.CHANGED, (ids[2],))],
    ),
}  # fmt: skip
COPY_A_ROW = """
INSERT INTO accounts_auditevent (id, uid, stamp, at, role, action, object_type, object_id, fields, reason, row_count)
SELECT %s, gen_random_uuid(), stamp, at, role, action, object_type, '7', fields, reason, row_count
FROM accounts_auditevent WHERE id = %s"""


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_is_found_and_named(now: datetime, checkpoints: Path, name: str) -> None:
    ids = record(now, 10)
    audit_seal_all(now=now, checkpoints=checkpoints)
    harm, expected = TAMPERING[name]
    harm(ids)
    assert audit_problems(checkpoints) == expected(ids)
    with pytest.raises(CommandError, match="处异常"):
        call_command("verify_audit")


def test_a_row_put_in_by_plain_sql_is_found_before_and_after_it_is_sealed(
    now: datetime, checkpoints: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The trigger lets it wait like any other, but it has no stamp of ours: a copied one belongs to another row."""
    ids = record(now, 2)
    with connection.cursor() as cursor:
        cursor.execute(COPY_A_ROW, [999_999, ids[0]])
    assert audit_problems(checkpoints) == [Problem(Kind.INSERTED, (999_999,))]
    audit_seal_all(now=now, checkpoints=checkpoints)
    assert "999999 was not written by the portal" in caplog.text
    assert audit_problems(checkpoints) == [Problem(Kind.INSERTED, (999_999,))]


def test_a_row_changed_before_it_is_sealed_is_found(now: datetime, checkpoints: Path) -> None:
    ids = record(now, 3)
    behind_our_back("UPDATE accounts_auditevent SET user_id = NULL, reason = 'x' WHERE id = %s", ids[1])
    assert audit_problems(checkpoints) == [Problem(Kind.INSERTED, (ids[1],))]


def test_a_row_deleted_before_it_is_sealed_leaves_its_place(now: datetime, checkpoints: Path) -> None:
    ids = record(now, 3)
    behind_our_back("DELETE FROM accounts_auditevent WHERE id = %s", ids[1])
    audit_seal_all(now=now, checkpoints=checkpoints)
    assert audit_problems(checkpoints) == [Problem(Kind.DELETED, (ids[1],))]


def test_a_whole_chain_made_anew_is_found_by_the_published_heads(now: datetime, checkpoints: Path) -> None:
    ids = record(now, 3)
    audit_seal_all(now=now, checkpoints=checkpoints)
    behind_our_back("DELETE FROM accounts_auditevent WHERE id = %s", ids[1])
    behind_our_back("DELETE FROM accounts_auditseal")
    behind_our_back("INSERT INTO accounts_auditwaiting SELECT id FROM accounts_auditevent")
    record(now)
    audit_seal(now=now)
    assert audit_problems(checkpoints) == [Problem(Kind.HEAD, number=3)]


def test_an_anchor_that_was_never_published_is_found(now: datetime, checkpoints: Path) -> None:
    record(now, 3)
    audit_seal_all(now=now, checkpoints=checkpoints)
    second = AuditSeal.objects.get(number=2)
    AuditPurge.objects.create(number=2, link=second.link, before_on=date(2020, 1, 1), purged_at=now)
    behind_our_back(
        "DELETE FROM accounts_auditevent WHERE id IN (SELECT event_id FROM accounts_auditseal WHERE number <= 2)"
    )
    behind_our_back("DELETE FROM accounts_auditseal WHERE number <= 2")
    assert audit_problems(checkpoints) == [Problem(Kind.HEAD, number=2)]


def test_without_its_key_a_stamp_proves_nothing(now: datetime, settings: Any) -> None:
    (pk,) = record(now)
    event = AuditEvent.objects.get(pk=pk)
    assert is_genuine(event)
    settings.FIELD_KEYS, settings.FIELD_KEY_ID = {2: bytes(32)}, 2
    assert not is_genuine(event)


# --- taking away what is old enough ---------------------------------------------------------------------------------
def test_old_rows_go_and_the_chain_stays_verifiable(
    now: datetime, checkpoints: Path, django_capture_on_commit_callbacks: Any
) -> None:
    old = record(now - timedelta(days=500), 3)
    late = record(now - timedelta(days=10), 2)
    backdated = record(now - timedelta(days=500), 1)  # behind younger ones it stays with them
    audit_seal_all(now=now, checkpoints=checkpoints)
    with django_capture_on_commit_callbacks(execute=True):
        assert audit_purge(before=date(2026, 1, 1), keep_days=183, now=now, checkpoints=checkpoints) == 3
    assert not AuditEvent.objects.filter(pk__in=old).exists()
    assert AuditEvent.objects.filter(pk__in=late + backdated).count() == 3
    assert AuditEvent.objects.get(action=Action.DELETE).row_count == 3
    assert audit_problems(checkpoints) == []
    audit_seal_all(now=now, checkpoints=checkpoints)
    assert audit_problems(checkpoints) == []
    assert chain_head()[0] == 7
    assert audit_purge(before=date(2026, 1, 1), keep_days=183, now=now, checkpoints=checkpoints) == 0
    behind_our_back("DELETE FROM accounts_auditevent WHERE id = %s", late[0])
    assert audit_problems(checkpoints) == [Problem(Kind.DELETED, (late[0],))]


def test_everything_may_go(now: datetime, checkpoints: Path, django_capture_on_commit_callbacks: Any) -> None:
    record(now - timedelta(days=500), 3)
    audit_seal_all(now=now, checkpoints=checkpoints)
    with django_capture_on_commit_callbacks(execute=True):
        assert audit_purge(before=date(2026, 1, 1), keep_days=183, now=now, checkpoints=checkpoints) == 3
    assert not AuditSeal.objects.exists()
    assert chain_head()[0] == 3
    assert audit_problems(checkpoints) == []


def test_what_a_purge_is_refused_for(now: datetime, checkpoints: Path, settings: Any) -> None:
    ids = record(now - timedelta(days=500), 3)
    audit_seal_all(now=now, checkpoints=checkpoints)
    with pytest.raises(ValidationError, match="至少保存 183 天"):
        audit_purge(before=date(2026, 6, 1), keep_days=183, now=now, checkpoints=checkpoints)
    with pytest.raises(CommandError, match="至少保存 365 天"):
        call_command("purge_audit", "--before", "2026-09-01")
    behind_our_back("DELETE FROM accounts_auditevent WHERE id = %s", ids[1])
    with pytest.raises(ValidationError, match="有异常"):
        audit_purge(before=date(2026, 1, 1), keep_days=183, now=now, checkpoints=checkpoints)
    assert AuditEvent.objects.count() == 2
    assert not AuditPurge.objects.exists()


def test_the_command_takes_old_rows_away(now: datetime, capsys: pytest.CaptureFixture[str]) -> None:
    record(datetime.fromisoformat("2020-03-01T09:00:00+08:00"), 2)
    call_command("purge_audit", "--before", "2021-01-01")
    assert "已清理 2 条" in capsys.readouterr().out


# --- the file -------------------------------------------------------------------------------------------------------
def test_a_head_is_written_once_and_a_torn_line_does_no_harm(now: datetime, checkpoints: Path) -> None:
    assert checkpoints_read(checkpoints).last == 0
    for number in (1, 2, 2, 1):
        checkpoint_publish(checkpoints, number, bytes([number]) * 32, now)
    assert list(checkpoints_read(checkpoints).links) == [1, 2]
    with checkpoints.open("a") as file:
        file.write("3 abc")
    assert checkpoints_read(checkpoints).last == 2
    for number in range(3, 30):
        checkpoint_publish(checkpoints, number, bytes([number]) * 32, now)
    assert checkpoints_read(checkpoints).last == 29


# --- many at once ---------------------------------------------------------------------------------------------------
RECORD = """
import django, sys; django.setup()
from django.db import transaction
from django.utils import timezone
from audit.choices import Action
from audit.models import AuditEvent
from audit.services import audit_event_record
from audit.trail import stamp_of
for number in range(int(sys.argv[1]) // 20):
    row = dict(at=timezone.now(), user=None, action=Action.REVEAL, object_type="residents.resident")
    many = [AuditEvent(**row, object_id=str(place)) for place in range(19)]
    for event in many:
        event.stamp = stamp_of(event)
    with transaction.atomic():
        audit_event_record(now=row["at"], user=None, action=Action.REVEAL, object_type="residents.resident")
        AuditEvent.objects.bulk_create(many)
        if number % 50 == 7:
            transaction.set_rollback(True)
"""
SEAL = """
import django, sys, time; django.setup()
from pathlib import Path
from django.utils import timezone
from audit.chain import audit_seal_all
from audit.verifying import audit_problems
checkpoints, alarms = Path(sys.argv[1]), 0
while not Path(sys.argv[2]).exists():
    audit_seal_all(now=timezone.now(), checkpoints=checkpoints, batch=500)
    alarms += len(audit_problems(checkpoints)) if sys.argv[3] == "look" else 0
    print("looked", flush=True)
    time.sleep(1.5 if sys.argv[3] == "look" else 0.3)
print(alarms)
"""


def start(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        env=environment(), cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def finish(process: subprocess.Popen[str]) -> str:
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors[-2000:]
    return out


@pytest.mark.django_db(transaction=True)
def test_no_false_alarm_after_twenty_thousand_at_once(
    checkpoints: Path, now: datetime, tmp_path: Path
) -> None:
    """Four processes write 20,000 rows, some rolled back; two seal and look for tampering all the while."""
    done = tmp_path / "done"
    sealers = [start(SEAL, str(checkpoints), str(done), look) for look in ("look", "")]
    for process in sealers:
        assert process.stdout is not None
        assert process.stdout.readline() == "looked\n"
    writers = [start(RECORD, "5100") for _ in range(4)]
    for process in writers:
        finish(process)
    done.touch()
    assert [finish(process).split()[-1] for process in sealers] == ["0", "0"]
    audit_seal_all(now=now, checkpoints=checkpoints)
    assert audit_problems(checkpoints) == []
    assert AuditEvent.objects.count() == AuditSeal.objects.count() == 20_000
    assert not AuditWaiting.objects.exists()
    assert min(checkpoints_read(checkpoints).links) < 20_000, (
        "the sealers did nothing while the rows were written"
    )


@pytest.mark.django_db(transaction=True)
def test_a_row_committed_late_with_a_lower_id_is_sealed_behind_the_others(
    now: datetime, checkpoints: Path
) -> None:
    """And whoever writes rows is not held up by a sealer, nor a sealer by him."""
    late = start(
        "import django; django.setup()\n"
        "from django.db import transaction\n"
        "from django.utils import timezone\n"
        "from accounts.services import audit_event_record\n"
        "with transaction.atomic():\n"
        "    event = audit_event_record(now=timezone.now(), user=None, action='reveal', object_type='x')\n"
        "    print(event.pk, flush=True); input()\n"
    )
    with ended_with_the_test(late):
        assert late.stdout is not None
        early = int(late.stdout.readline())
        ids = record(now, 2)
        assert ids[0] > early
        assert audit_seal_all(now=now, checkpoints=checkpoints) == 2
        with transaction.atomic():  # a sealer at work
            assert audit_seal(now=now) == 0
            late.communicate("\n", timeout=30)
    assert audit_seal_all(now=now, checkpoints=checkpoints) == 1
    assert list(AuditSeal.objects.order_by("number").values_list("event_id", flat=True)) == [*ids, early]
    assert audit_problems(checkpoints) == []


@pytest.mark.django_db(transaction=True)
def test_the_second_sealer_goes_away(now: datetime, checkpoints: Path) -> None:
    record(now, 3)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(418581342580)")  # as the other one does
        done = manage("shell", "-v0", "-c", "from audit.chain import audit_seal; from django.utils import timezone; print(audit_seal(now=timezone.now()))")  # fmt: skip
    assert done.stdout == "0\n", done.stderr
    assert AuditWaiting.objects.count() == 3


def test_who_did_it_is_part_of_the_row(now: datetime, checkpoints: Path) -> None:
    lee, wang = user("lee"), user("wang")
    event = audit_event_record(now=now, user=lee, action=Action.REVEAL, object_type="residents.resident")
    audit_seal_all(now=now, checkpoints=checkpoints)
    behind_our_back("UPDATE accounts_auditevent SET user_id = %s WHERE id = %s", wang.pk, event.pk)
    assert audit_problems(checkpoints) == [Problem(Kind.CHANGED, (event.pk,))]
