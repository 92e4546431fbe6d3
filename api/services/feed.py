"""Numbering the change feed."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.db import connection, transaction

from api.models import FeedEpoch, FeedMove

BATCH = 5_000
# One numbering at a time; any number that no other advisory lock uses.
_LOCK = 0x6262_7401

_PUT = """
    ON CONFLICT (kind, row_id, path) DO UPDATE SET is_here = true, position = NULL
"""
# Everything at a place moves with it, and leaves its old path.
_ARRIVE = f"""
    INSERT INTO api_feedentry (kind, row_id, path, community_id, is_here)
    SELECT kind, row_id, %(path_to)s, community_id, true FROM api_feedentry
    WHERE path = %(path_from)s AND is_here
    {_PUT}
"""  # noqa: S608 - made of constants
_LEAVE = """
    UPDATE api_feedentry SET is_here = false, position = NULL WHERE path = %(path_from)s AND is_here
"""
# The partial index finds entries without a position, whatever the planner estimates their number to be.
_FRESH = """
    SELECT id FROM api_feedentry WHERE position IS NULL ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
"""
# A transaction that ran beside a move, and did not see it, wrote entries at a path that no longer exists.
_FOLLOW = f"""
    WITH stray AS (
        SELECT f.* FROM api_feedentry f
        WHERE f.id = ANY(%(fresh)s) AND f.is_here
          AND NOT EXISTS (SELECT FROM buildings_place p WHERE p.path = f.path)
    ), left_behind AS (
        UPDATE api_feedentry f SET is_here = false FROM stray s WHERE f.id = s.id
    )
    INSERT INTO api_feedentry (kind, row_id, path, community_id, is_here)
    SELECT s.kind, s.row_id, p.path, p.community_id, true
    FROM stray s JOIN buildings_place p ON p.id = substring(s.path from '([0-9]+)/$')::bigint
    {_PUT}
    RETURNING id
"""  # noqa: S608 - made of constants
_NUMBER = """
    UPDATE api_feedentry f SET position = nextval('api_feed_position') WHERE f.id = ANY(%s)
"""


@transaction.atomic
def feed_number(*, batch: int = BATCH) -> int:
    """Give committed changes without a position the next ones; return how many, `batch` at most.

    Positions are assigned only here, by one caller at a time, and only to what is committed: a transaction that began
    early and commits late gets a later position than everything a client has read. Rows being changed at the moment
    are skipped, without waiting; they get a position after their commit.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        for move in FeedMove.objects.order_by("pk"):
            paths = {"path_from": move.path_from, "path_to": move.path_to}
            cursor.execute(_ARRIVE, paths)
            cursor.execute(_LEAVE, paths)
            move.delete()
        cursor.execute(_FRESH, [batch])
        fresh = [pk for (pk,) in cursor.fetchall()]
        if not fresh:
            return 0
        cursor.execute(_FOLLOW, {"fresh": fresh})
        fresh += [pk for (pk,) in cursor.fetchall()]
        cursor.execute(_NUMBER, [fresh])
        return cursor.rowcount


def feed_epoch() -> UUID:
    """Return the current epoch of positions; the first call on a new database begins it."""
    row, _ = FeedEpoch.objects.get_or_create(pk=1)
    return row.epoch


@transaction.atomic
def feed_restart() -> UUID:
    """Begin a new epoch: every client reads the whole feed again. Call it after restoring a backup."""
    row, _ = FeedEpoch.objects.select_for_update().get_or_create(pk=1)
    row.epoch = uuid4()
    row.save(update_fields=["epoch"])
    return row.epoch
