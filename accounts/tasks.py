"""What runs on a schedule."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from accounts.chain import audit_seal_all


@shared_task(name="accounts.seal_audit")
def seal_audit() -> None:
    """Seal the audit rows written since the last run, and publish the chain's head."""
    audit_seal_all(now=timezone.now(), heads=settings.AUDIT_HEADS)
