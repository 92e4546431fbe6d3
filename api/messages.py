"""The body of a webhook message: which row, where and when. No names, no notes."""

from __future__ import annotations

import json
from typing import Any

from api.models import OutboxEvent
from api.selectors import category_word
from baibuting.common.days import SHANGHAI


def webhook_text(event: OutboxEvent) -> str:
    """Return the body of an event's message, as JSON; expects duty__category and incident to be loaded."""
    message = {
        "type": event.topic,
        "timestamp": event.occurred_at.astimezone(SHANGHAI).isoformat(),
        "data": {
            "community": event.community_id,
            "building": event.building_id,
            "duty": _duty(event),
            "incident": _incident(event),
        },
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def _duty(event: OutboxEvent) -> dict[str, Any] | None:
    duty = event.duty
    if duty is None:
        return None
    return {
        "id": duty.pk,
        "kind": duty.kind,
        "category": category_word(duty.category),
        "care_record": duty.care_record_id,
        "accountable_post": duty.accountable_post,
        "due_on": duty.due_on.isoformat(),
        "rung": event.rung,
    }


def _incident(event: OutboxEvent) -> dict[str, Any] | None:
    incident = event.incident
    return None if incident is None else {"id": incident.pk, "kind": incident.kind}
