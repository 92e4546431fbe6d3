"""Locks between simultaneous requests."""

from __future__ import annotations

from uuid import UUID

from django.db import connection


def uid_lock(*, uid: UUID) -> None:
    """Lock a uid until the end of the transaction, when there is no row to lock yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(uid)])
