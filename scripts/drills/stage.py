"""What every drill stands on: a data folder of its own with its database, and an end to all that it has started.

A drill imports this module before anything of Django. It talks to this machine alone, writes nowhere but into a folder
that it removes, and ends only processes that it has started itself.
"""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

REPOSITORY = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "scripts")]

# what a developer's shell may hold, and what would lead a drill to somebody's real servers
_FOREIGN = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "HTTPS", "FIELD_KEY_ID", "LOOKUP_KEYS", "LOOKUP_KEY_ID")


@contextmanager
def stage(**settings: str) -> Iterator[Path]:
    """Set up Django on a migrated database in a new data folder; remove both afterwards. `settings` are variables.

    A process started inside inherits the folder.
    """
    home = Path(tempfile.mkdtemp(prefix="bbt-drill-"))
    for name in _FOREIGN:
        os.environ.pop(name, None)
    os.environ.update(
        {
            "BAIBUTING_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": "baibuting.settings",
            "PYTHONPATH": str(REPOSITORY),
            "TOTP_REQUIRED": "0",
            "LOG_LEVEL": "ERROR",
            "SECRET_KEY": secrets.token_hex(32),
            "FIELD_KEYS": f"1:{_key()}",
            "LOOKUP_KEY": _key(),
            **settings,
        }
    )
    os.chdir(REPOSITORY)
    try:
        _migrate()
        yield home
    finally:
        _remove(home)


def _is_stopped(home: Path, cluster: Any) -> bool:
    from baibuting.common import embedded_postgres

    with (home / "postgres.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return embedded_postgres.stop_if_unused(cluster)


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _migrate() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from baibuting.common.collecting import collector_paused

    say("making a database ...")
    with collector_paused():
        call_command("migrate", verbosity=0, interactive=False)


def _remove(home: Path) -> None:
    from django.db import connections

    from baibuting.common import embedded_postgres

    connections.close_all()
    cluster = embedded_postgres.cluster_of(home)
    embedded_postgres.leave(cluster)
    # a process that was killed a moment ago may not be gone yet, and holds the server
    wait_until(lambda: _is_stopped(home, cluster), seconds=30, what=f"the last process that uses {home}")
    shutil.rmtree(cluster.data, ignore_errors=True)
    shutil.rmtree(home)


def started(command: list[str], **variables: str) -> subprocess.Popen[bytes]:
    """Start a process with a process group of its own, so that `ended` reaches its children too.

    What it says is kept in the stage's folder, for `said`.
    """
    with _log().open("ab") as log:
        return subprocess.Popen(
            command, env=os.environ | variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip


def _log() -> Path:
    return Path(os.environ["BAIBUTING_HOME"]) / "processes.log"


def fail(words: str) -> NoReturn:
    """End the drill with what went wrong, and with the last that its processes said."""
    if _log().exists():
        say(_log().read_text(errors="replace")[-2000:])
    sys.exit(f"FAILED: {words}")


def ended(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that `started` has made, with its children, and wait for it."""
    with suppress(ProcessLookupError):  # its group is empty
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def children_of(pid: int) -> list[int]:
    """Return the ids of a process's children."""
    with suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def backends_of(database: str) -> list[int]:
    """Return the process ids of PostgreSQL's backends that serve a database, this connection's left out."""
    rows = asked(
        "SELECT pid FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend' "
        "AND pid <> pg_backend_pid()",
        database,
    )
    return [pid for (pid,) in rows]


def asked(sql: str, *parameters: Any, database: str = "postgres") -> list[tuple[Any, ...]]:
    """Return the rows of one statement, on a connection of its own: it waits while PostgreSQL recovers from a crash."""
    import psycopg2
    from django.conf import settings

    from baibuting.common import embedded_postgres as embedded

    folder = str(embedded.cluster_of(Path(settings.HOME)).socket_dir)
    until = time.monotonic() + 60
    while True:
        try:
            connection = psycopg2.connect(
                host=folder, port=embedded.PORT, user=embedded.SUPERUSER, dbname=database
            )
            try:
                connection.autocommit = True
                with connection.cursor() as cursor:
                    cursor.execute(sql, parameters or None)
                    return cursor.fetchall() if cursor.description else []
            finally:
                connection.close()
        except psycopg2.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def killed(pid: int) -> bool:
    """Kill -9; return whether the process was there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def wait_until(holds: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Wait for something. Exits with a word on what it was where it does not come in time."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            fail(f"{what} did not come within {seconds:.0f} seconds")
        time.sleep(0.1)


def say(words: str) -> None:
    """Print a line at once."""
    print(words, flush=True)
