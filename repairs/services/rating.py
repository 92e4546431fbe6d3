"""What the reporter says of it."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from repairs.choices import Channel, Stage
from repairs.models import RepairOrder, RepairRating
from repairs.rules import FOLLOWS_WITHIN, WORDS
from repairs.services.order import order_lock


@transaction.atomic
def repair_rate(
    *,
    order: RepairOrder,
    solved: bool,
    stars: int,
    now: datetime,
    words: str = "",
    channel: str = Channel.CODE,
) -> RepairRating:
    """Record the reporter's rating, once: while it is checked, or within thirty days after it has passed.

    It moves no clock: nothing reopens. Raises ValidationError otherwise.
    """
    order, _ = order_lock(order=order)
    is_late = order.closed_at is not None and now - order.closed_at > FOLLOWS_WITHIN
    if order.stage not in (Stage.CHECKING, Stage.PASSED) or is_late:
        raise ValidationError("现在不能评价：完工以后、验收后三十天内可以评价。")
    if RepairRating.objects.unscoped("of an order in hand").filter(order=order).exists():
        raise ValidationError("这件报修已经评价过，谢谢。")
    if stars not in range(1, 6):
        raise ValidationError({"stars": "请选择 1 到 5 颗星。"})
    if len(words.strip()) > WORDS:
        raise ValidationError({"words": f"评价最多写 {WORDS} 个字，请缩短。"})
    return RepairRating.objects.create(
        order=order, solved=solved, stars=stars, words=words.strip(), at=now, channel=channel
    )
