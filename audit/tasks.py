"""Scheduled tasks."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from audit.chain import audit_seal_all
from audit.tidying import is_due, tidy


@shared_task(name="audit.seal")
def seal_audit() -> None:
    """Seal the audit rows written since the last run, and publish the chain's head."""
    audit_seal_all(now=timezone.now(), checkpoints=settings.AUDIT_CHECKPOINTS)


@shared_task(name="audit.tidy", ignore_result=True)
def tidy_rows() -> None:
    """Once a month, let go what has been kept long enough."""
    now = timezone.now()
    if is_due(now):
        tidy(now=now, read_clock=timezone.now)
