"""From events to deliveries, and the outcome of each delivery."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from accounts.models import User
from api.choices import DeliveryState
from api.messages import webhook_text
from api.models import Delivery, OutboxEvent, Platform, Webhook
from api.reports import event_report
from api.rules import GIVE_UP_AFTER
from api.selectors import client_scope
from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.owed import attempt_begin
from buildings.scope import Scope

BATCH = 200
LONGEST_FAILURE = 100  # characters


def events_fan_out(*, now: datetime) -> int:
    """Write a delivery for every receiver subscribed to each new event; return how many.

    An event and its deliveries are written in one transaction: it is fanned out once, however often this is called.
    """
    written = 0
    while True:
        with transaction.atomic():
            events = list(
                OutboxEvent.objects.select_for_update(skip_locked=True, of=("self",))
                .filter(fanned_out_at=None)
                .select_related("building", "duty__category", "incident__building")
                .order_by("pk")[:BATCH]
            )
            if not events:
                return written
            deliveries = list(_deliveries(events, now))
            Delivery.objects.bulk_create(deliveries)
            OutboxEvent.objects.filter(pk__in=[event.pk for event in events]).update(fanned_out_at=now)
            written += len(deliveries)


@dataclass(frozen=True, slots=True)
class _Receivers:
    webhooks: list[tuple[Webhook, Scope]]
    platforms: dict[int, Platform]

    @classmethod
    def load(cls, communities: Collection[int]) -> _Receivers:
        active = Webhook.objects.filter(is_active=True, client__is_active=True).select_related("client")
        platforms = Platform.objects.filter(is_active=True, community__in=communities)
        return cls(
            [(webhook, client_scope(webhook.client)) for webhook in active],
            {platform.community_id: platform for platform in platforms},
        )


def _deliveries(events: Collection[OutboxEvent], now: datetime) -> Iterator[Delivery]:
    receivers = _Receivers.load({event.community_id for event in events})
    for event in events:
        for webhook, scope in receivers.webhooks:
            if event.topic in webhook.topics and scope.covers(event.building.path):
                delivery = _delivery(event, now)
                delivery.webhook, delivery.payload = webhook, webhook_text(event)
                yield delivery
        platform = receivers.platforms.get(event.community_id)
        if event.incident_id is not None and platform is not None:
            delivery = _delivery(event, now)
            delivery.platform = platform
            _write_report(delivery, event, platform, now)
            yield delivery


def _delivery(event: OutboxEvent, now: datetime) -> Delivery:
    return Delivery(
        event=event, community_id=event.community_id, topic=event.topic, created_at=now, next_attempt_at=now
    )


def _write_report(delivery: Delivery, event: OutboxEvent, platform: Platform, now: datetime) -> None:
    """Set a delivery's payload to the record; an incomplete one is held for the office."""
    report = event_report(event, platform)
    delivery.payload = report.text
    if report.lacking:
        delivery.state, delivery.next_attempt_at = DeliveryState.HELD, None
        delivery.last_failure = "；".join(report.lacking)[:LONGEST_FAILURE]
    else:
        delivery.state, delivery.next_attempt_at, delivery.last_failure = DeliveryState.OWED, now, ""


@transaction.atomic
def delivery_claim(*, now: datetime, but_not: Collection[Receiver] = ()) -> Delivery | None:
    """Claim the message that has waited longest, so that no other process sends it; None when nothing is owed.

    `but_not` are receivers that failed in this run: their other messages wait for the next.
    """
    owed = Delivery.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        state=DeliveryState.OWED, next_attempt_at__lte=now
    )
    for webhook_id, platform_id in but_not:
        owed = owed.exclude(
            Q(webhook=webhook_id) if webhook_id else Q(platform=platform_id, platform__isnull=False)
        )
    delivery = owed.select_related("webhook__client", "platform").order_by("next_attempt_at", "pk").first()
    if delivery is not None:
        attempt_begin([delivery], now=now)
    return delivery


Receiver = tuple[int | None, int | None]
"""(webhook id, platform id), one of them None."""


def receiver_of(*, delivery: Delivery) -> Receiver:
    """Return the receiver of a message."""
    return (delivery.webhook_id, delivery.platform_id)


@transaction.atomic
def delivery_settle(*, delivery: Delivery, failure: str, now: datetime) -> Delivery:
    """Record an attempt's failure, "" if accepted. A failed one waits longer each time, and is given up in the end."""
    delivery = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)
    delivery.last_failure = failure[:LONGEST_FAILURE]
    if not failure:
        delivery.state, delivery.sent_at, delivery.next_attempt_at = DeliveryState.SENT, now, None
    elif delivery.attempts >= GIVE_UP_AFTER:
        delivery.state, delivery.next_attempt_at = DeliveryState.GIVEN_UP, None
    else:
        delivery.next_attempt_at = now + delivery.wait()
    delivery.save(update_fields=["last_failure", "state", "sent_at", "next_attempt_at"])
    return delivery


@transaction.atomic
def delivery_drop(*, delivery: Delivery, reason: str) -> Delivery:
    """Give up a message whose receiver is gone."""
    delivery.state, delivery.next_attempt_at, delivery.last_failure = DeliveryState.GIVEN_UP, None, reason
    delivery.save(update_fields=["state", "next_attempt_at", "last_failure"])
    return delivery


@transaction.atomic
def delivery_replay(*, delivery: Delivery, now: datetime, by: User | None) -> Delivery:
    """Enqueue a message again, from the first attempt on. A webhook repeats its payload under the same id; a report is
    made anew from the incident and the dictionary of today. Raises ValidationError before the first attempt, and where
    the payload went with an erased person.
    """
    delivery = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("event__incident__building", "event__building", "platform")
        .get(pk=delivery.pk)
    )
    if delivery.state == DeliveryState.OWED and delivery.attempts == 0:
        raise ValidationError("这条还没有发送过，马上就会发送，无需重发。")
    if delivery.webhook_id is not None and not delivery.payload:
        raise ValidationError("这条涉及的人已按规定删除个人信息，报文已不在，不能重发。")
    delivery.attempts, delivery.state = 0, DeliveryState.OWED
    delivery.next_attempt_at, delivery.last_failure, delivery.sent_at = now, "", None
    if delivery.platform is not None:
        _write_report(delivery, delivery.event, delivery.platform, now)
    delivery.save()
    audit_event_record(
        now=now,
        user=by,
        action=Action.CHANGE,
        object_type=Delivery._meta.label_lower,
        object_id=str(delivery.pk),
        community_id=delivery.community_id,
        fields=["replay"],
    )
    return delivery
