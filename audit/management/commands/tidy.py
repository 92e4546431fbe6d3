"""`manage.py tidy`: let go what has been kept long enough; `--dry-run` says how much that is."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from audit.tidying import tidy, tidying_ahead


class Command(BaseCommand):
    help = "按保存期限清理到期的内容；平时每月自动进行一次"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="只数一数，不清理")

    def handle(self, *args: Any, **options: Any) -> None:
        """Tidy, or count what would be tidied; one line for each kind of row."""
        now = timezone.now()
        done = tidying_ahead(now=now) if options["dry_run"] else tidy(now=now, read_clock=timezone.now)
        if not done:
            self.stdout.write("另一个进程正在清理，没有重复进行。")
        for one in done:
            verb = "到期" if options["dry_run"] or one.retention.only_counted else "已清理"
            self.stdout.write(
                f"{verb} {one.count} 条：{one.retention.label}，保存 {one.retention.kept_days} 天"
            )
