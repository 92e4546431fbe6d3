"""Queries on the audit trail."""

from __future__ import annotations

from datetime import datetime

from audit.choices import Action
from audit.models import AuditEvent


def alarms_since(moment: datetime) -> int:
    """Return the number of alarms since a moment: very many people read in full, or very many wrong passwords."""
    return AuditEvent.objects.filter(action=Action.ALARM, at__gte=moment).count()
