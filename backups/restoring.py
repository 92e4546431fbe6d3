"""Bringing a backup back: beside what is there, tried out first, then swapped in; what was there stays under another name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.db import connection
from django.utils import timezone

from accounts.key_checks import check_keys
from backups import databases, dumping
from backups.rules import BackupError


def backup_restore(*, file: Path, now: datetime) -> tuple[str, int]:
    """Put a backup in the place of the portal's database; returns the name the former one has now, and the rows restored.

    Run as the owner, with nothing else connected. Raises BackupError where that is not so, for a file that does not
    open, and where the configured keys are not those the backup was written with: nothing is then changed.
    """
    dumping.refuse_unready()
    if not file.is_file():
        raise BackupError(f"没有这个文件：{file}。")
    database = databases.current()
    restored = f"{database}_restored"
    former = f"{database}_before_{timezone.make_naive(now):%Y%m%d%H%M%S}"
    with databases.database_aside(restored):
        try:
            with file.open("rb") as opened:
                dumping.restore(opened, restored)
        except (OSError, BackupError) as failure:
            raise BackupError(
                f"这个文件恢复不出来（{failure}），现有的数据没有动。请核对 BACKUP_KEY 是不是做备份时的那一把，或换一份备份。"
            ) from failure
        rows = sum(databases.counts_in(restored).values())
        _refuse_other_keys(restored)
        _refuse_others_in(database)
        databases.swap(restored, in_place_of=database, former=former)
    return former, rows


def _refuse_other_keys(restored: str) -> None:
    with _django_in(restored):
        problems = check_keys(None, databases=["default"])
    if problems:
        raise BackupError("现有的数据没有动。" + "".join(str(problem.msg) for problem in problems))


def _refuse_others_in(database: str) -> None:
    connection.close()
    if count := databases.sessions_in(database):
        raise BackupError(
            f"还有 {count} 个连接在用数据库，现有的数据没有动。请先停下 web、worker、mail、beat，再运行一次。"
        )


@contextmanager
def _django_in(database: str) -> Iterator[None]:
    """Have Django's connection lead to another database of the server for a block."""
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = database
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
