"""The bell wakes a worker after the commit, and a broker that is away or hangs costs next to nothing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction

from baibuting.celery import app
from baibuting.common.queueing import enqueue_on_commit
from duties.models import SweepRun
from tests.processes import REPOSITORY, environment

LIMIT = 2.5  # seconds a ring may cost whoever records a visit


@contextmanager
def redis_server() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until(
            lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0, 10, "redis-server does not answer"
        )
        yield f"redis://127.0.0.1:{port}/0", process
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(10)


@contextmanager
def worker(redis_url: str) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", "--app", "baibuting", "worker", "--concurrency", "1", "--loglevel", "INFO"],
        env=environment(REDIS_URL=redis_url), cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        process.communicate(timeout=30)


def wait_until(true: Callable[[], bool], seconds: float, otherwise: str) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.1)


RING = """
import sys, time, django
django.setup()
from django.db import transaction
from baibuting.common.queueing import enqueue_on_commit
for line in sys.stdin:
    started = time.monotonic()
    with transaction.atomic():
        enqueue_on_commit("duties.sweep_duties")
    print(time.monotonic() - started, flush=True)
"""


@contextmanager
def ringer(redis_url: str) -> Iterator[Callable[[], float]]:
    """A process with a broker of its own; each call rings once and returns the seconds it took."""
    process = subprocess.Popen(
        [sys.executable, "-c", RING], env=environment(REDIS_URL=redis_url), cwd=REPOSITORY,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None

    def once() -> float:
        process.stdin.write("ring\n")
        process.stdin.flush()
        return float(process.stdout.readline())

    try:
        yield once
    finally:
        process.stdin.close()
        process.wait(30)


def completed() -> int:
    return SweepRun.objects.filter(finished_at__isnull=False).count()


@pytest.mark.needs_redis
@pytest.mark.django_db(transaction=True)
def test_it_works() -> None:
    with redis_server() as (url, _), worker(url), ringer(url) as once:
        wait_until(lambda: completed() == 1, 40, "the worker did not sweep when it was ready")
        assert once() < LIMIT
        wait_until(lambda: completed() == 2, 20, "the worker did not sweep when the bell rang")


@pytest.mark.needs_redis
@pytest.mark.django_db(transaction=True)
def test_a_redis_that_hangs_does_not_hang_us() -> None:
    with redis_server() as (url, process), ringer(url) as once:
        assert once() < LIMIT
        os.kill(process.pid, signal.SIGSTOP)
        assert [seconds < LIMIT for seconds in (once(), once(), once())] == [True, True, True]
        os.kill(process.pid, signal.SIGCONT)
        assert once() < LIMIT


@pytest.mark.needs_redis
@pytest.mark.django_db(transaction=True)
def test_a_worker_outlives_its_redis() -> None:
    with redis_server() as (url, process), worker(url), ringer(url) as once:
        wait_until(lambda: completed() == 1, 40, "the worker did not sweep when it was ready")
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(4)
        os.kill(process.pid, signal.SIGCONT)
        once()
        wait_until(lambda: completed() == 2, 30, "the worker did not come back after Redis hung")


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_the_facts_are_still_committed() -> None:
    with ringer("redis://127.0.0.1:1/0") as once:
        assert once() < LIMIT
        assert once() < LIMIT


@pytest.mark.django_db(transaction=True)
def test_it_rings_after_the_commit_and_not_after_a_rollback() -> None:
    with app.connection_for_read() as connection:
        queue = connection.SimpleQueue("celery")
        queue.clear()
        with transaction.atomic():
            enqueue_on_commit("duties.sweep_duties")
            assert queue.qsize() == 0
        assert queue.qsize() == 1
        queue.clear()

        def fail() -> None:
            with transaction.atomic():
                enqueue_on_commit("duties.sweep_duties")
                raise ValueError

        with pytest.raises(ValueError):  # noqa: PT011
            fail()
        assert queue.qsize() == 0
