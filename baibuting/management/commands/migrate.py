"""`manage.py migrate`: as Django's, by the owner; refuses wrong keys first, and gives the portal's role its rights after."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from accounts.key_checks import check_keys, keys_record
from baibuting.common.database_owner import owner_connected
from baibuting.database_roles import RoleRefusedError, database_role_grant


class Command(migrate.Command):
    portal: dict[str, Any] | None = None  # the login of web and workers, where it is not the owner's

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run everything, system checks included, as the owner of the tables."""
        with owner_connected() as self.portal:
            return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate. After all apps are up to date, record the keys and grant. Raises CommandError for wrong keys."""
        if problems := check_keys(None, databases=[DEFAULT_DB_ALIAS]):
            raise CommandError("\n".join(str(problem.msg) for problem in problems))
        super().handle(*args, **options)
        if options["app_label"] or options["plan"] or options["check_unapplied"]:
            return
        try:
            keys_record(now=timezone.now())
            if self.portal is not None:
                database_role_grant(role=self.portal["USER"], password=self.portal["PASSWORD"])
        except ValidationError as refusal:
            raise CommandError("\n".join(refusal.messages)) from refusal
        except RoleRefusedError as refusal:
            raise CommandError(str(refusal)) from refusal
