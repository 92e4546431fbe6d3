"""Celery tasks: beat runs them every minute, and a request for a report enqueues them at once."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from reports.runner import REPORTS
from reports.services import TASK


@shared_task(name=TASK, ignore_result=True)
def make_reports() -> None:
    """Make the reports that wait, and delete old ones."""
    REPORTS.work(read_clock=timezone.now)
