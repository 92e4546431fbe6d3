"""Celery tasks; beat runs each every minute, and other code may enqueue them sooner."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from baibuting.common.owed import TIME_LIMIT
from duties.delivery import notices_deliver
from duties.watching import sweep_and_report


@shared_task(name="duties.sweep_duties", ignore_result=True)
def sweep_duties() -> None:
    """Reconcile every duty that has fallen due."""
    sweep_and_report(read_clock=timezone.now)


@shared_task(name="duties.deliver_notices", ignore_result=True, time_limit=TIME_LIMIT)
def deliver_notices() -> None:
    """Send the e-mails still owed."""
    notices_deliver(now=timezone.now(), read_clock=timezone.now)
