"""Disclosing sealed columns in full: always with a reason, an audit row, and an hourly limit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import models, transaction

from audit.choices import Action
from audit.models import AuditEvent
from audit.services import Actor, audit_alarm, audit_event_record

SHORTEST_REASON = 4  # characters
REVEALS_AN_HOUR = 30
ALARM_AT = 15  # reveals in an hour after which the auditor is notified


@transaction.atomic
def sealed_reveal(
    *, row: models.Model, fields: Sequence[str], reason: str, user: Actor, now: datetime
) -> dict[str, str]:
    """Return the sealed values of a row by field; one audit row records who looked, at which fields and why.

    Raises ValidationError without a reason, or when the account has revealed too many in the last hour.
    """
    reveal_note(row=row, fields=fields, reason=reason, user=user, now=now)
    return {field: str(getattr(row, field)) for field in fields}


@transaction.atomic
def reveal_note(*, row: models.Model, fields: Sequence[str], reason: str, user: Actor, now: datetime) -> None:
    """Record in one audit row that sealed parts of a row are disclosed to a user. Raises as `sealed_reveal`."""
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        raise ValidationError({"reason": "请写明查看原因，至少四个字，如：核对低保申请。"})
    get_user_model()._default_manager.select_for_update().get(
        pk=user.pk
    )  # concurrent requests are counted one after the other
    recent = AuditEvent.objects.filter(user_id=user.pk, action=Action.REVEAL, at__gt=now - timedelta(hours=1))
    count = recent.count()
    if count >= REVEALS_AN_HOUR:
        raise ValidationError(f"一小时内最多查看 {REVEALS_AN_HOUR} 次完整信息，请稍后再试。")
    audit_event_record(
        now=now,
        user=user,
        action=Action.REVEAL,
        object_type=row._meta.label_lower,
        object_id=str(row.pk),
        community_id=_community_of(row),
        fields=list(fields),
        reason=reason,
    )
    if count + 1 == ALARM_AT:
        audit_alarm(now=now, user=user, object_type=row._meta.label_lower, row_count=ALARM_AT)


def _community_of(row: models.Model) -> int | None:
    """Return the id of the community whose auditors see it: the row's own, or its place's."""
    found: int | None = getattr(row, "community_id", None) or getattr(
        getattr(row, "place", None), "community_id", None
    )
    return found
