"""What a user's phone has sent: entries of the last days, and photos."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from buildings.scope import ScopedQuerySet
from phone.models import Photo, Submission
from phone.rules import entry_kinds
from residents.models import Resident
from visits.models import Visit

SENT_DAYS = 7


@dataclass(frozen=True, slots=True)
class Sent:
    """An entry on its sender's own list; `where` is the flat or the place it concerns."""

    row: Submission
    where: str


def sent_lately(sender_id: int, now: datetime) -> list[Sent]:
    """Return what a user sent in seven days, newest first. One query, and one for each kind that says where."""
    sent = Submission.objects.filter(sender=sender_id, received_at__gte=now - timedelta(days=SENT_DAYS))
    rows = list(sent.select_related("place").order_by("-received_at", "-pk")[:100])
    where: dict[tuple[str, int | None], str] = {
        (code, pk): words
        for code, kind in entry_kinds().items()
        if kind.where is not None
        and (made := [row.object_id for row in rows if row.kind == code and row.object_id is not None])
        for pk, words in kind.where(made).items()
    }
    return [Sent(row, where.get((row.kind, row.object_id), row.place.name)) for row in rows]


def visits_where(visit_ids: Collection[int]) -> dict[int, str]:
    """Return building and flat by visit: "101栋 1-301". One query."""
    visits = Visit.objects.unscoped("of one's own entries").filter(pk__in=visit_ids)
    return {
        visit.pk: f"{visit.building.name} {visit.resident.household.short}"
        for visit in visits.select_related("building", "resident__household")
    }


def photos_of(visit: Visit) -> ScopedQuerySet[Photo]:
    """Return the photos that phones sent with a visit."""
    return _photos([visit.pk])


def photos_sent(resident: Resident, sender_id: int) -> QuerySet[Photo]:
    """Return the photos that a user sent with visits to a person."""
    visits = Visit.objects.filter(resident=resident).values("pk")
    return _photos(visits).filter(submission__sender=sender_id)


def _photos(visit_ids: Any) -> ScopedQuerySet[Photo]:
    sent = Submission.objects.filter(object_type=Visit._meta.label_lower, object_id__in=visit_ids)
    return Photo.objects.filter(submission__in=sent)
