"""Recording visits."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from baibuting.common.days import local_day
from cadres.models import Cadre
from cadres.selectors import post_held_on
from duties.services import clocks_align
from residents.models import Resident
from visits.choices import Method, VisitOrigin
from visits.models import Visit
from visits.services.care import clocks_lock


@transaction.atomic
def visit_record(
    *,
    resident: Resident,
    visited_at: datetime,
    now: datetime,
    origin: VisitOrigin,
    method: Method = Method.HOME,
    seen: bool = True,
    visitor: Cadre | None = None,
    visitor_name: str = "",
    notes: str = "",
    request: str = "",
    has_time: bool = True,
    recorded_by: User | None = None,
    uid: UUID | None = None,
) -> Visit:
    """Record one visit and settle, in the same transaction, every duty of the person that it satisfies.

    Raises ValidationError when it lies in the future or nobody is named as the visitor.
    """
    if visited_at > now:
        raise ValidationError({"visited_at": "走访时间不能晚于现在，请改成实际走访的时间。"})
    if visitor is None and not visitor_name:
        raise ValidationError({"visitor": "请选择走访人；不在名册上的，请写下姓名。"})
    clocks = clocks_lock(care_record__resident=resident)
    building = resident.household.building
    visit = Visit.objects.create(
        uid=uid or uuid4(),
        community_id=resident.community_id,
        building=building,
        resident=resident,
        visited_at=visited_at,
        has_time=has_time,
        received_at=now,
        method=method,
        seen=seen,
        visitor=visitor,
        visitor_post=post_held_on(visitor, building, local_day(visited_at)) if visitor else "",
        visitor_name=visitor_name,
        notes=notes,
        request=request,
        origin=origin,
        recorded_by=recorded_by,
    )
    clocks_align(clocks=clocks, now=now)
    return visit


@transaction.atomic
def visit_void(*, visit: Visit, reason: str, now: datetime) -> Visit:
    """Take a mistaken visit back; it stays readable and no longer counts.

    Raises ValidationError without a reason or when it was voided before.
    """
    clocks = clocks_lock(care_record__resident=visit.resident_id)
    visit = Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    if not reason.strip():
        raise ValidationError({"void_reason": "请写明作废原因，如：重复录入。"})
    if visit.voided_at:
        raise ValidationError("这条走访记录已经作废。")
    visit.voided_at, visit.void_reason = now, reason.strip()
    visit.save(update_fields=["voided_at", "void_reason"])
    clocks_align(clocks=clocks, now=now)
    return visit
