"""`manage.py texts_set_aside`: texts that an update took out of plain columns because they held people's numbers."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from accounts.models import SetAsideText
from audit.choices import Action
from audit.services import audit_event_record


class Command(BaseCommand):
    help = "列出升级时从明文栏位移出的原文（含身份证号或电话），核对后填到相应栏目"

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Print every text with its column and row; the audit trail records that they were read."""
        texts = list(SetAsideText.objects.order_by("column", "row_id"))
        for kept in texts:
            self.stdout.write(f"{kept.column}，编号 {kept.row_id}：{kept.text}")
        if not texts:
            self.stdout.write("没有移出的原文。")
            return
        audit_event_record(
            now=timezone.now(),
            user=None,
            action=Action.REVEAL,
            object_type=SetAsideText._meta.label_lower,
            fields=["text"],
            row_count=len(texts),
        )
