"""What the phones' side does on a schedule."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from phone.digest import digests_mail, digests_make


@shared_task(name="phone.send_digests")
def send_digests() -> None:
    """Make and mail the digests that are due by now."""
    now = timezone.now()
    digests_make(now=now)
    digests_mail(now=now)
