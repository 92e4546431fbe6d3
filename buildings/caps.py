"""Rate limits, counted in the database and never by who made the request."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum

from buildings.models import Cap


@transaction.atomic
def within_cap(*, key: str, most: int, per: timedelta, now: datetime) -> bool:
    """Count one more under a key where fewer than `most` were counted in the last `per`; else return False.

    Whole minutes are counted, so a cap may be lifted up to a minute late. A key names a place, a round or a form, like
    "repair|12": never a person, nor a client's address. What is refused is not counted, so that a flood does not close
    the page for longer than it lasts.
    """
    minute = now.replace(second=0, microsecond=0)
    Cap.objects.filter(key=key, minute__lte=minute - per).delete()
    Cap.objects.bulk_create([Cap(key=key, minute=minute)], ignore_conflicts=True)
    # of two concurrent calls the second waits here and counts the first
    current = Cap.objects.select_for_update().get(key=key, minute=minute)
    counted = Cap.objects.filter(key=key).aggregate(total=Sum("count"))["total"]
    if counted >= most:
        return False
    current.count += 1
    current.save(update_fields=["count"])
    return True
