"""What pages say when the sweep stands still: to a clerk at the desk, and on the phone."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest

from accounts.choices import Role
from buildings.viewer import viewer_of
from duties.selectors import last_progress_at


def standstill_label(now: datetime) -> str | None:
    """Return for how long the sweep has stood still: "12 分钟", "" where it never began; None while it is well. One query.

    Before the first sweep a process waits for it as long as `/healthz` does.
    """
    limit = timedelta(seconds=settings.SWEEP_STALE_AFTER)
    swept_at = last_progress_at(now=now)
    if swept_at is None:
        return "" if now.timestamp() - settings.STARTED_AT > limit.total_seconds() else None
    return time_label(now - swept_at) if now - swept_at > limit else None


def time_label(time: timedelta) -> str:
    """Return a length of time in its largest fitting unit: 12 分钟, 3 小时, 2 天."""
    minutes = int(time.total_seconds()) // 60
    if minutes < 120:
        return f"{minutes} 分钟"
    return f"{minutes // 60} 小时" if minutes < 48 * 60 else f"{minutes // 1440} 天"


def sweep_alarm(request: HttpRequest) -> str:
    """Return the sentence of the desk's bar, "" while the sweep is well."""
    viewer = viewer_of(request)
    label = standstill_label(viewer.now)
    if label is None:
        return ""
    stands = f"提醒已停止更新 {label}" if label else "提醒还没有开始更新"
    if viewer.user.role == Role.SYSTEM_ADMIN or viewer.user.is_superuser:
        return f"{stands}。请联系负责服务器的人：帮助里“运行与维护”的“平时看什么”写着怎么办。"
    return (
        f"{stands}：这段时间到期的，逾期和知会里还看不到。请通知系统管理员；恢复后会自动补上，已登记的都在。"
    )


def phone_alarm(now: datetime) -> str:
    """Return the sentence of the phone's pages, "" while the sweep is well."""
    label = standstill_label(now)
    if label is None:
        return ""
    return f"提醒停了 {label}，请告诉社区办" if label else "提醒还没有开始，请告诉社区办"
