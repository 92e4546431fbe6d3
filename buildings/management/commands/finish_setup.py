"""`manage.py finish_setup`: end set-up; no account that may do everything stays active."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.setup import setup_finish
from buildings.selectors import accounts_placed


class Command(BaseCommand):
    help = "结束安装：停用全部最高权限账号，此后由三员各管一摊"

    def handle(self, *args: Any, **options: Any) -> None:
        """Disable all superusers. Exit status 1 while one of the 三员 is unfilled or has no place."""
        try:
            count = setup_finish(now=timezone.now(), placed=accounts_placed())
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        self.stdout.write(f"安装已结束，停用了 {count} 个最高权限账号。")
