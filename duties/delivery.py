"""E-mails for events: one a recipient and run, sent at least once, every attempt recorded."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

from duties.models import NoticeDelivery

logger = logging.getLogger(__name__)

BATCH = 200
LONGEST_WAIT = timedelta(hours=6)


def notices_deliver(*, now: datetime, batch: int = BATCH) -> int:
    """Send what is owed by `now`; returns how many notices went out.

    A notice is marked sent only after the mail server took it: a crash in between sends it again, never loses it.
    Holders without an address have the in-app notice alone.
    """
    sent = 0
    while True:
        with transaction.atomic():
            owed = list(
                NoticeDelivery.objects.select_for_update(skip_locked=True, of=("self",))
                .select_related("cadre__user", "event__duty__building")
                .filter(sent_at=None, next_attempt_at__lte=now)
                .order_by("cadre_id", "id")[:batch]
            )
            if not owed:
                return sent
            for _, same in groupby(owed, key=lambda delivery: delivery.cadre_id):
                sent += _deliver(list(same), now)


def _deliver(deliveries: Sequence[NoticeDelivery], now: datetime) -> int:
    user = deliveries[0].cadre.user
    if user is None or not user.is_active or not user.email:
        for delivery in deliveries:
            delivery.next_attempt_at = None
            delivery.last_failure = "没有可用的邮箱"
        NoticeDelivery.objects.bulk_update(deliveries, ["next_attempt_at", "last_failure"])
        return 0
    failure = ""
    try:
        send_mail(
            subject=f"{len(deliveries)} 件走访责任请您过问",
            message=_text(deliveries),
            from_email=settings.DEFAULT_FROM_EMAIL,
            recipient_list=[user.email],
        )
    except (SMTPException, OSError) as error:
        failure = type(error).__name__
        logger.warning(
            "notices: the mail server did not take a message (%s); it will be tried again", failure
        )
    for delivery in deliveries:
        delivery.attempts += 1
        delivery.last_attempt_at = now
        delivery.last_failure = failure
        delivery.sent_at = None if failure else now
        delivery.next_attempt_at = now + _wait(delivery.attempts) if failure else None
    NoticeDelivery.objects.bulk_update(
        deliveries, ["attempts", "last_attempt_at", "last_failure", "sent_at", "next_attempt_at"]
    )
    return 0 if failure else len(deliveries)


def _wait(attempts: int) -> timedelta:
    return min(timedelta(minutes=2**attempts), LONGEST_WAIT)


def _text(deliveries: Sequence[NoticeDelivery]) -> str:
    """Places and dates only: no resident's name, category or number ever goes into a mail."""
    lines = [
        f"{delivery.event.duty.building}：应于 {delivery.event.duty.due_on:%Y-%m-%d} 前办理"
        for delivery in deliveries
    ]
    where = f"打开 {settings.PUBLIC_URL}/notices/ " if settings.PUBLIC_URL else "登录系统"
    return f"您好，下列责任需要您过问，请{where}查看详情：\n\n" + "\n".join(lines) + "\n"
