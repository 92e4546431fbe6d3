"""Sending what is owed: at least once, the longest waiting first; a failing receiver does not delay the others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from api.models import Delivery, Platform, Webhook
from api.sending import NotTakenError, post_message
from api.services.outbox import Receiver, delivery_claim, delivery_drop, delivery_settle, receiver_of
from api.signing import signed_headers
from baibuting.common.owed import owed_send


def deliveries_send(*, now: datetime, read_clock: Callable[[], datetime]) -> int:
    """Send what is owed by `now`, for less than a minute; return how many messages were accepted.

    A message counts as accepted only once its receiver has answered: a crash before sends it again, same id.
    """
    return owed_send(_Deliveries(), now=now, read_clock=read_clock)


Claimed = tuple[Delivery, Webhook | Platform]


class _Deliveries:
    """The outbox of deliveries; after a failure, the receiver's other messages wait for the next run."""

    def __init__(self) -> None:
        self._failed: set[Receiver] = set()

    def claim(self, *, now: datetime) -> Claimed | None:
        while (delivery := delivery_claim(now=now, but_not=self._failed)) is not None:
            receiver = _receiver(delivery)
            if receiver is not None:
                return delivery, receiver
            delivery_drop(delivery=delivery, reason="接收方已停用")
        return None

    def send(self, message: Claimed, *, now: datetime) -> str:
        return _send(*message, now)

    def settle(self, message: Claimed, *, failure: str, now: datetime) -> int:
        delivery, _ = message
        delivery_settle(delivery=delivery, failure=failure, now=now)
        if failure:
            self._failed.add(receiver_of(delivery=delivery))
        return 0 if failure else 1


def _receiver(delivery: Delivery) -> Webhook | Platform | None:
    """Return the receiver of a message; None where it is no longer active."""
    receiver = delivery.webhook or delivery.platform
    is_shut = delivery.webhook is not None and not delivery.webhook.client.is_active
    return None if receiver is None or not receiver.is_active or is_shut else receiver


def _send(delivery: Delivery, receiver: Webhook | Platform, now: datetime) -> str:
    """Attempt one message: return "" where it was accepted, else the reason."""
    body = delivery.payload.encode()
    headers = signed_headers(secret=receiver.secret, message_id=str(delivery.uid), at=now, body=body)
    if delivery.platform is not None and delivery.platform.credential:
        headers["Authorization"] = delivery.platform.credential
    try:
        post_message(receiver.url, body, headers)
    except NotTakenError as refusal:
        return str(refusal)
    return ""
