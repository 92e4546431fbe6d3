"""Celery tasks: beat runs them every minute, and an upload enqueues them at once."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from rosters.runner import IMPORTS
from rosters.services import TASK


@shared_task(name=TASK, ignore_result=True)
def run_imports() -> None:
    """Check and import the runs that wait."""
    IMPORTS.work(read_clock=timezone.now)
