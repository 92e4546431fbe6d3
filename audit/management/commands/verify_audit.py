"""`manage.py verify_audit`: verify the audit trail; names what was changed, deleted, swapped, inserted or cut off."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.chain import chain_head
from audit.checking import problems_record
from audit.models import AuditWaiting
from audit.verifying import audit_problems


class Command(BaseCommand):
    help = "核对审计链：逐条指出被改动、删除、互换、插入和截去的记录"

    def handle(self, *args: Any, **options: Any) -> None:
        """Print every problem. Exit status 1 where there is one."""
        problems = audit_problems(settings.AUDIT_CHECKPOINTS)
        problems_record(problems=problems, now=timezone.now())
        for problem in problems:
            self.stderr.write(str(problem))
        if problems:
            raise CommandError(f"审计链有 {len(problems)} 处异常，请保留现场并报告审计管理员。")
        number, link = chain_head()
        self.stdout.write(
            f"审计链完好，共封存到第 {number} 号，另有 {AuditWaiting.objects.count()} 条待封存。链头 {link.hex()}"
        )
