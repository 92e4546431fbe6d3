"""Visits that were ticked on paper and typed in at the office."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User
from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.days import midnight
from cadres.models import Cadre
from residents.models import Resident
from visits.choices import VisitOrigin
from visits.models import Visit
from visits.services.visit import SameVisitError, visit_record
from visits.sheets import SheetLine


@dataclass(frozen=True, slots=True)
class SheetVisit:
    """A line with the person it names and who went: a cadre, or somebody known by name."""

    line: SheetLine
    resident: Resident
    visitor: Cadre | None
    visitor_name: str = ""


@transaction.atomic
def sheet_enter(*, visits: Sequence[SheetVisit], by: User, now: datetime) -> tuple[int, int]:
    """Record the visits of a sheet; return how many are new and how many were known.

    Two lines about one person and day are one visit, and so is a sheet typed in twice. One row of the trail.
    """
    made = [
        visit for one in sorted(visits, key=lambda one: one.resident.pk) if (visit := _enter(one, by, now))
    ]
    for community_id in sorted({visit.community_id for visit in made}):
        audit_event_record(
            now=now,
            user=by,
            action=Action.CREATE,
            object_type=Visit._meta.label_lower,
            community_id=community_id,
            fields=["sheet"],
            row_count=sum(visit.community_id == community_id for visit in made),
        )
    return len(made), len(visits) - len(made)


def _enter(one: SheetVisit, by: User, now: datetime) -> Visit | None:
    try:
        return visit_record(
            resident=one.resident,
            visited_at=midnight(one.line.day),
            has_time=False,
            now=now,
            origin=VisitOrigin.OFFICE,
            method=one.line.method,
            seen=one.line.seen,
            visitor=one.visitor,
            visitor_name=one.visitor_name,
            notes=one.line.notes,
            recorded_by=by,
            once_a_day=True,
        )
    except SameVisitError:
        return None
