"""Whether the database answers and can write, asked over a connection of its own that never waits long."""

from __future__ import annotations

import select
import time
from typing import Any

import psycopg2
from django.db import connection
from psycopg2 import extensions


def write_try(table: str, column: str, *, size: int, seconds: float) -> None:
    """Write a row of `size` bytes into an empty table and take it away again, committed. Raises psycopg2.Error.

    A server that is stopped holds its sockets open and keeps no time-out of its own, so the whole is asked without
    blocking and given up after `seconds`.
    """
    deadline = time.monotonic() + seconds
    probe = _opened(deadline)
    try:
        cursor = probe.cursor()
        name, padding = (extensions.quote_ident(word, cursor) for word in (table, column))
        milliseconds = int(seconds * 1000)
        for statement in (
            "BEGIN",
            f"SET LOCAL statement_timeout = {milliseconds}",
            f"INSERT INTO {name} ({padding}) VALUES (convert_to(repeat('x', {size}), 'UTF8'))",  # noqa: S608 - names of a model
            f"DELETE FROM {name}",  # noqa: S608 - likewise
            "COMMIT",
        ):
            cursor.execute(statement)
            _wait(probe, deadline)
    finally:
        probe.close()


def _opened(deadline: float) -> Any:
    """Return a connection as Django would make it, but for its waiting."""
    asked = connection.get_connection_params()
    known = {name: asked[name] for name in asked if name not in _OF_THE_DRIVER}
    probe = psycopg2.connect(**known, async_=True)
    try:
        _wait(probe, deadline)
    except psycopg2.Error:
        probe.close()
        raise
    return probe


_OF_THE_DRIVER = frozenset({"cursor_factory", "connection_factory", "async", "async_"})


def _wait(probe: Any, deadline: float) -> None:
    """Wait until the server has answered. Raises psycopg2.OperationalError after the deadline."""
    while (state := probe.poll()) != extensions.POLL_OK:
        left = deadline - time.monotonic()
        reading, writing = ([probe], []) if state == extensions.POLL_READ else ([], [probe])
        if left <= 0 or not any(select.select(reading, writing, [], left)):
            raise psycopg2.OperationalError("the server did not answer in time")
