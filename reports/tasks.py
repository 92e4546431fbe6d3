"""Celery tasks; beat runs them every minute, and who asks for a report rings for them at once."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from reports.runner import REPORTS
from reports.services import TASK


@shared_task(name=TASK, ignore_result=True)
def make_reports() -> None:
    """Make what waits, and delete what is old."""
    REPORTS.work(read_clock=timezone.now)
