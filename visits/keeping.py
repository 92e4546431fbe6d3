"""What erasing a person means for visits and incidents, and how long what was written of a visit is kept."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from baibuting.common.keeping import ERASED, ErasedPerson, Retention, RowErasure
from visits.models import FirstDue, RuleDue, Visit


def _visits(person: ErasedPerson) -> QuerySet[Any]:
    return Visit.objects.unscoped("whose rows are erased").filter(resident__in=person.keys)


def _first_dues(person: ErasedPerson) -> QuerySet[Any]:
    return FirstDue.objects.unscoped("whose rows are erased").filter(
        care_record__in=person.of("residents.carerecord")
    )


def _rule_dues(person: ErasedPerson) -> QuerySet[Any]:
    return RuleDue.objects.unscoped("whose rows are erased").filter(
        care_record__in=person.of("residents.carerecord")
    )


def _old_words(before: datetime) -> QuerySet[Any]:
    visits = Visit.objects.unscoped("words past keeping").filter(
        visited_at__lt=before, received_at__lt=before
    )
    return visits.exclude(Q(notes=b"") & Q(request=b""))


def _words_empty(pks: Collection[int]) -> None:
    """Empty what was written of visits; that they took place stays."""
    Visit.objects.unscoped("words past keeping").filter(pk__in=pks).update(notes=b"", request=b"")


ERASURES = (
    RowErasure(
        "visits.visit",
        "走访",
        rows=_visits,
        becomes={"notes": "", "request": "", "void_reason": ERASED, "visitor_name": ""},
    ),
    RowErasure("visits.firstdue", "首次应办日期", rows=_first_dues),
    RowErasure("visits.ruledue", "规则变更后的应办日期", rows=_rule_dues),
    RowErasure(
        "visits.incident",
        "必到事件",
        keeps={
            "summary": "about an event at a building; a name in it is taken out",
            "result": "about an event at a building; a name in it is taken out",
        },
    ),
    RowErasure("visits.arrival", "到场"),
)
RETENTIONS = (
    Retention(
        "visit_words",
        "visits.visit",
        "走访的情况记录和诉求（走访本身保留）",
        days=5 * 365,
        least=365,
        rows=_old_words,
        remove=_words_empty,
    ),
)
