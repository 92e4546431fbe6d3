"""Pictures of an order: kept redrawn and sealed, looked at on the record, released by the office."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from audit.revealing import reveal_note
from baibuting.common.pictures import redrawn
from repairs.models import RepairOrder, RepairPicture, RepairStep
from repairs.rules import MOST_PICTURES
from repairs.services.order import order_lock

LOOK = "查看维修照片"


@transaction.atomic
def picture_add(
    *, order: RepairOrder, data: bytes, now: datetime, step: RepairStep | None = None
) -> RepairPicture:
    """Keep a picture of an order. Raises ValidationError for what is no picture, too large, or one too many."""
    jpeg = redrawn(data)  # before the lock: it takes the longest
    order, _ = order_lock(order=order)
    if RepairPicture.objects.unscoped("of an order in hand").filter(order=order).count() >= MOST_PICTURES:
        raise ValidationError(f"一件报修最多存 {MOST_PICTURES} 张照片，这一张没有保存。")
    picture = RepairPicture(order=order, step=step, received_at=now)
    picture.seal(jpeg)
    picture.save()
    return picture


@transaction.atomic
def picture_look(*, picture: RepairPicture, user: User, now: datetime) -> bytes:
    """Return the JPEG for somebody at work on the order, and record the disclosure. Raises as `sealed_reveal`."""
    reveal_note(row=picture.order, fields=["picture"], reason=LOOK, user=user, now=now)
    return picture.content()


@transaction.atomic
def picture_release(*, picture: RepairPicture, is_released: bool, now: datetime) -> RepairPicture:
    """Show a picture on the public page of its order, or take it back. Nobody may be recognised on it: the office looks."""
    order_lock(order=picture.order)
    picture.is_released = is_released
    picture.save(update_fields=["is_released"])
    return picture
