"""`manage.py rotate_keys`: bring everything under the current keys, while the portal stays in use."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.key_checks import keys_record, keys_retire
from accounts.rotation import BATCH, key_columns, keys_pass, sealed_under_old_keys, unreadable_values
from audit.chain import audit_seal_all
from audit.choices import Action
from audit.services import audit_event_record

PAUSE = 2.0  # seconds; longer than a request that read a row before may take to save it


class Command(BaseCommand):
    help = "更换密钥：把全部加密栏位和查找摘要换到当前写入的密钥下，可随时中断、重来"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=BATCH, help="一次处理多少行")
        parser.add_argument("--pause", type=float, default=PAUSE, help="两遍之间停几秒")
        parser.add_argument("--check", action="store_true", help="只看还有多少没换，不改动")

    def handle(self, *args: Any, **options: Any) -> None:
        """Pass over all rows until two passes in a row find nothing left. Exit status 1 where something is left."""
        if options["check"]:
            self._check()
            return
        try:
            keys_record(now=timezone.now())
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        self._rotate(options["batch"], options["pause"])
        self._check()
        keys_retire(now=timezone.now())

    def _rotate(self, batch: int, pause: float) -> None:
        total, quiet = 0, 0
        while quiet < 2:
            done = keys_pass(batch=batch)
            total += done.changed
            if done.conflicts:
                named = "、".join(f"{label} {pk}" for label, pk in done.conflicts[:20])
                raise CommandError(f"有 {len(done.conflicts)} 条与另一条重复，请先合并或改正：{named}")
            quiet = 0 if done.changed or done.skipped else quiet + 1
            self.stdout.write(f"换了 {done.changed} 条，跳过正在使用的 {done.skipped} 条")
            time.sleep(pause if quiet < 2 else 0)
        audit_seal_all(now=timezone.now(), checkpoints=settings.AUDIT_CHECKPOINTS)
        audit_event_record(
            now=timezone.now(),
            user=None,
            action=Action.CHANGE,
            object_type="accounts.rotation",
            fields=[f"key {settings.FIELD_KEY_ID}", f"lookup key {settings.LOOKUP_KEY_ID}"],
            row_count=total,
        )

    def _check(self) -> None:
        unreadable = unreadable_values()
        for name, pk in unreadable:
            self.stderr.write(f"无法读取，已跳过：{name}，编号 {pk}。请从备份中找回，或清空后重新填写。")
        left = Counter(sealed_under_old_keys())
        left.subtract(name for name, _ in unreadable)
        left = +left  # those that are left at all
        for name, count in left.items():
            self.stderr.write(f"{name}：{count} 条还在旧密钥下")
        if left:
            raise CommandError("还没有换完，请再运行一次 rotate_keys。")
        models = "、".join(columns.model._meta.label_lower for columns in key_columns())
        self.stdout.write(f"全部加密栏位都在密钥 {settings.FIELD_KEY_ID} 下：{models}")
