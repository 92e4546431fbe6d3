"""Reading the audit trail."""

from __future__ import annotations

from datetime import datetime

from audit.choices import Action
from audit.models import AuditEvent


def alarms_since(moment: datetime) -> int:
    """Return how often somebody has read a great many people in full since then."""
    return AuditEvent.objects.filter(action=Action.ALARM, at__gte=moment).count()
