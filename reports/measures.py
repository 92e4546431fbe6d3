"""What Prometheus is told of reports in the background."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Q

from baibuting.common.portal import Measure
from reports.choices import State
from reports.models import ReportRun


def _runs(now: datetime) -> dict[str, float]:
    return ReportRun.objects.order_by().aggregate(
        reports_waiting=Count("pk", filter=Q(state=State.WAITING)),
        reports_running=Count("pk", filter=Q(state=State.WORKING)),
    )


MEASURES = (
    Measure(
        {
            "reports_waiting": "Reports that no worker has taken up yet.",
            "reports_running": "Reports that a worker is at.",
        },
        _runs,
    ),
)
