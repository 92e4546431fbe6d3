"""How often something may be done in a time, counted in the database and never by who did it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum

from buildings.models import Cap


@transaction.atomic
def within_cap(*, key: str, most: int, per: timedelta, now: datetime) -> bool:
    """Count one more under a key, where fewer than `most` were counted in the time `per` before; else return False.

    Minutes are counted whole, so a cap may let go up to a minute late. A key names a place, a round or a form, like
    "repair|12": never a person, nor the address somebody comes from. What is refused is not counted, so that a flood
    does not close the page for longer than it lasts.
    """
    minute = now.replace(second=0, microsecond=0)
    Cap.objects.filter(key=key, minute__lte=minute - per).delete()
    Cap.objects.bulk_create([Cap(key=key, minute=minute)], ignore_conflicts=True)
    # of two at once the second waits here and counts the first
    current = Cap.objects.select_for_update().get(key=key, minute=minute)
    counted = Cap.objects.filter(key=key).aggregate(total=Sum("count"))["total"]
    if counted >= most:
        return False
    current.count += 1
    current.save(update_fields=["count"])
    return True
