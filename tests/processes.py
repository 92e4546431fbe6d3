"""Running the product's own commands as real processes against the database of this test session."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from django.conf import settings
from django.core.management import ManagementUtility
from django.db import connection

from baibuting.common import embedded_postgres
from tests.network.loopback_only import child_path

REPOSITORY = Path(__file__).resolve().parent.parent


def environment(**extra: str) -> dict[str, str]:
    """The environment in which `manage.py …` or a script uses the *test* database and the same keys.

    Call it from a test marked `django_db(transaction=True)`: another process sees only what is committed.
    `extra` is added; an empty value removes the variable.
    """
    cluster = embedded_postgres.cluster_of(settings.HOME)
    variables = os.environ | {
        "DJANGO_SETTINGS_MODULE": "baibuting.settings",
        "DATABASE_URL": cluster.url_of(connection.settings_dict["NAME"]),
        "BAIBUTING_HOME": str(settings.HOME),
        "PYTHONPATH": child_path(),
        "CONN_MAX_AGE": "0",
        **extra,
    }
    return {name: value for name, value in variables.items() if value}


def manage(*arguments: str, timeout: float = 60, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run `manage.py` to its end; output is captured, the exit status is yours to check."""
    return subprocess.run(
        [sys.executable, str(REPOSITORY / "manage.py"), *arguments],
        env=environment(**extra), cwd=REPOSITORY, capture_output=True, text=True, timeout=timeout, check=False,
    )  # fmt: skip


def manage_here(command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of `manage.py` in this process; output and exit status are those of `manage`.

    For a test that asks what a command answers, and not what becomes of its process: starting one takes seconds.
    """
    line = ["manage.py", command, *arguments]
    out, errors = io.StringIO(), io.StringIO()
    status: object = 0
    with redirect_stdout(out), redirect_stderr(errors):
        try:
            ManagementUtility(line).fetch_command(command).run_from_argv(line)
        except SystemExit as ending:
            status = ending.code or 0
    assert isinstance(status, int), status
    return subprocess.CompletedProcess(line, status, out.getvalue(), errors.getvalue())


@contextmanager
def ended_with_the_test(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that holds a lock goes with its test, or emptying the tables afterwards would wait for it for ever."""
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def start_manage(*arguments: str, **extra: str) -> subprocess.Popen[str]:
    """Start `manage.py` and return at once, with pipes on stdout and stderr. Whoever starts it must end it."""
    return subprocess.Popen(
        [sys.executable, str(REPOSITORY / "manage.py"), *arguments],
        env=environment(**extra), cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
