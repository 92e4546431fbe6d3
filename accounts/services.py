"""Writes on accounts and the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from accounts.choices import Action
from accounts.models import AuditEvent, User


def audit_event_record(
    *,
    now: datetime,
    user: User | None,
    action: Action,
    object_type: str,
    object_id: str = "",
    community_id: int | None = None,
    fields: Sequence[str] = (),
    reason: str = "",
    row_count: int = 1,
) -> AuditEvent:
    """Write one audit row. Call it inside the transaction that does the thing; pass names of fields, never values."""
    return AuditEvent.objects.create(
        at=now,
        user=user,
        role=user.role if user else "",
        action=action,
        object_type=object_type,
        object_id=object_id,
        community_id=community_id,
        fields=list(fields),
        reason=reason,
        row_count=row_count,
    )
