"""How far long work has come, told while its one transaction is still open, and whether it is still alive."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Self

from django.db import OperationalError, connection, models

_TELL_EVERY = 0.5  # seconds


class Watched:
    """A second connection in autocommit, for a row with the columns `done` and `total`: what it writes is seen at once.

    It holds an advisory lock for as long as the process lives. However a worker ends, PostgreSQL lets go of the lock,
    and whoever can take it knows that nobody works on the row any more. `locks` is the caller's own space of locks.
    """

    def __init__(self, model: type[models.Model], run_id: int, *, locks: int) -> None:
        self.run_id = run_id
        self._table, self._locks = model._meta.db_table, locks
        self._connection: Any = connection.copy()
        self._told_at = 0.0

    def take(self) -> bool:
        """Whether the row is ours now; false while another process works on it."""
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [self._locks, self.run_id % 2**31])
            return bool(cursor.fetchone()[0])

    def tell(self, done: int, total: int) -> None:
        """Write down how many rows are done, twice a second at most."""
        if done < total and time.monotonic() - self._told_at < _TELL_EVERY:
            return
        self._told_at = time.monotonic()
        with self._connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1s'")
            try:
                cursor.execute(
                    f"UPDATE {self._table} SET done = %s, total = %s WHERE id = %s",  # noqa: S608
                    [done, total, self.run_id],
                )
            except OperationalError:
                return  # somebody holds the row; the next one will get through

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
