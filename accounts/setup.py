"""The end of set-up: from then on no account may do everything, and the 三员 share the administration."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.choices import Role
from accounts.models import User
from accounts.rules import SEPARATED_ADMIN_ROLES
from audit.choices import Action
from audit.services import audit_event_record


@transaction.atomic
def setup_finish(*, now: datetime) -> int:
    """Disable every superuser; returns how many. Raises ValidationError while one of the 三员 is unfilled."""
    active = User.objects.filter(is_active=True, is_superuser=False)
    filled = set(active.filter(role__in=SEPARATED_ADMIN_ROLES).values_list("role", flat=True))
    lacking = [role.label for role in Role if role in SEPARATED_ADMIN_ROLES and role not in filled]
    if lacking:
        raise ValidationError(f"还没有在用的{'、'.join(lacking)}账号，请先开设，再结束安装。")
    supers = list(User.objects.select_for_update().filter(is_superuser=True).order_by("pk"))
    for account in supers:
        account.is_active = account.is_superuser = account.is_staff = False
        account.save(update_fields=["is_active", "is_superuser", "is_staff"])
        audit_event_record(
            now=now,
            user=None,
            action=Action.PERMISSION,
            object_type=User._meta.label_lower,
            object_id=str(account.pk),
            fields=["is_superuser", "is_active"],
            reason="结束安装",
        )
    return len(supers)
