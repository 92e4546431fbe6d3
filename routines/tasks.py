"""Celery tasks; beat runs them."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from routines.services import routines_align


@shared_task(name="routines.align", ignore_result=True)
def align() -> None:
    """Open and end routines as appointments and rules say today."""
    routines_align(now=timezone.now())
