"""`manage.py erase_again`: after a restore, erase again whoever was erased since the backup was made."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from visits.services import erased_again


class Command(BaseCommand):
    help = "恢复备份后运行：按名单（ERASED_LIST）再次删除已删除过的人"

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase whoever is on the list and stands in the database again."""
        path = settings.ERASED_LIST
        if not path.exists():
            raise CommandError(f"没有名单 {path}：从未删除过任何人，或名单没有随备份一起恢复。")
        try:
            count = erased_again(erased_list=path, now=timezone.now())
        except ValidationError as refusal:
            raise CommandError("".join(refusal.messages)) from refusal
        self.stdout.write(f"按名单再次删除 {count} 人。")
