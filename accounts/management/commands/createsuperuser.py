"""Django's own command, audited: after set-up a superuser is a last resort when the 三员 are locked out."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.choices import Action
from audit.services import audit_event_record


class Command(createsuperuser.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        """Run Django's command, and write an audit row for every new superuser."""
        known = set(User.objects.filter(is_superuser=True).values_list("pk", flat=True))
        with transaction.atomic():
            super().handle(*args, **options)
            for pk in (
                User.objects.filter(is_superuser=True).exclude(pk__in=known).values_list("pk", flat=True)
            ):
                audit_event_record(
                    now=timezone.now(),
                    user=None,
                    action=Action.PERMISSION,
                    object_type=User._meta.label_lower,
                    object_id=str(pk),
                    fields=["is_superuser"],
                )
