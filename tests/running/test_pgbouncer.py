"""The PgBouncer example keeps what the portal builds on: locks of a session, and its own time limits for each client.

The very file, with ports and names of this test put in; in transaction mode the same lock is nobody's, which is why.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from baibuting.common import embedded_postgres
from baibuting.common.patient_backend import base
from baibuting.common.runs import RunLock
from reports.models import ReportRun
from tests.processes import REPOSITORY
from tests.running.test_nginx import free_ports

pytestmark = [pytest.mark.needs_pgbouncer, pytest.mark.django_db]
PGBOUNCER = "/usr/sbin/pgbouncer"
WRITTEN = (REPOSITORY / "deploy" / "pgbouncer" / "pgbouncer.ini").read_text()
USER = embedded_postgres.SERVER_USER if os.geteuid() == 0 else None


def put_in_place(port: int, folder: Path) -> str:
    """The example before the database of this session of tests; each part is there to be replaced."""
    ours = embedded_postgres.cluster_of(settings.HOME)
    text = WRITTEN
    for there, here in {
        "host=127.0.0.1 port=5432 dbname=baibuting": (
            f"host={ours.socket_dir} port={embedded_postgres.PORT} dbname={connection.settings_dict['NAME']} "
            f"user={embedded_postgres.SUPERUSER}"
        ),
        "listen_port = 6432": f"listen_port = {port}\nunix_socket_dir =\nlogfile = {folder}/log",
        "auth_type = scram-sha-256": "auth_type = any",  # the embedded server asks for no password
        "auth_file = /etc/pgbouncer/userlist.txt": "",
        # as many as a test has clients: the next one gets what the last one had
        "default_pool_size = 40": "default_pool_size = 2",
    }.items():
        assert there in text, there
        text = text.replace(there, here)
    return text


@contextmanager
def pgbouncer(pool_mode: str = "session") -> Iterator[int]:
    folder = Path(tempfile.mkdtemp(prefix="bbt-pgbouncer-"))
    port = free_ports("pool")["pool"]
    text = put_in_place(port, folder).replace("pool_mode = session", f"pool_mode = {pool_mode}")
    (folder / "pgbouncer.ini").write_text(text)
    if USER:
        shutil.chown(folder, USER)
    process = subprocess.Popen(
        [PGBOUNCER, str(folder / "pgbouncer.ini")],
        user=USER,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 10
        while socket.socket().connect_ex(("127.0.0.1", port)):
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def through(port: int) -> base.DatabaseWrapper:
    """A client of its own, with the time limits of pages."""
    given = connection.settings_dict | {
        "HOST": "127.0.0.1", "PORT": str(port), "NAME": "baibuting", "USER": "anybody", "PASSWORD": "",
        "OPTIONS": {"connect_timeout": 5}, "STATEMENT_TIMEOUT": 7.0,
    }  # fmt: skip
    return base.DatabaseWrapper(given, "pooled")


def lock_of(port: int) -> RunLock:
    lock = RunLock(ReportRun, 7, space=2**20)
    lock._connection = through(port)
    return lock


def ask(database: base.DatabaseWrapper, sql: str) -> str:
    with database.cursor() as cursor:
        cursor.execute(sql)
        return str(cursor.fetchone()[0])


def test_it_works() -> None:
    """One worker holds its run while another looks; when it is gone, however that was, the run is free."""
    with pgbouncer() as port, lock_of(port) as working, lock_of(port) as looking:
        assert working.acquire()
        assert not looking.acquire()
        working._connection.connection.close()
        deadline = time.monotonic() + 5
        while not looking.acquire():
            assert time.monotonic() < deadline, "the lock of a worker that is gone was kept"
            time.sleep(0.05)


def test_in_transaction_mode_the_lock_would_be_anybodys() -> None:
    with pgbouncer("transaction") as port, lock_of(port) as working, lock_of(port) as looking:
        assert working.acquire()
        assert looking.acquire(), "transactions keep sessions apart as well: the example need not insist"


def test_the_limits_of_one_client_are_not_the_next_ones() -> None:
    with pgbouncer() as port:
        page = through(port)
        assert ask(page, "SHOW statement_timeout") == "7s"
        first = ask(page, "SELECT pg_backend_pid()")
        page.close()
        command = psycopg2.connect(host="127.0.0.1", port=port, dbname="baibuting", user="anybody")
        with command.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid(), current_setting('statement_timeout')")
            assert cursor.fetchone() == (int(first), "0")
        command.close()
