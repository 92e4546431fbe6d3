"""Scheduled tasks."""

from __future__ import annotations

from axes.models import AccessAttempt
from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.alarm_mail import alarms_mail
from accounts.lockout import FORGOTTEN_AFTER
from baibuting.common.owed import TIME_LIMIT


@shared_task(name="accounts.tidy_sign_ins")
def tidy_sign_ins() -> None:
    """Delete expired sessions, and records of wrong passwords after a day."""
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    AccessAttempt.objects.filter(attempt_time__lt=now - FORGOTTEN_AFTER).delete()


@shared_task(name="accounts.mail_alarms", time_limit=TIME_LIMIT)
def mail_alarms() -> None:
    """Mail the auditors what is wrong with the audit trail."""
    alarms_mail(now=timezone.now(), read_clock=timezone.now)
