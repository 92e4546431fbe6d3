"""A connection of psycopg2 that gives up on a server which does not answer.

`statement_timeout` is kept by the server; one that is stopped, or whose disk hangs, keeps it no more than it answers, and
its machine goes on confirming whatever reaches it, so that no time-out of TCP strikes. libpq has none of its own once it is
connected. So one thread a process looks on and shuts down the socket of whoever has waited too long; to libpq
that is a connection that was lost, and it raises OperationalError.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg2.extensions

LOOK_EVERY = 0.5  # seconds


class Watch:
    """Who waits for the server, and until when; every process has one, every forked one its own."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.waiting: dict[int, tuple[float, int]] = {}  # identity of a connection: deadline, descriptor
        self.is_on = False

    @contextmanager
    def over(self, connection: PatientConnection) -> Iterator[None]:
        """Shut the connection's socket down should what is done within take longer than its patience."""
        if not connection.patience:
            yield
            return
        until, key = time.monotonic() + connection.patience, id(connection)
        with self.lock:
            self.waiting[key] = (until, connection.fileno())
            if not self.is_on:
                self.is_on = True
                threading.Thread(target=self.look, name="database-watch", daemon=True).start()
        try:
            yield
        finally:
            with self.lock:  # from here on the descriptor may come to be another's
                del self.waiting[key]

    def look(self) -> None:
        """Look on for ever."""
        while True:
            time.sleep(LOOK_EVERY)
            now = time.monotonic()
            with self.lock:
                for until, descriptor in self.waiting.values():
                    if now > until:
                        shut_down(descriptor)


def shut_down(descriptor: int) -> None:
    """End both directions of a socket that another object owns and goes on to close itself."""
    with socket.socket(fileno=os.dup(descriptor)) as ours, suppress(OSError):  # it was lost already
        ours.shutdown(socket.SHUT_RDWR)


_watch = Watch()


def _watch_anew() -> None:
    """Begin with none in a forked process: no thread is inherited, and a lock may be held by one that is not."""
    global _watch
    _watch = Watch()


os.register_at_fork(after_in_child=_watch_anew)


class PatientConnection(psycopg2.extensions.connection):
    """Waits `patience` seconds for an answer; 0 for ever."""

    patience: float = 0.0

    def commit(self) -> None:
        with _watch.over(self):
            super().commit()

    def rollback(self) -> None:
        with _watch.over(self):
            super().rollback()


class PatientCursor(psycopg2.extensions.cursor):
    """Waits no longer than its connection. Reading on, in a cursor on the server's side, is an answer as well."""

    connection: PatientConnection

    def execute(self, *arguments: Any, **options: Any) -> None:
        with _watch.over(self.connection):
            super().execute(*arguments, **options)

    def executemany(self, *arguments: Any, **options: Any) -> None:
        with _watch.over(self.connection):
            super().executemany(*arguments, **options)

    def fetchmany(self, *arguments: Any, **options: Any) -> list[tuple[Any, ...]]:
        if not self.name:
            return super().fetchmany(*arguments, **options)
        with _watch.over(self.connection):
            return super().fetchmany(*arguments, **options)
