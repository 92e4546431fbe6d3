"""`make run` brings everything up and one signal takes everything down."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.processes import REPOSITORY
from tests.running.homes import environment_of, fresh_home, processes_of


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A data folder: empty for the first test; the next one starts on what that left and migrates nothing anew."""
    with fresh_home() as folder:
        yield folder


@contextmanager
def running(home: Path, **extra: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, str(REPOSITORY / "scripts" / "run.py")],
        env=environment_of(home, DEMO="0", PORT=str(port), **extra),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        yield process, port
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)


def healthz(port: int) -> dict[str, Any] | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            body: dict[str, Any] = json.load(answer)
            return body
    except OSError:
        return None


def wait_for_first_sweep(process: subprocess.Popen[str], port: int) -> dict[str, Any]:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[0]
        answer = healthz(port)
        if answer and answer["sweep_age_seconds"] is not None:
            return answer
        time.sleep(0.2)
    pytest.fail("no sweep was completed within three minutes")


def test_it_works(home: Path) -> None:
    """From nothing, and again on what the first left; one signal or the other ends all of it."""
    assert list(home.iterdir()) == []
    for ending in (signal.SIGTERM, signal.SIGINT):
        comes_up_and_ends(home, ending)


def hangs_and_says_so(home: Path, port: int) -> None:
    """PostgreSQL stopped in its tracks: whoever asks is told within three seconds, and it is well once it goes on."""
    server = int((home / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(server, signal.SIGSTOP)
    try:
        begun = time.monotonic()
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10)
        assert time.monotonic() - begun < 4
        assert json.load(refusal.value)["status"] == "database_gone"
        urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=2).close()
    finally:
        os.kill(server, signal.SIGCONT)
    answer = healthz(port)
    assert answer is not None
    assert answer["status"] == "ok"


def comes_up_and_ends(home: Path, ending: signal.Signals) -> None:
    with running(home) as (process, port):
        answer = wait_for_first_sweep(process, port)
        assert answer["status"] == "ok"
        if ending == signal.SIGINT:
            hangs_and_says_so(home, port)
        assert len(processes_of(home)) >= 6  # we, web and its workers, worker, beat, the database
        assert process.stdout is not None
        assert any(
            f"http://127.0.0.1:{port}/" in line for line in process.stdout
        )  # reads no further than that line
        assert f"http://127.0.0.1:{port}/first-account/" in next(process.stdout)
        assert re.search(r"开通码 \w{3}-\w{3}-\w{3}", next(process.stdout))
        process.send_signal(ending)
        assert process.wait(30) == 0
        assert processes_of(home) == []


def test_if_one_dies_it_says_which_and_stops_the_rest(home: Path) -> None:
    with running(home) as (process, port):
        wait_for_first_sweep(process, port)
        for pid in processes_of(home):
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if b"beat" in arguments:
                os.kill(pid, signal.SIGKILL)
        assert process.wait(30) == 1
        assert "beat ended by itself" in process.communicate()[0]
        assert processes_of(home) == []


def test_a_taken_port_is_refused_before_anything_starts() -> None:
    with fresh_home() as home, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, str(REPOSITORY / "scripts" / "run.py")],
            env=environment_of(home, PORT=port), capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        assert done.returncode == 1
        assert f"Port {port} on 127.0.0.1 cannot be used" in done.stderr
        assert list(home.iterdir()) == []
