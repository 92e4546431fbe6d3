"""`manage.py first_account_code`: print a new code by which the first account is made, at /first-account/."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.codes import first_code_issue
from accounts.rules import FIRST_CODE_FOR, code_shown
from accounts.setup import setup_waits


class Command(BaseCommand):
    help = "打印一个新的开通码，用来在 /first-account/ 开设第一个账号；已有账号时不再打印"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--at-start", action="store_true", help="已有账号时什么也不做，供启动命令使用")

    def handle(self, *args: Any, at_start: bool = False, **options: Any) -> None:
        """Print the code and where to type it. Exit status 1 where there is an account already."""
        if not setup_waits():
            if at_start:
                return
            raise CommandError(
                "已经有在用的账号。忘记密码请由另一位管理员重设，或用 createsuperuser 另开一个。"
            )
        code = code_shown(first_code_issue(now=timezone.now()))
        hours = int(FIRST_CODE_FOR.total_seconds() // 3600)
        self.stdout.write(
            f"还没有账号。请打开 /first-account/ 开设第一个账号，开通码：{code}（{hours} 小时内有效，只能用一次）"
        )
