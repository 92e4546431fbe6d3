"""`manage.py load_demo`: load a demo community with months of history."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from buildings.models import Place
from demo.interface import open_interface
from demo.load import NAME, demo_load
from demo.sign_ins import sign_in_table


class Command(BaseCommand):
    help = "载入示例社区：楼栋、骨干、居民、近四个月的走访与督办；打印演示账号"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--residents", type=int, default=400, help="必访居民人数（默认 400）")
        parser.add_argument("--seed", type=int, default=1, help="同一天用同一个数，得到同样的示例（默认 1）")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            with transaction.atomic():
                sign_ins = demo_load(residents=options["residents"], seed=options["seed"], now=now)
                token = open_interface(Place.objects.get(parent=None, name=NAME), now)
        except ValidationError as refused:
            raise CommandError("".join(refused.messages)) from refused
        self.stdout.write(f"{NAME}（示例，人名和号码均为虚构）的演示账号：\n{sign_in_table(sign_ins)}")
        self.stdout.write(f"数据接口 /api/v1/docs/ 的演示令牌：\n  {token}")
