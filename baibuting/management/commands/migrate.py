"""`manage.py migrate`: as Django's, by the owner; refuses wrong keys first, and gives the portal's role its rights after.

A table that somebody holds is waited for a short while only: whoever waits for it holds up everybody who comes after.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from accounts.key_checks import check_keys, keys_record
from baibuting.common.database_owner import owner_connected
from baibuting.database_roles import RoleRefusedError, database_role_grant

LOCK_TIMEOUT = 10.0  # seconds for one lock; longer than a page or a batch of the sweep holds one
LOCK_NOT_AVAILABLE = "55P03"


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
        with _locks_waited_for(connections[options["database"]]):
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


@contextmanager
def _locks_waited_for(database: BaseDatabaseWrapper) -> Iterator[None]:
    """Limit how long a lock is waited for. Raises CommandError where one was not got: that migration changed nothing."""
    with database.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [str(int(LOCK_TIMEOUT * 1000))])
    try:
        yield
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") != LOCK_NOT_AVAILABLE:
            raise
        raise CommandError(
            f"有程序正在使用要改的表，{LOCK_TIMEOUT:.0f} 秒内没有等到；这一步什么也没有改。请再运行一次，或先停下 web、worker、mail。"
        ) from error
    finally:
        if database.connection is not None and not database.needs_rollback:
            with database.cursor() as cursor:
                cursor.execute("RESET lock_timeout")
