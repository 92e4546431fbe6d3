"""A PostgreSQL that hangs is given up within seconds: by the server where it can count, by us where it is stopped."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.db import OperationalError, connections

from baibuting.common import embedded_postgres
from baibuting.common.patient_backend import base, waiting
from tests.running.homes import fresh_home

LIMIT = 0.5  # seconds a statement may take in this file


def server_processes(cluster: embedded_postgres.Cluster) -> list[int]:
    """The server and those it has started, itself last."""
    server = int((cluster.data / "postmaster.pid").read_text().splitlines()[0])
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    return [*map(int, children), server]


@contextmanager
def stopped(cluster: embedded_postgres.Cluster) -> Iterator[None]:
    """Nothing of the server runs; the machine below it still takes connections and confirms what it is sent."""
    processes = server_processes(cluster)
    try:
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        yield
    finally:
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)


@pytest.fixture(scope="module")
def cluster() -> Iterator[embedded_postgres.Cluster]:
    with fresh_home() as home:
        made = embedded_postgres.cluster_of(home)
        embedded_postgres.join(made)
        yield made
        embedded_postgres.leave(made)


@pytest.fixture
def database(
    cluster: embedded_postgres.Cluster, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any
) -> Iterator[base.DatabaseWrapper]:
    """A connection of its own to that server; the tests' own database is not touched."""
    monkeypatch.setattr(base, "GRACE", 0.5)
    given = connections["default"].settings_dict | {
        "HOST": str(cluster.socket_dir),
        "NAME": embedded_postgres.DATABASE,
        "OPTIONS": {"connect_timeout": 2},
        "STATEMENT_TIMEOUT": LIMIT,
        "IDLE_IN_TRANSACTION_TIMEOUT": 60,
    }
    made = base.DatabaseWrapper(given, "hanging")
    with django_db_blocker.unblock():
        yield made
        made.close()


def ask(database: base.DatabaseWrapper, sql: str = "SELECT 1") -> Any:
    with database.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def seconds_until_refused(work: Callable[[], object]) -> float:
    started = time.monotonic()
    with pytest.raises(OperationalError):
        work()
    return time.monotonic() - started


def test_it_works(database: base.DatabaseWrapper) -> None:
    """The server ends a statement itself, and the connection lives on."""
    assert ask(database, "SHOW statement_timeout") == "500ms"
    assert ask(database, "SHOW idle_in_transaction_session_timeout") == "1min"
    assert LIMIT <= seconds_until_refused(lambda: ask(database, "SELECT pg_sleep(9)")) < LIMIT + 0.9
    assert ask(database) == 1


def test_a_statement_is_given_up_when_the_server_is_stopped(
    cluster: embedded_postgres.Cluster, database: base.DatabaseWrapper
) -> None:
    ask(database)
    with stopped(cluster):
        assert seconds_until_refused(lambda: ask(database)) < 4
    database.close_if_unusable_or_obsolete()
    assert ask(database) == 1


def test_so_is_a_commit(cluster: embedded_postgres.Cluster, database: base.DatabaseWrapper) -> None:
    database.set_autocommit(False)
    ask(database)
    with stopped(cluster):
        assert seconds_until_refused(database.commit) < 4


def test_a_kept_connection_is_found_out_and_a_new_one_refused(
    cluster: embedded_postgres.Cluster, database: base.DatabaseWrapper
) -> None:
    """As each request begins: both together are what somebody waits for the page that says 503."""
    ask(database)
    with stopped(cluster):
        started = time.monotonic()
        assert not database.is_usable()
        database.close()
        assert seconds_until_refused(database.ensure_connection) < 3
        assert time.monotonic() - started < 5
    database.ensure_connection()
    assert database.is_usable()


def test_without_a_limit_nothing_is_cut_off(database: base.DatabaseWrapper) -> None:
    database.settings_dict = database.settings_dict | {"STATEMENT_TIMEOUT": 0}
    assert ask(database, "SHOW statement_timeout") == "0"
    assert ask(database, "SELECT 1 FROM pg_sleep(1.2)") == 1
    assert database.connection.patience == 0


def test_a_forked_process_watches_for_itself(
    cluster: embedded_postgres.Cluster, database: base.DatabaseWrapper
) -> None:
    """As a server of pages does that was loaded before it was forked: the thread is not inherited."""
    ask(database)
    child = os.fork()
    if not child:
        status = 1
        try:
            mine = base.DatabaseWrapper(database.settings_dict, "child")
            ask(mine)
            with stopped(cluster):
                seconds_until_refused(lambda: ask(mine))
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_socket_of_another_is_never_shut_down(database: base.DatabaseWrapper) -> None:
    """Once an answer is there the watch forgets the descriptor."""
    ask(database)
    with pytest.raises(psycopg2.Error):
        database.connection.cursor().execute("SELECT nothing_of_the_kind")
    assert waiting._watch.waiting == {}
