"""Scheduled tasks."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from audit.chain import audit_seal_all


@shared_task(name="audit.seal")
def seal_audit() -> None:
    """Seal the audit rows written since the last run, and publish the chain's head."""
    audit_seal_all(now=timezone.now(), checkpoints=settings.AUDIT_CHECKPOINTS)
