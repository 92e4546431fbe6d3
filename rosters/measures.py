"""What Prometheus is told of imports in the background."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Q

from baibuting.common.portal import Measure
from rosters.choices import WAITING, WORKING
from rosters.models import ImportRun


def _runs(now: datetime) -> dict[str, float]:
    return ImportRun.objects.order_by().aggregate(
        imports_waiting=Count("pk", filter=Q(state__in=WAITING)),
        imports_running=Count("pk", filter=Q(state__in=WORKING)),
    )


MEASURES = (
    Measure(
        {
            "imports_waiting": "Imports that no worker has taken up yet.",
            "imports_running": "Imports that a worker is at.",
        },
        _runs,
    ),
)
