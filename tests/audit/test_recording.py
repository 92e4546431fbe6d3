"""What is written into the trail names an action that somebody has declared."""

from __future__ import annotations

from datetime import datetime

import pytest

from audit.choices import Action
from audit.models import AuditEvent
from audit.services import audit_event_record
from tests.factories import user

pytestmark = pytest.mark.django_db


def test_it_works(now: datetime) -> None:
    clerk = user("clerk")
    event = audit_event_record(
        now=now, user=clerk, action=Action.EXPORT, object_type="visits.visit", row_count=3
    )
    assert (event.user_id, event.role, event.action) == (clerk.pk, clerk.role, "export")
    nightly = audit_event_record(now=now, user=None, action=Action.DELETE, object_type="audit.auditevent")
    assert (nightly.user_id, nightly.role) == (None, "")


def test_an_action_that_nobody_declares_is_refused(now: datetime) -> None:
    with pytest.raises(ValueError, match="No portal declares"):
        audit_event_record(now=now, user=None, action="painted", object_type="visits.visit")
    assert not AuditEvent.objects.exists()
