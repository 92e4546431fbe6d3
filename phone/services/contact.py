"""Recording that a phone was heard from."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction

from phone.models import PhoneContact

logger = logging.getLogger(__name__)

# Written at most this often: silence is counted in days, and showing a page should not cost a write each time.
EVERY = timedelta(hours=1)


def phone_heard(*, cadre_id: int, now: datetime) -> bool:
    """Record that a cadre's phone made a request; return whether a row was written.

    It never waits and never fails: a row that another request has locked is left to it, and where the database
    cannot write, the page is shown all the same.
    """
    try:
        with transaction.atomic():
            if PhoneContact.objects.filter(cadre=cadre_id, heard_at__gt=now - EVERY).exists():
                return False
            known = PhoneContact.objects.select_for_update(skip_locked=True).filter(cadre=cadre_id).first()
            if known is None:
                PhoneContact.objects.bulk_create(
                    [PhoneContact(cadre_id=cadre_id, heard_at=now)], ignore_conflicts=True
                )
            else:
                known.heard_at = now
                known.save(update_fields=["heard_at"])
            return True
    except DatabaseError as failure:
        logger.warning("phones: not written down that one was heard from (%s)", type(failure).__name__)
        return False
