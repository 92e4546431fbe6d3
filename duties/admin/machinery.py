"""What the sweep and its mail did, read-only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from adminkit.base import PortalAdmin
from adminkit.lists import chip
from buildings.admin_base import ScopedAdmin
from duties.alarms import time_label
from duties.models import NoticeDelivery, SweepRun


@admin.register(SweepRun)
class SweepRunAdmin(PortalAdmin):
    can_add = can_change = False
    list_display = [
        "started_at",
        "seconds",
        "looked_at",
        "opened",
        "reminded",
        "overdue",
        "escalated",
        "put_off",
    ]
    sortable_by = ()
    empty_hint = "系统每分钟检查一次到期的责任，完成后会列在这里。"

    @admin.display(description="用时")
    def seconds(self, run: SweepRun) -> str:
        if run.is_refused:
            return f"时钟不符（相差 {time_label(abs(timedelta(seconds=run.clock_ahead)))}），没有检查"
        if run.finished_at is None:
            return "未完成"
        return f"{(run.finished_at - run.started_at).total_seconds():.1f} 秒"


class SentFilter(admin.SimpleListFilter):
    title = "状态"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("sent", "已发出"), ("owed", "待发"), ("given_up", "没有可用邮箱")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        conditions = {
            "sent": Q(sent_at__isnull=False),
            "owed": Q(sent_at=None, next_attempt_at__isnull=False),
            "given_up": Q(sent_at=None, next_attempt_at=None),
        }
        word = self.value()
        return queryset if word is None else queryset.filter(conditions.get(word, Q(pk__in=())))


@admin.register(NoticeDelivery)
class NoticeDeliveryAdmin(ScopedAdmin):
    can_add = can_change = False
    list_display = ["cadre", "shown_place", "due_on", "state", "attempts", "last_attempt_at", "last_failure"]
    list_filter = [SentFilter]
    list_select_related = ["cadre", "event__duty__place__parent__parent"]
    search_fields = ["cadre__name"]
    name_search = ["cadre__"]
    search_help_text = "收件人姓名或拼音首字母"
    sortable_by = ()
    ordering = ["-pk"]
    empty_hint = "知会除了站内显示，也会发到有邮箱的账号；发送情况列在这里。"

    @admin.display(description="楼栋")
    def shown_place(self, delivery: NoticeDelivery) -> str:
        return delivery.event.duty.place.full_name

    @admin.display(description="应办日期")
    def due_on(self, delivery: NoticeDelivery) -> str:
        return f"{delivery.event.duty.due_on:%Y-%m-%d}"

    @admin.display(description="状态")
    def state(self, delivery: NoticeDelivery) -> SafeString:
        kind, words = ("nobody", "未发")
        if delivery.sent_at:
            kind, words = ("done", "✓ 已发出")
        elif delivery.next_attempt_at:
            kind, words = ("today", "待发")
        return chip(kind, words)
