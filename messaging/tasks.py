"""Celery tasks; beat runs them every minute."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from baibuting.common.owed import TIME_LIMIT
from messaging.delivery import messages_send
from messaging.services import notices_pass_on


@shared_task(name="messaging.send", ignore_result=True, time_limit=TIME_LIMIT)
def send() -> None:
    """Take over new notices, and send what is owed."""
    notices_pass_on(now=timezone.now())
    messages_send(now=timezone.now(), read_clock=timezone.now)
