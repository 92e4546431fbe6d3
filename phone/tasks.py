"""Scheduled tasks of the phones' side."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from baibuting.common.owed import TIME_LIMIT
from phone.digest import digests_mail, digests_make


@shared_task(name="phone.make_digests", ignore_result=True)
def make_digests() -> None:
    """Make the digests that are due by now. Apart from the mails: phones show them whether or not mail works."""
    digests_make(now=timezone.now())


@shared_task(name="phone.send_digests", ignore_result=True, time_limit=TIME_LIMIT)
def send_digests() -> None:
    """Mail the digests still owed."""
    digests_mail(now=timezone.now(), read_clock=timezone.now)
