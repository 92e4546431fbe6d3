"""Any manage.py command starts or joins the embedded server; nobody stops one that is in use."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from baibuting.common import embedded_postgres
from tests.processes import REPOSITORY
from tests.running.homes import environment_of, fresh_home

ASK = "from django.db import connection as c; c.ensure_connection(); print('PostgreSQL', c.pg_version)"
JOIN = (
    "import sys, time; from pathlib import Path; from baibuting.common import embedded_postgres as e;"
    "e.join(e.cluster_of(Path(sys.argv[1]))); print('joined', flush=True); time.sleep(float(sys.argv[2]))"
)


def ask(home: Path) -> subprocess.CompletedProcess[str]:
    """A command that needs the database."""
    return subprocess.run(
        [sys.executable, str(REPOSITORY / "manage.py"), "shell", "-v0", "-c", ASK],
        env=environment_of(home), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def joined(home: Path, seconds: float = 60) -> subprocess.Popen[str]:
    """A process that uses the server until it is ended."""
    process = subprocess.Popen(
        [sys.executable, "-c", JOIN, str(home), str(seconds)],
        env=environment_of(home), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "joined\n"
    return process


def server_pid(home: Path) -> int | None:
    """The server's process id; None when it does not run."""
    try:
        pid = int((embedded_postgres.cluster_of(home).data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError):
        return None
    return pid


def test_it_works() -> None:
    with fresh_home() as home:
        first = ask(home)
        assert first.returncode == 0, first.stderr
        assert "PostgreSQL 18" in first.stdout
        assert server_pid(home) is None  # the last user stopped it


def test_a_second_command_joins_and_leaves_the_server_alone() -> None:
    with fresh_home() as home:
        user = joined(home)
        running = server_pid(home)
        assert ask(home).returncode == 0
        assert running is not None
        assert server_pid(home) == running
        user.kill()
        user.wait()


def test_two_commands_at_once_share_one_server_and_its_keys() -> None:
    with fresh_home() as home:
        command = [sys.executable, str(REPOSITORY / "manage.py"), "shell", "-v0", "-c"]
        question = ASK + "; from django.conf import settings; print(settings.SECRET_KEY)"
        both = [
            subprocess.Popen(
                [*command, question],
                env=environment_of(home),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(3)
        ]
        answers = [process.communicate(timeout=90) for process in both]
        assert [process.returncode for process in both] == [0, 0, 0], answers
        assert len({out for out, _ in answers}) == 1
        assert server_pid(home) is None


def test_a_killed_user_does_not_keep_the_server_for_ever() -> None:
    with fresh_home() as home:
        user = joined(home)
        user.send_signal(signal.SIGKILL)
        user.wait()
        assert server_pid(home) is not None
        assert ask(home).returncode == 0  # joins what was left, and is the last
        assert server_pid(home) is None


def test_it_starts_again_after_the_server_was_killed() -> None:
    with fresh_home() as home:
        user = joined(home)
        pid = server_pid(home)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        user.kill()
        user.wait()
        time.sleep(0.2)
        assert ask(home).returncode == 0


def test_the_server_listens_on_no_network_address_and_others_cannot_reach_it() -> None:
    with fresh_home() as home:
        user = joined(home)
        cluster = embedded_postgres.cluster_of(home)
        postmaster = (cluster.data / "postmaster.pid").read_text().splitlines()
        assert postmaster[5].strip() == ""  # the address it listens on
        assert stat.S_IMODE(cluster.socket_dir.stat().st_mode) == 0o700
        assert stat.S_IMODE((cluster.data).stat().st_mode) == 0o700
        user.kill()
        user.wait()


def test_a_path_too_long_for_a_socket_still_works() -> None:
    with tempfile.TemporaryDirectory() as outer:
        os.chmod(outer, 0o711)  # noqa: S103
        home = Path(outer) / ("long" * 25)
        assert ask(home).returncode == 0
        cluster = embedded_postgres.cluster_of(home)
        assert cluster.data.parent == home
        assert len(str(cluster.socket_dir)) < 90
        cluster.socket_dir.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root keeps its folders from its own server")
def test_behind_a_closed_directory_the_cluster_lies_elsewhere_and_no_mode_is_widened() -> None:
    with tempfile.TemporaryDirectory() as outer:
        assert stat.S_IMODE(os.stat(outer).st_mode) == 0o700
        home = Path(outer) / "home"
        assert ask(home).returncode == 0
        assert stat.S_IMODE(os.stat(outer).st_mode) == 0o700
        cluster = embedded_postgres.cluster_of(home)
        assert cluster.data.parent == embedded_postgres.SHARED_ROOT
        subprocess.run(["rm", "-r", str(cluster.data)], check=True)
