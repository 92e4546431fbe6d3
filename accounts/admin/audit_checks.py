"""Whether the audit trail itself is whole: the nightly verifications, and the alarms. Read-only."""

from __future__ import annotations

from django.contrib import admin
from django.utils import timezone
from django.utils.safestring import SafeString

from adminkit.base import PortalAdmin
from adminkit.lists import chip
from audit.models import AuditAlarm, AuditCheck


@admin.register(AuditCheck)
class AuditCheckAdmin(PortalAdmin):
    index_position = 30
    can_add = can_change = False
    list_display = ["night", "started_at", "finished_at", "result"]
    sortable_by = ()
    empty_hint = "每天夜里三点以后核对一次审计链，结果列在这里。"

    @admin.display(description="结果")
    def result(self, check: AuditCheck) -> SafeString:
        if check.problems is None:
            return chip("today", "没有完成")
        return chip("overdue", f"{check.problems} 处异常") if check.problems else chip("done", "✓ 完好")


@admin.register(AuditAlarm)
class AuditAlarmAdmin(PortalAdmin):
    index_position = 40
    can_add = can_change = False
    list_display = ["began_at", "kind", "count", "state", "ended_at", "mail"]
    sortable_by = ()
    empty_hint = "审计链有异常、夜间核对没有完成、链头写不出去时，会列在这里，并发邮件给审计管理员。"

    @admin.display(description="状态")
    def state(self, alarm: AuditAlarm) -> SafeString:
        return chip("overdue", "未解除") if alarm.ended_at is None else chip("done", "已解除")

    @admin.display(description="邮件")
    def mail(self, alarm: AuditAlarm) -> str:
        if alarm.sent_at is not None:
            return f"{timezone.localtime(alarm.sent_at):%Y-%m-%d %H:%M} 已发出"
        if alarm.next_attempt_at is None:
            return "解除前没有发出"
        return f"待发（{alarm.last_failure}）" if alarm.last_failure else "待发"
