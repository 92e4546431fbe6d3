"""Sending what is owed: at least once, the longest waiting first, one that fails never holding up the others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from api.models import Delivery
from api.sending import NotTakenError, post_message
from api.services.outbox import Receiver, delivery_claim, delivery_drop, delivery_settle, receiver_of
from api.signing import signed_headers

RUN = timedelta(seconds=50)  # the next run begins a minute after this one began


def deliveries_send(*, now: datetime, read_clock: Callable[[], datetime]) -> int:
    """Send what is owed by `now`, for less than a minute; returns how many messages were taken.

    A message counts as taken only after its receiver said so: a crash in between sends it again, under the same id.
    """
    taken = 0
    failed: set[Receiver] = set()
    while read_clock() - now < RUN:
        delivery = delivery_claim(now=now, but_not=failed)
        if delivery is None:
            break
        failure = _send(delivery, read_clock())
        if failure is None:
            continue
        delivery_settle(delivery=delivery, failure=failure, now=read_clock())
        if failure:
            failed.add(receiver_of(delivery=delivery))
        else:
            taken += 1
    return taken


def _send(delivery: Delivery, now: datetime) -> str | None:
    """Try one message: "" for taken, else why not; None where its receiver is there no more."""
    receiver = delivery.webhook or delivery.platform
    if receiver is None or not receiver.is_active or _is_shut(delivery):
        delivery_drop(delivery=delivery, reason="接收方已停用")
        return None
    body = delivery.payload.encode()
    headers = signed_headers(secret=receiver.secret, message_id=str(delivery.uid), at=now, body=body)
    if delivery.platform is not None and delivery.platform.credential:
        headers["Authorization"] = delivery.platform.credential
    try:
        post_message(receiver.url, body, headers)
    except NotTakenError as refusal:
        return str(refusal)
    return ""


def _is_shut(delivery: Delivery) -> bool:
    return delivery.webhook is not None and not delivery.webhook.client.is_active
