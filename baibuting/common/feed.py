# ruff: noqa: S608 - names come from migrations, never from people
"""How the database fills the change feed for a table (docs/adr/0040): statements for an app's own migrations.

A migration that is written with them runs on every new database, so what they return for the same arguments never
changes. They work on a whole statement's rows at once: an import by COPY pays one INSERT … SELECT.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db.migrations import RunSQL

Statement = tuple[str, str]  # the SQL, and the SQL that reverses it
FEED = ("api", "0002_feed_and_outbox_triggers")  # the migration that a follower's depends on
LONGEST_NAME = 63  # of a trigger in PostgreSQL

PUT = """
    INSERT INTO api_feedentry (kind, row_id, path, community_id, is_here, position)
    {rows}
    ON CONFLICT (kind, row_id, path) DO UPDATE SET is_here = true, position = NULL
    WHERE NOT (api_feedentry.is_here AND api_feedentry.position IS NULL);
"""

FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{body}
    RETURN NULL;
END $$;
"""

TRIGGER = """
CREATE TRIGGER {name} AFTER {event} ON {table} {tables} FOR EACH STATEMENT EXECUTE FUNCTION {function}();
"""
NEW, OLD = "NEW TABLE AS after", "OLD TABLE AS before"


def columns_of(alias: str, columns: Sequence[str]) -> str:
    """Return the columns of an alias as a row expression, to be compared as one value."""
    return "(" + ", ".join(f"{alias}.{column}" for column in columns) + ")"


def trigger(table: str, event: str, suffix: str, body: str, tables: str) -> Statement:
    """Return a statement-level trigger of a table, and its removal. Raises ValueError for too long a name."""
    name = f"api_{suffix}_{table}_{event.lower()}"
    if len(name) > LONGEST_NAME:
        raise ValueError(f"PostgreSQL cuts the name {name}: call the table something shorter.")
    made = FUNCTION.format(name=name, body=body)
    made += TRIGGER.format(name=name, event=event, table=table, tables=f"REFERENCING {tables}", function=name)
    return made, f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}();"


def follow(kind: str, table: str, place: str, columns: Sequence[str]) -> Iterator[Statement]:
    """Yield the triggers by which the feed follows a table: `kind` is the code of its rows, `place` their place column.

    `columns` are those that programs see, `place` among them: changes of other columns do not enter the feed.
    """
    here = (
        f"SELECT '{kind}', a.id, p.path, p.community_id, true, NULL::bigint"
        f" FROM after a JOIN buildings_place p ON p.id = a.{place}"
    )
    changed = f"{columns_of('a', columns)} IS DISTINCT FROM {columns_of('b', columns)}"
    left = f"""
    UPDATE api_feedentry f SET is_here = false, position = NULL
    FROM before b JOIN after a USING (id) JOIN buildings_place p ON p.id = b.{place}
    WHERE a.{place} <> b.{place} AND f.kind = '{kind}' AND f.row_id = b.id AND f.path = p.path;
"""
    gone = f"""
    UPDATE api_feedentry f SET is_here = false, position = NULL
    FROM before b WHERE f.kind = '{kind}' AND f.row_id = b.id AND f.is_here;
"""
    moved = left + PUT.format(rows=f"{here} JOIN before b ON b.id = a.id WHERE {changed}")
    yield trigger(table, "INSERT", "feed", PUT.format(rows=here), NEW)
    yield trigger(table, "UPDATE", "feed", moved, f"{OLD} {NEW}")
    yield trigger(table, "DELETE", "feed", gone, OLD)


def mention(table: str, columns: Sequence[str], kind: str, rows: str) -> Statement:
    """Return the trigger that reports a row when a change of another table shows in it.

    `columns` of `table` show in rows of `kind`; `rows` is a SELECT of their ids by the changed row `a`.
    """
    body = f"""
    UPDATE api_feedentry f SET position = NULL
    FROM before b JOIN after a USING (id)
    CROSS JOIN LATERAL ({rows}) found
    WHERE {columns_of("a", columns)} IS DISTINCT FROM {columns_of("b", columns)}
      AND f.kind = '{kind}' AND f.row_id = found.id AND f.is_here;
"""
    return trigger(table, "UPDATE", "shown", body, f"{OLD} {NEW}")


def take_in(kind: str, table: str, place: str) -> Statement:
    """Return the statement that puts a table's present rows into the feed, and the one that removes them."""
    return (
        "INSERT INTO api_feedentry (kind, row_id, path, community_id, is_here)"
        f" SELECT '{kind}', a.id, p.path, p.community_id, true"
        f" FROM {table} a JOIN buildings_place p ON p.id = a.{place}",
        f"DELETE FROM api_feedentry WHERE kind = '{kind}'",
    )


def followed(kind: str, table: str, place: str, columns: Sequence[str]) -> list[RunSQL]:
    """Return a migration's operations by which the feed follows a table: the triggers, then the present rows."""
    statements = [*follow(kind, table, place, columns), take_in(kind, table, place)]
    return [RunSQL(sql, undo) for sql, undo in statements]
