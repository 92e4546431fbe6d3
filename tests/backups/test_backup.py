"""A backup is an encrypted file that was restored and counted; without that there is no file, and a sentence says why."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import Error
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit.models import AuditEvent
from backups import databases, dumping, restoring, runner
from backups.choices import State
from backups.models import BackupRun
from backups.rules import BackupError, file_name
from backups.selectors import last_backup_at
from backups.services import BROKEN_OFF, backup_begin, backup_fail, backup_finish
from baibuting.common import embedded_postgres
from residents.models import Resident
from tests.factories import community, resident
from tests.processes import ended_with_the_test, start_manage

pytestmark = [pytest.mark.needs_gnupg]


def databases_there() -> set[str]:
    """Of this test's database and those made aside of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{databases.current()}%"])
        return {name for (name,) in cursor.fetchall()}


def backup(folder: Path, *arguments: str) -> str:
    return str(call_command("backup", "--to", str(folder), *arguments))


def refusal(folder: Path, *arguments: str) -> str:
    """What the command says; there is then no file, no database aside, and the record says the same."""
    before = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    with pytest.raises(CommandError) as refused:
        backup(folder, *arguments)
    assert not folder.is_dir() or {path.name for path in folder.iterdir()} == before
    assert databases_there() == {databases.current()}
    return str(refused.value)


@pytest.mark.django_db(transaction=True)
def test_it_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A backup, what a person makes of it without the portal, and the database brought back from it."""
    home = community(staffed=False)
    resident(home.building, now=timezone.now(), name="李秀兰")
    for old in range(1, 4):  # of other days: two of them are over the rule
        (tmp_path / file_name(databases.current(), timezone.localtime() - timedelta(days=old))).touch()
    (tmp_path / "说明.txt").touch()
    backup(tmp_path, "--keep", "2,0,0")
    run = BackupRun.objects.get()
    assert (run.state, run.message, run.rows > 20) == (State.DONE, "", True)
    assert last_backup_at() == run.finished_at
    assert f"试恢复 {run.tables} 张表、{run.rows:,} 行，都对得上" in capsys.readouterr().out
    file = tmp_path / run.file_name
    assert (file.stat().st_size, file.stat().st_mode & 0o777) == (run.size, 0o600)
    assert len(list(tmp_path.iterdir())) == 3  # this one, yesterday's, and what is no backup
    assert databases_there() == {databases.current()}
    assert "李秀兰".encode() not in file.read_bytes()
    assert "李秀兰" in by_hand(file)
    Resident.objects.update(name="改过的")
    former = restore_here(file)
    try:
        assert Resident.objects.get().name == "李秀兰"
        assert not BackupRun.objects.exists()  # the snapshot is of before
        event = AuditEvent.objects.latest("pk")
        assert (event.action, event.row_count, event.get_action_display()) == (
            "restore",
            run.rows,
            "恢复备份",
        )
    finally:
        with databases.cursor_in(databases.MAINTENANCE) as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{former}" WITH (FORCE)')


def by_hand(file: Path) -> str:
    """As docs/operations.md says it: `gpg --decrypt FILE | pg_restore --file=-`."""
    key = os.environ["BACKUP_KEY"]
    gpg = [
        "gpg",
        "--batch",
        "--homedir",
        str(file.parent),
        "--pinentry-mode",
        "loopback",
        "--passphrase",
        key,
    ]
    plain = subprocess.run([*gpg, "--decrypt", str(file)], capture_output=True, check=True, timeout=60).stdout
    subprocess.run(["gpgconf", "--homedir", str(file.parent), "--kill", "all"], check=True, timeout=60)
    program = str(embedded_postgres.binaries() / "pg_restore")
    restored = subprocess.run([program, "--file=-"], input=plain, capture_output=True, check=True, timeout=60)
    return restored.stdout.decode()


def restore_here(file: Path) -> str:
    """Restore; returns what the former database is called."""
    before = databases_there()
    call_command("restore_backup", str(file))
    (former,) = databases_there() - before
    return former


# --- refusals -------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_without_a_key_it_says_how_to_make_one(tmp_path: Path, settings: Any) -> None:
    settings.BACKUP_KEY = ""
    assert "用 openssl rand -base64 32 生成一把，填到环境变量 BACKUP_KEY" in refusal(tmp_path)
    assert not BackupRun.objects.exists()


@pytest.mark.django_db
def test_without_gnupg_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "apt-get install gnupg" in refusal(tmp_path)


@pytest.mark.django_db
def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """A disk that is not mounted must not be replaced by a folder on the server's own."""
    assert "没有这个文件夹" in refusal(tmp_path / "盘")
    assert not (tmp_path / "盘").exists()


@pytest.mark.django_db
def test_a_rule_that_is_none_is_refused(tmp_path: Path) -> None:
    assert "请写成“每日,每周,每月”的份数" in refusal(tmp_path, "--keep", "7")


@pytest.mark.django_db(transaction=True)
def test_a_second_one_at_the_same_time_is_refused(tmp_path: Path) -> None:
    with databases.snapshot_alone():
        assert refusal(tmp_path) == "另一次备份正在进行，请等它结束再试。"
    assert not BackupRun.objects.exists()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is large; what goes wrong is in the file, not in it."""
    monkeypatch.setattr(dumping, "dump", lambda database, snapshot, file: file.write(b"a dump"))
    monkeypatch.setattr(dumping, "restore", lambda file, database: None)
    monkeypatch.setattr(databases, "_counts", lambda cursor: {"residents_resident": 7})


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("small")
def test_rows_that_are_missing_in_the_restored_one_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "counts_in", lambda database: {"residents_resident": 6})
    assert "恢复出来的行数对不上（residents_resident）" in refusal(tmp_path)
    run = BackupRun.objects.get()
    assert (run.state, run.file_name, run.message[:6]) == (State.FAILED, "", "备份没有完成")
    assert last_backup_at() is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("small")
def test_what_does_not_open_again_is_no_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(file: Any, database: str) -> None:
        raise BackupError("gpg 退出码 2")

    monkeypatch.setattr(dumping, "restore", fail)
    assert "写出的文件恢复不出来，gpg 退出码 2" in refusal(tmp_path)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("free", "said"), [(0, "所在的磁盘满了，请腾出空间再试"), (10**9, "写不出文件，")])
def test_a_disk_that_takes_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, said: str
) -> None:
    """The programs themselves meet the limit, as they would meet a full disk: gpg cannot write on."""
    monkeypatch.setattr(runner.shutil, "disk_usage", lambda path: type("Usage", (), {"free": free}))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        assert said in refusal(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert BackupRun.objects.get().state == State.FAILED


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_one_that_is_ended_leaves_no_backup_and_the_next_clears_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: None, number: signal.Signals
) -> None:
    community(staffed=False)
    with ended_with_the_test(start_manage("backup", "--to", str(tmp_path))) as process:
        wait_for(lambda: any(tmp_path.iterdir()))
        process.send_signal(number)
        process.wait(timeout=120)
    assert not any(path.name.endswith(".gpg") for path in tmp_path.iterdir())
    if number == signal.SIGTERM:
        assert (BackupRun.objects.get().message, list(tmp_path.iterdir())) == (BROKEN_OFF, [])
    wait_for(lambda: not locked())
    backup(tmp_path)
    assert [run.state for run in BackupRun.objects.order_by("pk")] == [State.FAILED, State.DONE]
    assert BackupRun.objects.earliest("pk").message == BROKEN_OFF
    assert [path.suffix for path in tmp_path.iterdir()] == [".gpg"]
    assert databases_there() == {databases.current()}


def locked() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s",
            [databases._LOCK & 0xFFFFFFFF],
        )
        return bool(cursor.fetchone()[0])


def wait_for(condition: Any, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# --- restoring ------------------------------------------------------------------------------------------------------
def restore_refusal(file: Path) -> str:
    """What the command says; nothing is changed and nothing left."""
    with pytest.raises(CommandError) as refused:
        call_command("restore_backup", str(file))
    assert databases_there() == {databases.current()}
    return str(refused.value)


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_none_or_was_altered_changes_nothing(tmp_path: Path) -> None:
    assert "没有这个文件" in restore_refusal(tmp_path / "none.dump.gpg")
    (tmp_path / "bad.dump.gpg").write_bytes(b"no backup at all")
    assert "现有的数据没有动。请核对 BACKUP_KEY" in restore_refusal(tmp_path / "bad.dump.gpg")


@pytest.mark.django_db(transaction=True)
def test_one_of_other_keys_or_beside_a_running_portal_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: None
) -> None:
    monkeypatch.setattr(restoring, "check_keys", lambda apps, databases: [Error("密钥不是那一把。")])
    (tmp_path / "a.dump.gpg").touch()
    assert restore_refusal(tmp_path / "a.dump.gpg") == "现有的数据没有动。密钥不是那一把。"
    monkeypatch.setattr(restoring, "check_keys", lambda apps, databases: [])
    with databases.cursor_in(databases.current()):
        assert "还有 1 个连接在用数据库" in restore_refusal(tmp_path / "a.dump.gpg")


# --- pings ----------------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("small")
def test_somebody_outside_is_told_of_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    called: list[tuple[str, bool]] = []
    monkeypatch.setattr(
        "backups.management.commands.backup.ping",
        lambda url, *, failed=False: called.append((url, failed)),
    )
    settings.PING_BACKUP_URL = "https://ping.example.cn/abc"
    refusal(tmp_path / "none")
    backup(tmp_path)
    assert called == [("https://ping.example.cn/abc", True), ("https://ping.example.cn/abc", False)]


# --- records --------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_newest_finished_one_counts(now: datetime) -> None:
    first = backup_finish(
        run=backup_begin(now=now), file_name="a.dump.gpg", size=9, tables=1, rows=2, now=now
    )
    backup_fail(run=backup_begin(now=now), message="说" * 300, now=now + timedelta(days=1))
    assert last_backup_at() == first.finished_at
    assert BackupRun.objects.filter(message="说" * 200).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"state": State.DONE, "size": 1, "file_name": "a"},
        {"state": State.WORKING, "finished_at": timezone.now()},
        {"state": State.DONE, "finished_at": timezone.now(), "size": 0, "file_name": "a"},
        {"state": State.DONE, "finished_at": timezone.now(), "size": 1, "file_name": ""},
    ],
)
def test_the_database_refuses(now: datetime, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        BackupRun.objects.create(started_at=now, **wrong)
    assert not BackupRun.objects.exists()
