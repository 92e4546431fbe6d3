"""Every queue has somebody who listens, and mail keeps nothing else waiting."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import yaml
from celery import Celery

from baibuting.celery import app
from baibuting.common.owed import LEASE
from duties.models import NoticeDelivery, SweepRun
from tests.duties.test_mail_servers import owed_to
from tests.mail_servers import MailServer
from tests.processes import REPOSITORY, environment
from tests.running.test_queueing import redis_server, wait_until

SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())[
    "services"
]
MAILING = {"duties.deliver_notices", "phone.send_digests", "accounts.mail_alarms", "messaging.send"}


def queues_of(words: list[str]) -> set[str]:
    return set(words[words.index("--queues") + 1].split(","))


def compose_queues() -> dict[str, set[str]]:
    commands = {name: " ".join(service.get("command", ())).split() for name, service in SERVICES.items()}
    return {name: queues_of(words) for name, words in commands.items() if "--queues" in words}


def queue_of(task: str) -> str:
    found: str = app.amqp.router.route({}, task)["queue"].name
    return found


def test_it_works() -> None:
    """What sends mail, and only that, goes to the queue of mail, by beat as by the bell."""
    tasks = set(app.conf.beat_schedule)
    assert {task for task in tasks if queue_of(task) == "mail"} == MAILING
    assert {queue_of(task) for task in tasks - MAILING} == {"celery"}


def test_in_production_the_mail_has_a_worker_of_its_own() -> None:
    assert compose_queues() == {"worker": {"celery"}, "mail": {"mail"}}


def test_on_one_machine_one_worker_listens_to_both() -> None:
    started = (REPOSITORY / "scripts" / "run.py").read_text()
    assert re.findall(r'"--queues", "([a-z,]+)"', started) == ["celery,mail"]


@pytest.mark.parametrize("task", sorted(MAILING))
def test_a_task_that_mails_is_ended_before_its_leases_are(task: str) -> None:
    app.loader.import_default_modules()
    assert 0 < app.tasks[task].time_limit < LEASE.total_seconds()


@contextmanager
def worker(*arguments: str, **extra: str) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", "--app", "baibuting", "worker", "--concurrency", "1", *arguments],
        env=environment(**extra), cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.needs_redis
@pytest.mark.django_db(transaction=True)
def test_a_silent_mail_server_does_not_keep_the_sweep_waiting() -> None:
    """As production runs it: one worker hangs in a mail while the other one sweeps."""
    owed_to(2)
    swept = SweepRun.objects.filter(finished_at__isnull=False)
    with MailServer(is_silent=True) as silent, redis_server() as (url, _):
        extra = {"REDIS_URL": url, "EMAIL_URL": f"smtp://127.0.0.1:{silent.port}"}
        with (
            worker("--queues", "celery", **extra),
            worker("--queues", "mail", "--hostname", "mail@%h", **extra),
        ):
            beat = Celery(broker=url, set_as_current=False)
            beat.conf.task_routes = app.conf.task_routes
            beat.send_task("duties.deliver_notices")
            wait_until(lambda: silent.asked > 0, 60, "nobody tried to mail")
            before = swept.count()
            beat.send_task("duties.sweep_duties")
            wait_until(lambda: swept.count() > before, 60, "nobody swept while the mail hung")
            first = NoticeDelivery.objects.exclude(attempts=0).order_by("last_attempt_at").first()
            assert first is not None
            assert first.attempts == 1, "counted while it is still under way"
            assert not NoticeDelivery.objects.filter(sent_at__isnull=False).exists()
            beat.close()
