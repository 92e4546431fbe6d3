"""What backups there are, read-only."""

from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString

from adminkit.base import PortalAdmin
from adminkit.lists import chip
from backups.choices import State
from backups.models import BackupRun

CHIPS = {State.DONE: ("done", "✓ "), State.FAILED: ("overdue", "✗ "), State.WORKING: ("today", "")}


@admin.register(BackupRun)
class BackupRunAdmin(PortalAdmin):
    can_add = can_change = False
    list_display = [
        "started_at",
        "shown_state",
        "seconds",
        "shown_size",
        "shown_rows",
        "file_name",
        "message",
    ]
    list_filter = ["state"]
    sortable_by = ()
    empty_hint = "还没有备份。请在服务器上运行 manage.py backup，并安排每天一次；做好的备份会列在这里。"

    @admin.display(description="状态")
    def shown_state(self, run: BackupRun) -> SafeString:
        kind, sign = CHIPS[State(run.state)]
        return chip(kind, f"{sign}{run.get_state_display()}")

    @admin.display(description="用时")
    def seconds(self, run: BackupRun) -> str:
        if run.finished_at is None:
            return "—"
        return f"{(run.finished_at - run.started_at).total_seconds():.0f} 秒"

    @admin.display(description="大小")
    def shown_size(self, run: BackupRun) -> str:
        return f"{run.size / 1_000_000:,.1f} MB" if run.size else "—"

    @admin.display(description="试恢复行数")
    def shown_rows(self, run: BackupRun) -> str:
        return f"{run.rows:,}" if run.state == State.DONE else "—"
