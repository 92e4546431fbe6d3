"""Queries on the audit trail."""

from __future__ import annotations

from datetime import datetime

from audit.choices import Action, AlarmKind
from audit.models import AuditAlarm, AuditEvent


def alarms_since(moment: datetime) -> int:
    """Return the number of alarms since a moment: very many people read in full, or very many wrong passwords."""
    return AuditEvent.objects.filter(action=Action.ALARM, at__gte=moment).count()


def alarm_sentence() -> str:
    """Return what is wrong with the trail itself, and what to do about it; "" while nothing is. One query."""
    standing = AuditAlarm.objects.filter(ended_at=None).order_by("pk")
    return " ".join(_SENTENCES[alarm.kind].format(count=alarm.count) for alarm in standing)


_SENTENCES: dict[str, str] = {
    AlarmKind.BROKEN: (
        "审计链有 {count} 处异常：审计记录可能被改过。请保留现场，让负责服务器的人运行 manage.py verify_audit，看是哪几条。"
    ),
    AlarmKind.UNFINISHED: "夜间的审计核对没有完成。请让负责服务器的人手工运行 manage.py verify_audit。",
    AlarmKind.CHECKPOINT: (
        "审计链的链头写不出去，可能是磁盘满了或没有权限。请让负责服务器的人检查 AUDIT_CHECKPOINTS 那个文件。"
    ),
}
