"""Mail to the auditors (审计管理员) about the trail itself; who they are, the trail does not know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.choices import Role
from accounts.models import User
from audit.models import AuditAlarm
from audit.selectors import alarm_sentence
from baibuting.common.mailing import MailServer
from baibuting.common.owed import attempt_begin, attempt_settle, owed_send


def alarms_mail(*, now: datetime, read_clock: Callable[[], datetime]) -> int:
    """Mail alarms owed by `now`, for less than a minute; return how many reached the auditors."""
    return owed_send(_Alarms(), now=now, read_clock=read_clock)


class _Alarms:
    """An alarm goes to every auditor; where one mail of it fails, all are sent again."""

    def __init__(self) -> None:
        self._server = MailServer()

    def claim(self, *, now: datetime) -> AuditAlarm | None:
        if self._server.is_away:
            return None
        with transaction.atomic():
            owed = AuditAlarm.objects.filter(sent_at=None, next_attempt_at__lte=now)
            alarm = owed.select_for_update(skip_locked=True).order_by("next_attempt_at", "pk").first()
            if alarm is not None:
                attempt_begin([alarm], now=now)
            return alarm

    def send(self, message: AuditAlarm, *, now: datetime) -> str:
        addresses = _addresses()
        if not addresses:
            return "没有可用的邮箱"
        where = f"打开 {settings.PUBLIC_URL}/admin/ " if settings.PUBLIC_URL else "登录系统"
        text = f"您好：\n\n{alarm_sentence()}\n\n请{where}查看“审计告警”。\n"
        failures = [
            self._server.send(subject=f"告警：{message.get_kind_display()}", text=text, to=address)
            for address in addresses
        ]
        return next(filter(None, failures), "")

    def settle(self, message: AuditAlarm, *, failure: str, now: datetime) -> int:
        return attempt_settle([message], failure=failure, now=now)


def _addresses() -> list[str]:
    auditors = User.objects.filter(role=Role.AUDITOR, is_active=True).order_by("pk")
    return [auditor.email for auditor in auditors if auditor.email]
