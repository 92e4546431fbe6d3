"""`manage.py erase_person <uid>`: what erasing a person would do; with two accounts and a ground, do it.

For when the pages cannot be used. The accounts are the two keepers who have agreed to it: their roles are asked as on
the pages, and both stand in the trail.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from baibuting.common.days import local_day
from cadres.selectors import scope_for
from residents.choices import ErasureGround
from residents.erasing import Preview, erasure_preview
from residents.models import Resident
from visits.services import erasure_confirm, erasure_propose


class Command(BaseCommand):
    help = "删除一个人的个人信息；不带账号时只列出会删除和会保留的条数"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("uid", type=UUID, help="居民的 uid")
        parser.add_argument("--proposed-by", help="申请人（社区工作者）的账号")
        parser.add_argument("--confirmed-by", help="确认人（安全管理员）的账号")
        parser.add_argument("--ground", choices=ErasureGround.values, help="依据")
        parser.add_argument("--reason", default="", help="说明，如：收到书面申请，编号 2026-031")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what it would do; erase where two accounts and a ground are given."""
        person = Resident.objects.unscoped("by the server's operator").filter(uid=options["uid"]).first()
        if person is None:
            raise CommandError("没有这个编号的居民，请核对 uid。")
        given = [options[name] for name in ("proposed_by", "confirmed_by", "ground")]
        if any(given) and not all(given):
            raise CommandError("请同时写明 --proposed-by、--confirmed-by 和 --ground。")
        self._say(erasure_preview(resident=person, now=timezone.now()))
        if not all(given):
            return
        try:
            self._erase(person, options)
        except ValidationError as refusal:
            raise CommandError("".join(refusal.messages)) from refusal
        self.stdout.write("已删除。")

    @transaction.atomic
    def _erase(self, person: Resident, options: dict[str, Any]) -> None:
        now = timezone.now()
        proposed_by, confirmed_by = (
            self._account(options[name], person) for name in ("proposed_by", "confirmed_by")
        )
        erasure = erasure_propose(
            resident=person, ground=options["ground"], reason=options["reason"], by=proposed_by, now=now
        )
        erasure_confirm(erasure=erasure, by=confirmed_by, now=now, erased_list=settings.ERASED_LIST)

    def _account(self, username: str, person: Resident) -> User:
        account = User.objects.filter(username=username).first()
        if account is None:
            raise ValidationError(f"没有账号 {username}。")
        if not scope_for(account, today=local_day(timezone.now())).covers(person.household.building.path):
            raise ValidationError(f"此人不在账号 {username} 的工作范围内。")
        return account

    def _say(self, preview: Preview) -> None:
        for label, count, fate in preview.rows:
            self.stdout.write(f"{label} {count} 条：{fate}")
        self.stdout.write(f"其他文字里提到 {preview.mentions} 处：删去号码和姓名")
        if preview.has_namesake:
            self.stdout.write("本社区另有同名的人，其他文字里只删号码，姓名不改。")
