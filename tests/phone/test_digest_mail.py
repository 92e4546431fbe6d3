"""The day's digests and a real mail server: silent, refusing, and two workers, one of which is killed."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from baibuting.common.mailing import ENOUGH
from baibuting.common.owed import LEASE
from cadres.models import Cadre
from phone.digest import digests_mail
from phone.models import Digest
from tests.factories import community, moment, user
from tests.mail_servers import MailServer, killer_of
from tests.processes import REPOSITORY, ended_with_the_test, environment

pytestmark = pytest.mark.django_db(transaction=True)

NOW = moment("2026-03-11T07:30")


def owed_to(count: int) -> list[str]:
    """So many cadres with an address, each owed the digest of the day; returns the addresses."""
    home = community()
    addresses = []
    for number, cadre in enumerate(Cadre.objects.filter(community=home.place).order_by("pk")[:count]):
        addresses.append(f"cadre{number}@example.invalid")
        Cadre.objects.filter(pk=cadre.pk).update(user=user(f"cadre{number}", email=addresses[-1]))
        Digest.objects.create(
            cadre=cadre, day=NOW.date(), made_at=NOW, overdue=1, due_today=0, coming=0, notices=0,
            next_attempt_at=NOW,
        )  # fmt: skip
    assert len(addresses) == count
    return addresses


def mailed(now: datetime = NOW) -> int:
    return digests_mail(now=now, read_clock=lambda: now)


def attempts() -> Counter[int]:
    return Counter(Digest.objects.values_list("attempts", flat=True))


def test_it_works(settings: Any) -> None:
    addresses = owed_to(5)
    with MailServer() as server:
        server.be_used(settings)
        assert mailed() == 5
        assert server.copies == Counter(addresses)
        assert mailed(NOW + timedelta(hours=1)) == 0
    assert set(Digest.objects.values_list("attempts", "last_attempt_at", "sent_at")) == {(1, NOW, NOW)}


def test_a_silent_server_is_asked_a_few_times_a_run_and_every_mail_backs_off(settings: Any) -> None:
    addresses = owed_to(5)
    with MailServer(is_silent=True) as silent:
        silent.be_used(settings)
        assert (mailed(), silent.asked) == (0, ENOUGH)
        assert attempts() == {1: ENOUGH, 0: 5 - ENOUGH}
        assert (mailed(NOW + timedelta(seconds=1)), silent.asked) == (0, 5)
        assert attempts() == {1: 5}
    with MailServer() as server:
        server.be_used(settings)
        assert mailed(NOW + timedelta(minutes=1)) == 0
        assert mailed(NOW + timedelta(minutes=3)) == 5
        assert server.copies == Counter(addresses)


def test_a_refusing_server_makes_every_mail_back_off_up_to_two_hours(settings: Any) -> None:
    owed_to(5)
    with MailServer(refuses="550 no such user") as server:
        server.be_used(settings)
        assert mailed() == 0
        assert attempts() == {1: 5}
        Digest.objects.update(attempts=50, next_attempt_at=NOW)
        assert mailed() == 0
        coming = Digest.objects.values_list("next_attempt_at", "last_failure")
        assert set(coming) == {(NOW + timedelta(hours=2), "SMTPRecipientsRefused")}


MAIL = """
import django, sys; django.setup()
from django.utils.dateparse import parse_datetime
from phone.digest import digests_mail
now = parse_datetime(sys.argv[1])
digests_mail(now=now, read_clock=lambda: now)
"""


def test_a_worker_killed_between_sending_and_noting_costs_one_copy_more(settings: Any) -> None:
    addresses = owed_to(5)
    with MailServer() as server:
        process = subprocess.Popen(
            [sys.executable, "-c", MAIL, NOW.isoformat()], cwd=REPOSITORY,
            env=environment(EMAIL_URL=f"smtp://127.0.0.1:{server.port}"), text=True, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        with ended_with_the_test(process):
            server.on_taken = killer_of(process, at=2)
            assert process.wait(60) == -9
        assert attempts() == {1: 2, 0: 3}
        assert Digest.objects.filter(sent_at=None).count() == 4
        server.on_taken = lambda _: None
        server.be_used(settings)
        assert mailed(NOW + timedelta(minutes=1)) == 3
        assert mailed(NOW + LEASE) == 1
        assert set(server.copies) == set(addresses)
        assert sorted(server.copies.values()) == [1, 1, 1, 1, 2]


def test_two_workers_at_once_send_one_copy(settings: Any) -> None:
    addresses = owed_to(20)

    def work(_: int) -> int:
        try:
            return mailed()
        finally:
            connection.close()

    with MailServer(answers_after=0.02) as server:
        server.be_used(settings, timeout=5)
        with ThreadPoolExecutor(2) as pool:
            by_worker = list(pool.map(work, range(2)))
        assert server.copies == Counter(addresses)
    assert sum(by_worker) == 20
    assert min(by_worker) > 0, "only one worker did any work: nothing was raced"
