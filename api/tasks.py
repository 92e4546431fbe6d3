"""Celery tasks; beat runs them every minute."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from api.delivery import deliveries_send
from api.services import events_fan_out, feed_number, requests_tidy


@shared_task(name="api.deliver", ignore_result=True)
def deliver() -> None:
    """Fan out events, and send what is owed."""
    events_fan_out(now=timezone.now())
    deliveries_send(now=timezone.now(), read_clock=timezone.now)


@shared_task(name="api.keep_feed", ignore_result=True)
def keep_feed() -> None:
    """Number new changes, so that the next reader need not, and delete old keys."""
    while feed_number():
        pass
    requests_tidy(now=timezone.now())
