"""A mail server that accepts a connection and says nothing stops no sweep.

Run: .venv/bin/python scripts/drills/mail_black_hole.py [--owed 2000] [--seconds 240] [--most 120]

`--owed` cadres with an address are each owed a notice, and the mail server is silent. Worker and beat are those of
`make run`: one worker, one task at a time, which is less than production has. For `--seconds` the age of the last finished
sweep is looked at ten times a second; it must never be above `--most`. Nobody is marked as told, every notice keeps its next
attempt, and when a server answers again at last, mails go out.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from pathlib import Path

from stage import ended, fail, say, stage, started, wait_until


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--owed", type=int, default=2_000, help="cadres who are owed a mail")
    parser.add_argument("--seconds", type=int, default=240)
    parser.add_argument("--most", type=float, default=120, help="the greatest age of the last sweep")
    asked_for = parser.parse_args()
    from tests.mail_servers import MailServer

    with MailServer(is_silent=True) as server, stage(EMAIL_URL=f"smtp://127.0.0.1:{server.port}") as home:
        _owe(asked_for.owed)
        processes = [started(command) for command in _commands(home)]
        try:
            oldest = _watch(asked_for.seconds)
            tried, marked = _outcome()
            say(
                f"silent for {asked_for.seconds} s with {asked_for.owed:,} owed: sweep at most {oldest:.0f} s old; "
                f"{server.asked} connections, {tried:,} notices tried, {marked} marked sent"
            )
            if oldest > asked_for.most or marked:
                fail(f"no sweep may be older than {asked_for.most:.0f} s, and nobody may be marked as told")
            if not tried:
                fail("no mail was tried: nothing was shown")
            server.is_silent = False
            wait_until(lambda: bool(_outcome()[1]), seconds=240, what="a mail once the server answers")
            say("PASSED: sweeps went on, and mails go out again")
        finally:
            for process in processes:
                ended(process)


def _commands(home: Path) -> list[list[str]]:
    """Return the commands of `make run`'s worker and beat."""
    from run import commands  # scripts/run.py

    return [commands("127.0.0.1", 0, home)[name] for name in ("worker", "beat")]


def _owe(count: int) -> None:
    """Fill the database with that many cadres, each with an address and one notice that is owed."""
    from datetime import timedelta

    from django.db import connection
    from django.utils import timezone

    from accounts.models import User
    from baibuting.common.days import local_day
    from cadres.models import Cadre
    from duties.choices import EventKind
    from duties.models import DutyEvent, NoticeDelivery
    from duties.sweep import sweep
    from tests.duties.bulk import people_under_care
    from tests.factories import community

    now = timezone.now()
    before = now - timedelta(days=5)
    home = community()
    people_under_care(home, 1, started_on=local_day(before), now=before)
    sweep(now=now, read_clock=timezone.now)
    NoticeDelivery.objects.all().delete()
    event = DutyEvent.objects.filter(kind=EventKind.RAISED).latest("pk")
    users = User.objects.bulk_create(
        User(username=f"cadre{number}", email=f"cadre{number}@example.invalid") for number in range(count)
    )
    cadres = Cadre.objects.bulk_create(
        Cadre(community=home.place, name=f"骨干{one.pk}", name_initials="gg", user=one) for one in users
    )
    NoticeDelivery.objects.bulk_create(
        NoticeDelivery(event=event, cadre=one, next_attempt_at=now) for one in cadres
    )
    connection.close()


def _watch(seconds: int) -> float:
    """Return the greatest age of the last sweep in that time, from the first one of the worker on."""
    wait_until(lambda: _age() is not None, seconds=120, what="the worker's first sweep")
    oldest, until = 0.0, time.monotonic() + seconds
    while time.monotonic() < until:
        oldest = max(oldest, _age() or 0.0)
        time.sleep(0.1)
    return oldest


def _age() -> float | None:
    """Return the seconds since a sweep has finished; None before the worker's first."""
    from django.utils import timezone

    from duties.models import SweepRun

    finished = SweepRun.objects.exclude(finished_at=None).order_by("-finished_at")
    last = finished[0].finished_at if finished.count() > 1 else None
    return None if last is None else (timezone.now() - last).total_seconds()


def _outcome() -> tuple[int, int]:
    """Return how many notices have been tried, and how many are marked as sent."""
    from duties.models import NoticeDelivery

    owed = NoticeDelivery.objects.all()
    return owed.filter(attempts__gt=0).count(), owed.exclude(sent_at=None).count()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the stage is taken down
    main()
