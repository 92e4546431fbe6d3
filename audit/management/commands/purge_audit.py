"""`manage.py purge_audit --before 2026-01-01`: delete audit rows older than the law requires to keep."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit.chain import audit_purge, audit_seal_all
from baibuting.common.database_owner import owner_connected


class Command(BaseCommand):
    help = "清理某日之前的审计记录；清理后审计链仍可核对"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--before", type=date.fromisoformat, required=True, help="如：2026-01-01")

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run as the owner of the database: the portal's own role may not delete from the trail."""
        with owner_connected():
            return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        """Seal waiting rows, then purge: only sealed rows can be deleted."""
        now, checkpoints = timezone.now(), settings.AUDIT_CHECKPOINTS
        audit_seal_all(now=now, checkpoints=checkpoints)
        try:
            count = audit_purge(
                before=options["before"], keep_days=settings.AUDIT_KEEP_DAYS, now=now, checkpoints=checkpoints
            )
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        self.stdout.write(f"已清理 {count} 条审计记录。")
