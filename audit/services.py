"""Writes to the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from audit.choices import Action, action_choices
from audit.models import AuditEvent
from audit.trail import stamp_of
from baibuting.common.plain_text import without_numbers


class Actor(Protocol):
    """An account as the trail needs it: who, and in which role at that moment."""

    pk: Any
    role: Any


def audit_event_record(
    *,
    now: datetime,
    user: Actor | None,
    action: str,
    object_type: str,
    object_id: str = "",
    community_id: int | None = None,
    fields: Sequence[str] = (),
    reason: str = "",
    row_count: int = 1,
) -> AuditEvent:
    """Write one audit row. Call it inside the transaction of the action; pass names of fields, never values.

    Raises ValueError for an action that neither `Action` nor a portal names.
    """
    if action not in dict(action_choices()):
        raise ValueError(f"No portal declares the action “{action}”.")
    event = AuditEvent(
        at=now,
        user_id=user.pk if user else None,
        role=user.role if user else "",
        action=action,
        object_type=object_type,
        object_id=object_id,
        community_id=community_id,
        fields=list(fields),
        reason=without_numbers(reason),
        row_count=row_count,
    )
    event.stamp = stamp_of(event)
    event.save(force_insert=True)
    return event


def audit_alarm(
    *, now: datetime, user: Actor, object_type: str, row_count: int, community_id: int | None = None
) -> None:
    """Record an alarm, a user having read very many people in full at once; the auditor's list shows it first."""
    audit_event_record(
        now=now,
        user=user,
        action=Action.ALARM,
        object_type=object_type,
        community_id=community_id,
        row_count=row_count,
    )
