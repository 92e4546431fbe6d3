"""`manage.py restart_feed`: after restoring a backup, make every client read the change feed from its beginning."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from api.services import feed_restart


class Command(BaseCommand):
    help = "恢复备份之后运行：所有接口客户端从头读取变更"

    def handle(self, *args: Any, **options: Any) -> None:
        feed_restart()
        self.stdout.write("变更从头开始。各客户端下次读取时会收到提示，并自动重新读取全部数据。")
