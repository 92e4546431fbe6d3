"""Reading accounts."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from accounts.choices import Action
from accounts.models import AuditEvent
from accounts.rules import phone_digest
from baibuting.common.crypto import every


def alarms_since(moment: datetime) -> int:
    """How often somebody has read a great many people in full since then."""
    return AuditEvent.objects.filter(action=Action.ALARM, at__gte=moment).count()


def account_called(typed: str) -> Q:
    """The condition on the account of that name or phone; one person types the one, another the other."""
    return Q(username=typed) | Q(phone_digest__in=every(phone_digest(typed)))
