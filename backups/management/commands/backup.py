"""`manage.py backup --to DIR`: an encrypted copy of the database that was restored and counted before it got its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backups.rules import BackupError, keep_read
from backups.runner import backup_make
from baibuting.common.database_owner import owner_connected
from baibuting.common.pinging import ping


class Command(BaseCommand):
    help = "备份数据库：加密、试恢复、核对行数，都通过了才算数"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, required=True, help="放备份的文件夹")
        parser.add_argument("--keep", default="7,5,12", help="保留多少份：每日,每周,每月（默认 7,5,12）")

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run as the owner of the database: the portal's own role may make no database to try the restore in."""
        with owner_connected():
            return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        """Make a backup and say so to PING_BACKUP_URL. Exit status 1 with a sentence where there is none."""
        try:
            keep = keep_read(options["keep"])
        except ValueError as wrong:
            raise CommandError(str(wrong)) from wrong
        try:
            run = backup_make(folder=options["to"].absolute(), keep=keep, read_clock=timezone.now)
        except BaseException as failure:
            ping(settings.PING_BACKUP_URL, failed=True)
            if isinstance(failure, BackupError):
                raise CommandError(str(failure)) from failure
            raise
        ping(settings.PING_BACKUP_URL)
        self.stdout.write(
            f"已备份：{options['to'] / run.file_name}，{run.size:,} 字节；试恢复 {run.tables} 张表、{run.rows:,} 行，都对得上。"
        )
