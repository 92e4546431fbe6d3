"""What an entry from a phone does: work begun or finished."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import Model

from baibuting.common.entries import Taking
from repairs.models import RepairOrder, RepairStep
from repairs.payloads import MendEntry
from repairs.services.picture import picture_add
from repairs.services.step import repair_step_add


def mend_enter(*, read: MendEntry, taking: Taking) -> None:
    """Take the step at the moment at which it was filled in, whenever it arrives."""
    found = RepairOrder.objects.within(taking.scope).select_related("building").filter(pk=read.order_id)
    order = found.first()
    if order is None:
        raise ValidationError({"order": "这件维修已不在您负责的范围内，由社区办核对后录入。"})
    taking.place = order.building
    taking.made = repair_step_add(
        order=order,
        kind=read.kind,
        at=read.at,
        now=taking.now,
        by=taking.sender,
        cadre=taking.cadre,
        words=read.words,
        uid=taking.uid,
    )


def mend_photo(*, row: Model, data: bytes, now: datetime) -> None:
    """Keep a photo of the entry with the order, beside what residents sent."""
    if isinstance(row, RepairStep):
        picture_add(order=row.order, data=data, now=now, step=row)
