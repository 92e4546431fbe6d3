"""Celery tasks; beat runs them every minute, and who asks for a report rings for them at once."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from reports.runner import report_runs_work
from reports.services import TASK


@shared_task(name=TASK, ignore_result=True)
def make_reports() -> None:
    """Make what waits, and delete what is old."""
    report_runs_work(read_clock=timezone.now)
