"""`manage.py new_epoch`: after a restore from a backup, make phones send the last seven days again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from phone.services import epoch_renew


class Command(BaseCommand):
    help = "从备份恢复后运行一次：各手机会把最近七天发送过的记录再发一遍，已有的不会重复"

    def handle(self, *args: Any, **options: Any) -> None:
        epoch_renew(now=timezone.now())
        self.stdout.write("已开始新的数据库版本，各手机下次联网时补发最近七天的记录。")
