"""The server's databases as a backup needs them: one snapshot, one lock, a database to try a restore in.

All as the owner (`common.database_owner`), on connections of their own: Django's goes on as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import ProgrammingError, connection
from psycopg2.extensions import make_dsn
from psycopg2.sql import SQL, Identifier

from backups.rules import BackupError

_LOCK = 0x6261636B7570  # "backup": one at a time in a database
MAINTENANCE = "postgres"  # the database from which others are made, renamed and dropped
# the application's limits on statements are for pages: a copy of everything takes as long as it takes
_PATIENT = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = 0"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment of the database that other sessions can look at, and how many rows each table has at it."""

    name: str
    counts: Mapping[str, int]


def current() -> str:
    """Return the name of the portal's database."""
    return str(connection.settings_dict["NAME"])


def address(database: str) -> tuple[str, dict[str, str]]:
    """Return how a program of PostgreSQL reaches a database: its connection string without password, and environment."""
    given = connection.get_connection_params()
    words = {name: value for name, value in given.items() if isinstance(value, str | int)}
    password = words.pop("password", "")
    words.pop("options", None)  # the application's own limits
    return make_dsn(**words | {"dbname": database}), {"PGPASSWORD": str(password)} if password else {}


@contextmanager
def cursor_in(database: str) -> Iterator[Any]:
    """Yield a cursor of a connection of its own, in autocommit."""
    own: Any = connection.copy()
    own.settings_dict["NAME"] = database
    own.settings_dict["TEST"] = {}
    try:
        with own.cursor() as cursor:
            cursor.execute(_PATIENT)
            yield cursor
    finally:
        own.close()


@contextmanager
def snapshot_alone() -> Iterator[Snapshot]:
    """Hold a snapshot of the database, as the only backup; however the process ends, the lock goes with it.

    Raises BackupError while another backup is under way.
    """
    with cursor_in(current()) as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise BackupError("另一次备份正在进行，请等它结束再试。")
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (name,) = cursor.fetchone()
        yield Snapshot(name, _counts(cursor))


def counts_in(database: str) -> Mapping[str, int]:
    """Return the number of rows by table."""
    with cursor_in(database) as cursor:
        return _counts(cursor)


def _counts(cursor: Any) -> dict[str, int]:
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace"
    )
    counts = {}
    for (table,) in sorted(cursor.fetchall()):
        cursor.execute(SQL("SELECT count(*) FROM {}").format(Identifier(table)))
        (counts[table],) = cursor.fetchone()
    return counts


@contextmanager
def database_aside(name: str) -> Iterator[None]:
    """Make an empty database and drop it afterwards, unless it goes by another name by then.

    One of that name that a killed process left is dropped first. Raises BackupError where we may make none.
    """
    with cursor_in(MAINTENANCE) as cursor:
        _drop(cursor, name)
        try:
            cursor.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)))
        except ProgrammingError as refused:
            raise BackupError(
                "不能新建用来试恢复的数据库：请用数据库所有者运行（DATABASE_OWNER_URL），并允许它建库（CREATEDB）。"
            ) from refused
    try:
        yield
    finally:
        with cursor_in(MAINTENANCE) as cursor:
            _drop(cursor, name)


def _drop(cursor: Any, name: str) -> None:
    cursor.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def sessions_in(database: str) -> int:
    """Return how many clients are connected to a database."""
    with cursor_in(MAINTENANCE) as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'",
            [database],
        )
        return int(cursor.fetchone()[0])


def swap(new: str, *, in_place_of: str, former: str) -> None:
    """Rename one database to the name of another, which is called `former` from now on: both or neither."""
    with cursor_in(MAINTENANCE) as cursor:
        rename = SQL("ALTER DATABASE {} RENAME TO {}")
        cursor.execute("BEGIN")
        cursor.execute(rename.format(Identifier(in_place_of), Identifier(former)))
        cursor.execute(rename.format(Identifier(new), Identifier(in_place_of)))
        cursor.execute("COMMIT")
