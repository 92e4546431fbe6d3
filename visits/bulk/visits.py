"""Many visits at once, and every duty they satisfy settled, in a constant number of statements a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from baibuting.common.bulk import ids_take, rows_copy
from baibuting.common.crypto import every
from baibuting.common.fields import seal_value
from baibuting.common.tabular.report import Written
from residents.models import CareRecord
from visits.bulk.align import align
from visits.choices import VisitOrigin
from visits.digests import Words, content_digest, exported_words, to_the_minute
from visits.models import Visit
from visits.services import clocks_lock

_VISIT_COLUMNS = (
    "id", "uid", "community_id", "building_id", "resident_id", "visited_at", "has_time", "received_at", "method", "seen",
    "visitor_id", "visitor_post", "visitor_name", "notes", "request", "content_digest", "origin", "recorded_by_id",
    "voided_at", "void_reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """One visit as a roster tells it; `visitor_id` where the visitor is a registered cadre."""

    resident_id: int
    building_id: int
    visited_at: datetime
    has_time: bool
    method: str
    seen: bool
    visitor_id: int | None
    visitor_post: str
    visitor_name: str
    notes: str
    request: str
    content_digest: bytes = field(init=False)

    def __post_init__(self) -> None:
        digest = content_digest(
            self.resident_id,
            self.visited_at,
            self.method,
            self.seen,
            self.visitor_name,
            self.notes,
            self.request,
        )
        object.__setattr__(self, "content_digest", digest)

    @property
    def exported_words(self) -> Words:
        """What it would say in an export."""
        return exported_words(
            self.resident_id,
            self.visited_at,
            self.method,
            self.seen,
            self.visitor_name,
            self.notes,
            self.request,
        )


def visits_enter(
    *,
    community_id: int,
    visits: Sequence[VisitFacts],
    now: datetime,
    recorded_by_id: int | None,
    journal: list[Written] | None = None,
) -> tuple[int, int]:
    """Record the visits that are not there yet and settle every duty they satisfy; returns (new, already there).

    A visit that says the same in every word is the same visit, within the file and with what is stored: imported
    before, or entered by hand and exported since.
    """
    clocks = clocks_lock(care_record__resident__in={visit.resident_id for visit in visits})
    unique = {visit.content_digest: visit for visit in visits}
    stored = Visit.objects.filter(
        community=community_id,
        resident__in={visit.resident_id for visit in visits},
        content_digest__isnull=False,
    )
    known = {bytes(digest) for digest in stored.values_list("content_digest", flat=True) if digest}
    unknown = [visit for digest, visit in unique.items() if known.isdisjoint(every(digest))]
    exported = _exported_before(community_id, unknown)
    new = [visit for visit in unknown if visit.exported_words not in exported]
    pks = ids_take(Visit, len(new))
    rows_copy(
        Visit,
        _VISIT_COLUMNS,
        (
            (pk, *_visit_columns(visit, community_id, now, recorded_by_id))
            for pk, visit in zip(pks, new, strict=True)
        ),
    )
    if journal is not None:
        journal += [Written("visits.visit", pk) for pk in pks]
    touched = {visit.resident_id for visit in new}
    residents = dict(
        CareRecord.objects.filter(clock__in=clocks, resident__in=touched).values_list("pk", "resident_id")
    )
    moved = [clock for clock in clocks if clock.care_record_id in residents]
    align(moved, now)
    return len(new), len(unique) - len(new)


def _exported_before(community_id: int, visits: Sequence[VisitFacts]) -> set[Words]:
    """What stored visits to these people in these very minutes say in an export, whichever way they came in."""
    if not visits:
        return set()
    minutes = {visit.exported_words[:2] for visit in visits}
    moments = [at for _, at in minutes]
    stored = Visit.objects.filter(
        community=community_id,
        resident__in={resident for resident, _ in minutes},
        visited_at__gte=min(moments),
        visited_at__lt=max(moments) + timedelta(minutes=1),
    )
    rows = stored.order_by().values_list("pk", "resident_id", "visited_at")
    meant = [pk for pk, resident, at in rows.iterator() if (resident, to_the_minute(at)) in minutes]
    return {visit.exported_words() for visit in Visit.objects.filter(pk__in=meant).select_related("visitor")}


def _visit_columns(
    visit: VisitFacts, community_id: int, now: datetime, recorded_by_id: int | None
) -> Sequence[Any]:
    uid = uuid4()
    return (
        uid, community_id, visit.building_id, visit.resident_id, visit.visited_at, visit.has_time, now, visit.method,
        visit.seen, visit.visitor_id, visit.visitor_post, visit.visitor_name,
        seal_value(Visit, "notes", uid, visit.notes), seal_value(Visit, "request", uid, visit.request),
        visit.content_digest, VisitOrigin.IMPORT, recorded_by_id, None, b"",
    )  # fmt: skip
