"""Recording look-ups of people's numbers."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction

from audit.models import AuditEvent
from audit.services import audit_event_record
from buildings.viewer import Viewer
from search.rules import Asked
from search.selectors import Group, found_by_number

LOOK_UP = "look_up"  # in the trail
LOOK_UPS_AN_HOUR = 60


@transaction.atomic
def number_look_up(*, asked: Asked, viewer: Viewer) -> list[Group]:
    """Return who has a phone or an ID number; one audit row records who looked it up and how many were found.

    Raises ValidationError when the account has looked up too many in the last hour.
    """
    # concurrent requests are counted one after the other
    get_user_model()._default_manager.select_for_update().get(pk=viewer.user.pk)
    since = viewer.now - timedelta(hours=1)
    recent = AuditEvent.objects.filter(user_id=viewer.user.pk, action=LOOK_UP, at__gt=since)
    if recent.count() >= LOOK_UPS_AN_HOUR:
        raise ValidationError(
            f"一小时内最多按号码查找 {LOOK_UPS_AN_HOUR} 次，请稍后再试，或按姓名、楼栋和室号查找。"
        )
    groups = found_by_number(asked, viewer)
    communities = viewer.scope.communities()
    audit_event_record(
        now=viewer.now,
        user=viewer.user,
        action=LOOK_UP,
        object_type="residents.resident",
        community_id=communities[0] if len(communities) == 1 else None,
        fields=["phone" if asked.phone else "id_number"],
        row_count=sum(len(group.hits) for group in groups),
    )
    return groups
