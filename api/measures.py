"""What Prometheus is told of messages to other offices."""

from __future__ import annotations

from datetime import datetime

from api.models import Delivery
from baibuting.common.measuring import owed_measure
from baibuting.common.portal import Measure


def _messages(now: datetime) -> dict[str, float]:
    return owed_measure(Delivery.objects.all(), "created_at", now, "webhooks")


MEASURES = (
    Measure(
        {
            "webhooks_owed": "Messages to other offices that wait to be sent.",
            "webhooks_oldest_seconds": "Seconds since the oldest of them was made.",
        },
        _messages,
    ),
)
