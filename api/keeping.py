"""What erasing a person means for messages to other offices, and how long these are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from api.choices import DeliveryState
from api.models import Delivery, OutboxEvent
from baibuting.common.keeping import ErasedPerson, Retention, RowErasure

SETTLED = (DeliveryState.SENT, DeliveryState.GIVEN_UP)


def _events(person: ErasedPerson) -> QuerySet[Any]:
    return OutboxEvent.objects.filter(duty__in=person.of("duties.duty"))


def _deliveries(person: ErasedPerson) -> QuerySet[Any]:
    return Delivery.objects.unscoped("whose rows are erased").filter(event__in=person.of("api.outboxevent"))


def _deliveries_end(rows: QuerySet[Any], person: ErasedPerson) -> None:
    """Send nothing more about their duties: receivers learn from the feed that these have ended."""
    waiting = rows.exclude(state__in=SETTLED)
    waiting.update(state=DeliveryState.GIVEN_UP, next_attempt_at=None, last_failure="")


def _old_deliveries(before: datetime) -> QuerySet[Any]:
    return Delivery.objects.unscoped("messages past keeping").filter(state__in=SETTLED, created_at__lt=before)


def _old_events(before: datetime) -> QuerySet[Any]:
    """Return the events that nobody is owed a message of any more."""
    owed = Delivery.objects.unscoped("whether there are any").filter(event=OuterRef("pk"))
    return OutboxEvent.objects.filter(~Exists(owed), fanned_out_at__lt=before)


ERASURES = (
    RowErasure("api.outboxevent", "待通知事项", rows=_events, keeps={"topic": "the name of a kind of event"}),
    RowErasure(
        "api.delivery",
        "推送与上报",
        rows=_deliveries,
        change=_deliveries_end,
        becomes={"payload": ""},
        keeps={"last_failure": "the kind of a failure, never what it was about", "topic": "a kind of event"},
    ),
)
RETENTIONS = (
    Retention("deliveries", "api.delivery", "已送达的推送与上报", days=180, least=30, rows=_old_deliveries),
    Retention("outbox", "api.outboxevent", "已通知的事项", days=180, least=30, rows=_old_events),
)
