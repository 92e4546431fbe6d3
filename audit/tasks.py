"""Scheduled tasks."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from audit.chain import audit_seal_all
from audit.checking import LONGEST, alarm_end, alarm_raise, audit_check
from audit.choices import AlarmKind
from audit.tidying import is_due, tidy


@shared_task(name="audit.seal")
def seal_audit() -> None:
    """Seal the audit rows written since the last run, and publish the chain's head.

    Where the file of checkpoints cannot be written, an alarm is raised; the rows are sealed all the same.
    """
    now = timezone.now()
    try:
        audit_seal_all(now=now, checkpoints=settings.AUDIT_CHECKPOINTS)
    except OSError:
        alarm_raise(kind=AlarmKind.CHECKPOINT, now=now)
        raise
    alarm_end(kind=AlarmKind.CHECKPOINT, now=now)


@shared_task(name="audit.verify", time_limit=LONGEST.total_seconds())
def verify_audit() -> None:
    """Verify the chain once a night; rung every minute like all others."""
    audit_check(now=timezone.now(), checkpoints=settings.AUDIT_CHECKPOINTS, read_clock=timezone.now)


@shared_task(name="audit.tidy", ignore_result=True)
def tidy_rows() -> None:
    """Once a month, let go what has been kept long enough."""
    now = timezone.now()
    if is_due(now):
        tidy(now=now, read_clock=timezone.now)
