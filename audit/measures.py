"""What Prometheus is told of the audit trail."""

from __future__ import annotations

from datetime import datetime

from audit.models import AuditAlarm, AuditCheck, AuditWaiting
from baibuting.common.measuring import known, seconds_since
from baibuting.common.portal import Measure


def _trail(now: datetime) -> dict[str, float]:
    last = AuditCheck.objects.filter(finished_at__isnull=False).order_by("-night").first()
    return known(
        {
            "audit_check_age_seconds": seconds_since(last.finished_at, now) if last else None,
            "audit_check_problems": last.problems if last else None,
            "audit_alarms": AuditAlarm.objects.filter(ended_at=None).count(),
            "audit_waiting": AuditWaiting.objects.count(),
        }
    )


MEASURES = (
    Measure(
        {
            "audit_check_age_seconds": "Seconds since the chain was last verified.",
            "audit_check_problems": "What that found wrong; 0 for an intact chain.",
            "audit_alarms": "Alarms about the trail itself that stand.",
            "audit_waiting": "Rows that wait to be sealed into the chain.",
        },
        _trail,
    ),
)
