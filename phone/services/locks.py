"""What two requests at once agree on."""

from __future__ import annotations

from uuid import UUID

from django.db import connection


def uid_lock(*, uid: UUID) -> None:
    """Until the end of the transaction nobody else works on this uid. No row to lock is there yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(uid)])
