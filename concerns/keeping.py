"""What erasing a person means for concerns, and how long what was written in them is kept."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from baibuting.common.keeping import ERASED, ErasedPerson, Retention, RowErasure
from concerns.models import Concern, ConcernEvent


def _concerns(person: ErasedPerson) -> QuerySet[Any]:
    mine = Q(resident__in=person.keys) | Q(visit__in=person.of("visits.visit"))
    return Concern.objects.unscoped("whose rows are erased").filter(mine)


def _events(person: ErasedPerson) -> QuerySet[Any]:
    return ConcernEvent.objects.unscoped("whose rows are erased").filter(
        concern__in=person.of("concerns.concern")
    )


def _old_words(before: datetime) -> QuerySet[Any]:
    return Concern.objects.unscoped("words past keeping").filter(closed_at__lt=before).exclude(words=b"")


def _words_empty(pks: Collection[int]) -> None:
    """Empty what was written; that there was a concern, and how it ended, stays."""
    ConcernEvent.objects.unscoped("words past keeping").filter(concern__in=pks).update(words=b"")
    Concern.objects.unscoped("words past keeping").filter(pk__in=pks).update(words=b"", answer=b"")


ERASURES = (
    RowErasure("concerns.concern", "诉求", rows=_concerns, becomes={"words": ERASED, "answer": ERASED}),
    RowErasure("concerns.concernevent", "诉求经过", rows=_events, becomes={"words": ""}),
)
RETENTIONS = (
    Retention(
        "concern_words",
        "concerns.concern",
        "诉求写的内容和结果（诉求本身保留）",
        days=5 * 365,
        least=365,
        rows=_old_words,
        remove=_words_empty,
    ),
)
