"""Databases of test sessions: migrated once per state of the migrations, then copied for each process of a session."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings
from django.db import connection

from baibuting.common import embedded_postgres
from baibuting.common.collecting import collector_paused

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = "baibuting_migrated_"
# what migrations, and the permissions and rows written after them, are made from
_SOURCES = ("migrations/*.py", "models.py", "models/*.py", "choices.py", "rules.py")


def session_database_make(name: str) -> None:
    """Make this process's database, a copy of the migrated one, and point Django's connection at it."""
    template = f"{TEMPLATE}{_state_of_migrations()}"
    with _alone(), _server() as server:
        server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template])
        if server.fetchone() is None:
            _drop(server, f"^{TEMPLATE}")
            _migrate(f"{template}_unfinished")
            server.execute(f'ALTER DATABASE "{template}_unfinished" RENAME TO "{template}"')
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    _point_at(name)


def session_database_drop(name: str) -> None:
    """Drop this process's database."""
    connection.close()
    with _server() as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def abandoned_databases_drop() -> None:
    """Drop the databases of sessions that were killed."""
    with _server() as server:
        server.execute("SELECT datname FROM pg_database WHERE datname ~ '^test_baibuting_[0-9]+$'")
        for (name,) in server.fetchall():
            if not os.path.exists(f"/proc/{name.rsplit('_', 1)[1]}"):
                server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _state_of_migrations() -> str:
    """What the migrated database depends on, as twelve hexadecimal digits."""
    state = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for pattern in _SOURCES:
        for path in sorted(ROOT.glob(f"*/{pattern}")):
            state.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return state.hexdigest()[:12]


def _migrate(name: str) -> None:
    connection.settings_dict["TEST"]["NAME"], before = name, connection.settings_dict["TEST"]["NAME"]
    # the models are drawn anew after each step, and the collector walks through them for a fifth of the time
    with collector_paused():
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    connection.settings_dict["TEST"]["NAME"] = before
    connection.close()


def _point_at(name: str) -> None:
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def _drop(server: Any, pattern: str) -> None:
    server.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [pattern])
    for (name,) in server.fetchall():
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def _alone() -> Iterator[None]:
    """One process of this data folder at a time: the others wait until the migrated database is there."""
    with (settings.HOME / "test-databases.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _server() -> Iterator[Any]:
    cluster = embedded_postgres.cluster_of(settings.HOME)
    embedded_postgres.join(cluster)
    found = psycopg2.connect(
        host=str(cluster.socket_dir),
        port=embedded_postgres.PORT,
        user=embedded_postgres.SUPERUSER,
        dbname="postgres",
    )
    found.autocommit = True
    with closing(found), found.cursor() as cursor:
        yield cursor
