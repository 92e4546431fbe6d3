"""Putting the change feed in order."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.db import connection, transaction

from api.models import FeedEpoch

BATCH = 5_000
# One numbering at a time; any number that no other advisory lock uses.
_LOCK = 0x6262_7401

_NUMBER = """
    WITH fresh AS (
        SELECT id FROM api_feedentry WHERE position IS NULL ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    ), numbered AS (
        SELECT id, nextval('api_feed_position') AS position FROM fresh
    )
    UPDATE api_feedentry f SET position = n.position FROM numbered n WHERE f.id = n.id
"""


@transaction.atomic
def feed_number(*, batch: int = BATCH) -> int:
    """Give committed changes that have none yet the next positions; returns how many, `batch` at most.

    Positions are handed out here and nowhere else, one caller after the other, and only to what is committed: a
    transaction that began early and commits late gets a later position than everything a client has read. Rows that
    somebody is changing just now are skipped, never waited for; they get theirs after his commit.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(_NUMBER, [batch])
        return cursor.rowcount


def feed_epoch() -> UUID:
    """The epoch in which positions count now; the first call of a new database begins it."""
    row, _ = FeedEpoch.objects.get_or_create(pk=1)
    return row.epoch


@transaction.atomic
def feed_restart() -> UUID:
    """Begin a new epoch: every client reads the whole feed again. To be called after a backup was restored."""
    row, _ = FeedEpoch.objects.select_for_update().get_or_create(pk=1)
    row.epoch = uuid4()
    row.save(update_fields=["epoch"])
    return row.epoch
