"""What Prometheus is told of messages to people."""

from __future__ import annotations

from datetime import datetime

from baibuting.common.measuring import owed_measure
from baibuting.common.portal import Measure
from messaging.models import Channel, Dispatch
from messaging.rules import LAST_OF_CHANNEL


def _messages(now: datetime) -> dict[str, float]:
    owed = owed_measure(Dispatch.objects.all(), "message__made_at", now, "messages")
    broken = Channel.objects.filter(is_on=True, failures__gte=LAST_OF_CHANNEL).count()
    return {**owed, "channels_failing": broken}


MEASURES = (
    Measure(
        {
            "messages_owed": "Messages to people that wait to be sent.",
            "messages_oldest_seconds": "Seconds since the oldest of them was made.",
            "channels_failing": "Channels whose last attempts have all failed.",
        },
        _messages,
    ),
)
