"""Notices and a real mail server, in all its moods: silent, slow, refusing, and a worker that is killed half-way."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

from baibuting.common.mailing import ENOUGH
from baibuting.common.owed import LEASE, RUN, TIME_LIMIT, attempt_begin, attempt_settle
from cadres.models import Cadre
from duties.choices import EventKind
from duties.delivery import notices_deliver
from duties.models import DutyEvent, NoticeDelivery
from tests.duties.bulk import people_under_care
from tests.duties.steps import sweep_at
from tests.factories import Community, community, moment, user
from tests.mail_servers import MailServer, killer_of
from tests.processes import REPOSITORY, ended_with_the_test, environment

pytestmark = pytest.mark.django_db(transaction=True)

NOW = moment("2026-03-05T00:01")
SECOND = timedelta(seconds=1)


def owed_to(count: int) -> list[str]:
    """So many cadres with an address, each owed the same two notices; returns the addresses."""
    home = community()
    people_under_care(home, 2, started_on=date(2026, 3, 1), now=moment("2026-03-01T09:00"))
    sweep_at(NOW)
    NoticeDelivery.objects.all().delete()
    events = list(DutyEvent.objects.filter(kind=EventKind.RAISED, rung=1)[:2])
    addresses = []
    for number, cadre in enumerate(cadres_of(home)[:count]):
        addresses.append(f"cadre{number}@example.invalid")
        Cadre.objects.filter(pk=cadre.pk).update(user=user(f"cadre{number}", email=addresses[-1]))
        NoticeDelivery.objects.bulk_create(
            NoticeDelivery(event=event, cadre=cadre, next_attempt_at=NOW) for event in events
        )
    assert NoticeDelivery.objects.count() == 2 * count
    return addresses


def cadres_of(home: Community) -> list[Cadre]:
    return list(Cadre.objects.filter(community=home.place).order_by("pk"))


def deliver(now: datetime = NOW) -> int:
    return notices_deliver(now=now, read_clock=lambda: now)


def attempts() -> Counter[int]:
    """How many notices have been tried how often."""
    return Counter(NoticeDelivery.objects.values_list("attempts", flat=True))


def unsent() -> int:
    return NoticeDelivery.objects.filter(sent_at=None).count()


def test_it_works(settings: Any) -> None:
    addresses = owed_to(5)
    with MailServer() as server:
        server.be_used(settings)
        assert deliver() == 10
        assert server.copies == Counter(addresses)
        assert (deliver(NOW + timedelta(days=1)), server.asked) == (0, 5)


def test_a_run_is_over_before_its_leases() -> None:
    """Whoever is killed at the limit has not kept a message longer than its lease, nor the next run from beginning."""
    assert RUN < timedelta(minutes=1) < timedelta(seconds=TIME_LIMIT) < LEASE


def test_a_silent_server_is_asked_a_few_times_a_run_and_every_mail_backs_off(settings: Any) -> None:
    owed_to(5)
    with MailServer(is_silent=True) as silent:
        silent.be_used(settings)
        assert deliver() == 0
        assert silent.asked == ENOUGH
        assert attempts() == {1: 2 * ENOUGH, 0: 2 * (5 - ENOUGH)}
        waits = NoticeDelivery.objects.filter(attempts=1).values_list("next_attempt_at", "last_failure")
        assert set(waits) == {(NOW + timedelta(minutes=2), "SMTPServerDisconnected")}
        assert deliver(NOW + SECOND) == 0
        assert attempts() == {1: 10}, "first whoever was not tried yet"
        assert deliver(NOW + 2 * SECOND) == 0
        assert silent.asked == 5, "nobody's turn has come again"
    with MailServer() as server:
        server.be_used(settings)
        assert deliver(NOW + timedelta(minutes=3)) == 10
        assert set(server.copies.values()) == {1}


def test_nothing_is_locked_while_a_mail_is_under_way(settings: Any) -> None:
    """Whoever needs the rows meanwhile has them, and a transaction that is rolled back takes no note with it."""
    owed_to(2)
    seen = []

    def look(_: int) -> None:
        with transaction.atomic():
            free = NoticeDelivery.objects.select_for_update(skip_locked=True).filter(sent_at=None)
            cadres = Cadre.objects.select_for_update(skip_locked=True)
            seen.append((free.count(), len(free), len(cadres) == Cadre.objects.count()))
        connections.close_all()

    with MailServer(on_taken=look) as server:
        server.be_used(settings, timeout=5)
        assert deliver() == 4
    assert seen == [(4, 4, True), (2, 2, True)]


def test_a_slow_server_ends_the_run_and_nobody_has_a_second_copy(settings: Any) -> None:
    """A mail takes twenty seconds: three a run, and the others in the next ones."""
    addresses = owed_to(7)
    passed = [timedelta(0)]

    def wait(_: int) -> None:
        passed[0] += timedelta(seconds=20)

    begun = [NOW, NOW + timedelta(minutes=1), NOW + timedelta(minutes=2)]
    with MailServer(on_taken=wait) as server:
        server.be_used(settings)
        sent = []
        for start in begun:
            passed[0] = timedelta(0)
            sent.append(notices_deliver(now=start, read_clock=lambda start=start: start + passed[0]))
        assert sent == [6, 6, 2]
        assert server.copies == Counter(addresses)


def test_an_answer_that_comes_late_is_waited_for(settings: Any) -> None:
    """Hanging up after the text would mean a second copy: there alone the short limit does not hold."""
    addresses = owed_to(1)
    with MailServer(answers_after=0.6) as server:
        server.be_used(settings, timeout=0.2)
        assert deliver() == 2
        assert server.copies == Counter(addresses)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [("550 no such user", "SMTPRecipientsRefused"), ("451 later", "SMTPRecipientsRefused")],
)
def test_a_refusing_server_makes_every_mail_back_off(settings: Any, answer: str, failure: str) -> None:
    owed_to(5)
    with MailServer(refuses=answer) as server:
        server.be_used(settings)
        for tries, at in ((1, NOW), (2, NOW + timedelta(minutes=2))):
            assert deliver(at) == 0
            assert attempts() == {tries: 10}, "a refused one does not keep the others waiting"
            states = NoticeDelivery.objects.values_list("sent_at", "last_failure", "next_attempt_at")
            assert set(states) == {(None, failure, at + timedelta(minutes=2**tries))}
            assert deliver(at + SECOND) == 0
        assert (server.asked, server.taken) == (10, [])


DELIVER = """
import django, sys; django.setup()
from django.utils.dateparse import parse_datetime
from duties.delivery import notices_deliver
now = parse_datetime(sys.argv[1])
notices_deliver(now=now, read_clock=lambda: now)
"""


def start_delivery(server: MailServer, at: datetime) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", DELIVER, at.isoformat()], cwd=REPOSITORY,
        env=environment(EMAIL_URL=f"smtp://127.0.0.1:{server.port}"), text=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def test_a_worker_killed_between_sending_and_noting_costs_one_copy_more(settings: Any) -> None:
    """Killed at the second mail of a run, twice; then a run to the end. The attempts in flight stay counted."""
    addresses = owed_to(6)
    with MailServer() as server:
        for kills, at in ((1, NOW), (2, NOW + timedelta(minutes=1))):
            with ended_with_the_test(start_delivery(server, at)) as process:
                server.on_taken = killer_of(process, at=2 * kills)
                assert process.wait(60) == -9
            assert len(server.taken) == 2 * kills
            assert unsent() == 12 - 2 * kills, "what was noted before stays noted"
            assert attempts()[1] == 4 * kills, "the attempt in flight is counted"
        server.on_taken = lambda _: None
        server.be_used(settings)
        assert deliver(NOW + timedelta(minutes=2)) == 4
        assert unsent() == 4, "what may be in flight is left alone until its lease ends"
        assert deliver(NOW + timedelta(minutes=1) + LEASE) == 4
        assert unsent() == 0
        assert set(server.copies) == set(addresses)
        assert sorted(server.copies.values()) == [1, 1, 1, 1, 2, 2]


def test_two_workers_at_once_send_one_copy(settings: Any) -> None:
    addresses = owed_to(20)
    by_worker = []

    def work(_: int) -> int:
        try:
            return deliver()
        finally:
            connection.close()

    with MailServer(answers_after=0.02) as server:
        server.be_used(settings, timeout=5)
        with ThreadPoolExecutor(2) as pool:
            by_worker = list(pool.map(work, range(2)))
        assert server.copies == Counter(addresses), "two notices of one cadre are one mail, whoever sends it"
    assert sum(by_worker) == 40
    assert min(by_worker) > 0, "only one worker did any work: nothing was raced"
    assert attempts() == {1: 40}


def test_an_attempt_that_outlived_its_lease_unsays_nothing(settings: Any) -> None:
    """A worker stopped for longer than a lease wakes up after another one has sent the mail, or is sending it."""
    owed_to(1)
    later = NOW + LEASE

    def the_other_worker(number: int) -> None:
        if number == 1:
            deliver(later)
            connections.close_all()

    with MailServer(on_taken=the_other_worker) as server:
        server.be_used(settings, timeout=5)
        assert deliver() == 0, "the other one has noted it already"
        assert len(server.taken) == 2
    assert set(NoticeDelivery.objects.values_list("attempts", "sent_at")) == {(2, later)}


def test_a_failure_that_comes_late_says_nothing_about_the_attempt_after_it() -> None:
    owed_to(1)
    mine, others = list(NoticeDelivery.objects.order_by("pk")), list(NoticeDelivery.objects.order_by("pk"))
    attempt_begin(mine, now=NOW)
    for delivery in others:
        delivery.refresh_from_db()
    attempt_begin(others, now=NOW + LEASE)
    assert attempt_settle(mine, failure="TimeoutError", now=NOW + LEASE + SECOND) == 0
    states = NoticeDelivery.objects.values_list("attempts", "last_failure", "next_attempt_at")
    assert set(states) == {(2, "", NOW + 2 * LEASE)}
    assert attempt_settle(mine, failure="", now=NOW + LEASE + SECOND) == 2, (
        "but a mail that was taken was taken"
    )
    assert unsent() == 0
