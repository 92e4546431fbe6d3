"""What erasing a person means for repairs, and how long what reporters said of themselves is kept."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from baibuting.common.keeping import Retention, RowErasure
from repairs.models import RepairOrder


def _old_reporters(before: datetime) -> QuerySet[Any]:
    orders = RepairOrder.objects.unscoped("reporters past keeping").filter(closed_at__lt=before)
    return orders.exclude(Q(reporter_phone=b"") & Q(reporter_name=b""))


def _reporters_forget(pks: Collection[int]) -> None:
    """Empty who reported; the report and its course stay."""
    RepairOrder.objects.unscoped("reporters past keeping").filter(pk__in=pks).update(
        reporter_name=b"", reporter_phone=b"", shares_phone_with_property=False
    )


_WORDS = "about a shared part of a building; a name in it is taken out"
_REPORTER = "who reported, linked to no resident; goes 90 days after closing"

ERASURES = (
    RowErasure(
        "repairs.repairorder",
        "报修",
        keeps={
            "summary": _WORDS,
            "reporter_name": _REPORTER,
            "reporter_phone": _REPORTER,
            "public_words": "the office's own words on a public page",
            "code": "drawn at random",
        },
    ),
    RowErasure("repairs.repairstep", "维修进展", keeps={"words": _WORDS, "void_reason": _WORDS}),
    RowErasure("repairs.consent", "居民商议"),
    RowErasure(
        "repairs.repairpicture",
        "维修照片",
        keeps={"sealed": "of a shared part of a building, not of a person"},
    ),
    RowErasure("repairs.repairrating", "维修评价", keeps={"words": _WORDS}),
)
RETENTIONS = (
    Retention(
        "repair_reporters",
        "repairs.repairorder",
        "报修人的姓名和电话（办结以后；报修本身保留）",
        days=90,
        least=30,
        rows=_old_reporters,
        remove=_reporters_forget,
    ),
)
