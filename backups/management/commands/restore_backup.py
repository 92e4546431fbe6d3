"""`manage.py restore_backup FILE`: put a backup in the place of the database; the former one stays under another name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backups.restoring import backup_restore
from backups.rules import BackupError
from backups.services import restore_note
from baibuting.common.database_owner import owner_connected


class Command(BaseCommand):
    help = "用备份文件恢复数据库；原来的数据库改名留着"
    requires_system_checks = ()  # the database may be missing or broken: that is why one restores

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="backup 命令做出的文件")

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore, migrate to today's structure, note it in the trail. Exit status 1 with a sentence, and nothing changed."""
        with owner_connected():
            try:
                former, rows = backup_restore(file=options["file"], now=timezone.now())
            except BackupError as failure:
                raise CommandError(str(failure)) from failure
        call_command("migrate", interactive=False, verbosity=0)
        restore_note(now=timezone.now(), rows=rows)
        self.stdout.write(
            f"已恢复 {rows:,} 行。原来的数据库改名为 {former}，确认无误后再删除。\n"
            "启动以后请再运行：manage.py new_epoch（手机补送近七天的记录）、manage.py restart_feed（接口重新读取）。"
        )
