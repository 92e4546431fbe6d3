"""Redis away, and with it beat and worker: every step is told within three minutes of its time all the same.

Run: .venv/bin/python scripts/drills/redis_away.py [--minutes 10] [--incidents 40]

A data folder of its own gets a community and so many incidents whose arrivals fall overdue one after another while the drill lasts.
A worker and a beat are started on an address where no Redis listens, and `watch_sweeps` as docker-compose.yml starts it. In the
end each first notice of an escalation must have been written within 180 seconds of the moment it fell due.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent.parent
NO_REDIS = "redis://127.0.0.1:1/0"
GOAL = 180  # seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10, help="how long Redis stays away")
    parser.add_argument("--incidents", type=int, default=40)
    asked_for = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="bbt-drill-"))
    os.environ |= {"BAIBUTING_HOME": str(home), "DJANGO_SETTINGS_MODULE": "baibuting.settings"}
    os.environ.pop("DATABASE_URL", None)
    sys.path.insert(0, str(REPOSITORY))
    import django

    django.setup()
    from baibuting.common import embedded_postgres

    cluster = embedded_postgres.cluster_of(home)
    try:
        lags = _drill(asked_for.minutes, asked_for.incidents)
    finally:
        _disconnect()
        embedded_postgres.leave(cluster)
        shutil.rmtree(cluster.data, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)
    print(f"{len(lags)} steps told; the latest after {max(lags, default=0):.0f} s, the goal is {GOAL} s")
    if len(lags) != asked_for.incidents or max(lags) > GOAL:
        raise SystemExit("FAILED")


def _drill(minutes: float, incidents: int) -> list[float]:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    _incidents_report(incidents, timedelta(minutes=minutes))
    celery = [sys.executable, "-m", "celery", "--app", "baibuting"]
    beat = ["beat", "--pidfile=", "--schedule", f"{os.environ['BAIBUTING_HOME']}/beat-schedule"]
    with (
        _running([*celery, "worker", "--concurrency", "1"]),
        _running([*celery, *beat]),
        _running([sys.executable, "manage.py", *_words_of_compose()]),
    ):
        time.sleep(minutes * 60 + GOAL)
    return _lags()


def _words_of_compose() -> list[str]:
    """Return the watchdog's command as docker-compose.yml has it, from `watch_sweeps` on."""
    found = re.search(
        r"exec python manage\.py (watch_sweeps .+)", (REPOSITORY / "docker-compose.yml").read_text()
    )
    if found is None:
        raise SystemExit("docker-compose.yml starts no watch_sweeps")
    return found[1].split()


def _incidents_report(count: int, meanwhile: timedelta) -> None:
    """Report incidents whose arrivals fall overdue one after another from now on, an hour after they are reported."""
    from django.utils import timezone

    from tests.factories import community
    from visits.choices import IncidentKind
    from visits.services import incident_report

    home, begins = community(), timezone.now() - timedelta(hours=1)
    for number in range(count):
        at = begins + meanwhile * number / count
        incident_report(
            building=home.buildings[number % len(home.buildings)],
            kind=IncidentKind.EMERGENCY,
            occurred_at=at,
            summary="",
            now=at,
            reported_by=None,
        )


def _lags() -> list[float]:
    """Return for each incident how many seconds after its time the first rung was told, the latest of its posts."""
    from django.db.models import F, Max

    from duties.choices import EventKind
    from duties.models import DutyEvent

    told = DutyEvent.objects.filter(kind=EventKind.RAISED, rung=1).order_by()
    by_clock = told.values("duty__clock").annotate(lag=Max(F("recorded_at") - F("fell_due_at")))
    return [row["lag"].total_seconds() for row in by_clock]


@contextmanager
def _running(command: list[str]) -> Iterator[None]:
    environment: dict[str, str] = os.environ | {"REDIS_URL": NO_REDIS, "PYTHONPATH": str(REPOSITORY)}
    process: subprocess.Popen[Any] = subprocess.Popen(
        command, env=environment, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _disconnect() -> None:
    from django.db import connection

    connection.close()


if __name__ == "__main__":
    main()
