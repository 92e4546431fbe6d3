"""Somebody sweeps where beat, Redis or the worker no longer do, and somebody outside is told."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone
from pytest_django.fixtures import Settings

from duties import watching
from duties.choices import EventKind
from duties.management.commands import watch_sweeps
from duties.models import DutyEvent, SweepRun
from duties.tasks import sweep_duties
from duties.watching import Watched, sweep_if_stale
from tests.factories import care_record, community, moment

pytestmark = pytest.mark.django_db

OLD = timedelta(seconds=120)


@pytest.fixture(autouse=True)
def pinged(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> list[tuple[str, bool]]:
    """What was told outside: (address, whether it failed)."""
    told: list[tuple[str, bool]] = []
    monkeypatch.setattr(watching, "ping", lambda url, *, failed=False: told.append((url, failed)))
    settings.PING_SWEEP_URL = "https://watch.example/sweep"
    return told


def somebody_due() -> None:
    care_record(community().building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))


def progressed(seconds_ago: int) -> SweepRun:
    at = timezone.now() - timedelta(seconds=seconds_ago)
    return SweepRun.objects.create(now=at, started_at=at, progress_at=at)


def watch() -> Watched:
    return sweep_if_stale(older_than=OLD, read_clock=timezone.now)


def run(*arguments: str) -> str:
    said = io.StringIO()
    call_command("watch_sweeps", *arguments, stdout=said)
    return said.getvalue()


def test_it_works() -> None:
    somebody_due()
    progressed(121)
    assert run() == "巡检停了，已补做一次。\n"
    assert DutyEvent.objects.filter(kind=EventKind.RAISED).count() == 5
    assert run() == "巡检正常。\n"


def test_while_the_sweep_gets_on_it_does_nothing() -> None:
    somebody_due()
    progressed(110)
    assert run() == "巡检正常。\n"
    assert not DutyEvent.objects.exists()
    assert SweepRun.objects.count() == 1


def test_where_none_was_ever_done_it_begins() -> None:
    assert watch() == Watched.SWEPT
    assert SweepRun.objects.get().finished_at is not None


def test_how_old_is_too_old_can_be_said() -> None:
    progressed(40)
    assert run("--older-than", "60") == "巡检正常。\n"
    assert run("--older-than", "30") == "巡检停了，已补做一次。\n"


def test_with_a_wrong_clock_it_fails_and_says_so(
    monkeypatch: pytest.MonkeyPatch, pinged: list[tuple[str, bool]]
) -> None:
    true = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: true() + timedelta(days=1))
    with pytest.raises(CommandError, match=r"时钟不符.*校准"):
        run()
    assert not DutyEvent.objects.exists()
    assert pinged == [("https://watch.example/sweep", True)]


def test_one_may_only_look() -> None:
    with pytest.raises(CommandError, match="还没有做过巡检"):
        run("--look")
    progressed(200)
    with pytest.raises(CommandError, match="巡检停了：上一次进展在 20"):
        run("--look")
    progressed(20)
    assert run("--look").startswith("巡检正常：上一次进展在 2")
    assert not SweepRun.objects.filter(finished_at__isnull=False).exists()


def test_a_database_that_is_away_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answers = [OperationalError("host=secret"), Watched.WELL, Watched.SWEPT]
    waits: list[float] = []

    def asked(**_: Any) -> Watched:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if not answers:
            raise SystemExit

    monkeypatch.setattr(watch_sweeps, "sweep_if_stale", asked)
    monkeypatch.setattr(watch_sweeps.time, "sleep", wait)
    with pytest.raises(SystemExit):
        run("--every", "30")
    assert waits == [30, 30, 30]
    assert "does not answer: OperationalError" in caplog.text
    assert "secret" not in caplog.text
    assert caplog.text.count("补做") == 1


def test_after_a_sweep_somebody_outside_is_told(pinged: list[tuple[str, bool]]) -> None:
    sweep_duties()
    assert pinged == [("https://watch.example/sweep", False)]


def test_at_most_once_a_minute(pinged: list[tuple[str, bool]]) -> None:
    for _ in range(3):
        sweep_duties()
    assert len(pinged) == 1
    SweepRun.objects.update(pinged_at=timezone.now() - timedelta(seconds=51))
    sweep_duties()
    assert len(pinged) == 2


def test_a_ping_dated_ahead_does_not_silence_those_to_come(pinged: list[tuple[str, bool]]) -> None:
    progressed(0)
    SweepRun.objects.update(pinged_at=timezone.now() + timedelta(days=365))
    sweep_duties()
    assert len(pinged) == 1


def test_without_an_address_nobody_is_told(settings: Settings, pinged: list[tuple[str, bool]]) -> None:
    settings.PING_SWEEP_URL = ""
    sweep_duties()
    assert pinged == []
    assert SweepRun.objects.get().pinged_at is None


def test_as_a_service_it_sweeps_with_nothing_else_running(monkeypatch: pytest.MonkeyPatch) -> None:
    """No broker, no worker, no beat; scripts/drills/redis_away.py does the same with real processes."""
    somebody_due()

    def end(seconds: float) -> None:
        raise SystemExit

    monkeypatch.setattr(watch_sweeps.time, "sleep", end)
    monkeypatch.setattr(watch_sweeps, "close_old_connections", lambda: None)  # the test's is its transaction
    with pytest.raises(SystemExit):
        run("--every", "30")
    assert DutyEvent.objects.filter(kind=EventKind.RAISED).count() == 5
