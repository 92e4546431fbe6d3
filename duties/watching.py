"""Watching the sweep: when it last got on, sweeping where it stands still, and telling the service that watches us."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from baibuting.common.pinging import ping
from duties.models import SweepRun
from duties.selectors import last_progress_at
from duties.sweep import sweep_by_the_clock

PING_EVERY = timedelta(seconds=50)  # beat rings once a minute, give or take seconds


class Watched(models.TextChoices):
    """What watching the sweep came to."""

    WELL = "well", "巡检正常"
    SWEPT = "swept", "巡检停了，已补做一次"
    REFUSED = "refused", "巡检停了，而且本机与数据库的时钟不符，没有补做"


def sweep_and_report(*, read_clock: Callable[[], datetime]) -> SweepRun:
    """Sweep, and tell the service outside how it went."""
    run = sweep_by_the_clock(read_clock=read_clock)
    sweep_report(run, now=read_clock())
    return run


def sweep_if_stale(*, older_than: timedelta, read_clock: Callable[[], datetime]) -> Watched:
    """Sweep where no sweep has got on for longer than this; two that do it at once do no harm."""
    now = read_clock()
    swept_at = last_progress_at(now=now)
    if swept_at is not None and now - swept_at <= older_than:
        return Watched.WELL
    run = sweep_and_report(read_clock=read_clock)
    return Watched.REFUSED if run.is_refused else Watched.SWEPT


def sweep_report(run: SweepRun, *, now: datetime) -> None:
    """Ping for a run, at most once in `PING_EVERY` for all processes together; without an address, never."""
    if not settings.PING_SWEEP_URL:
        return
    if SweepRun.objects.filter(pinged_at__gt=now - PING_EVERY, pinged_at__lte=now).exists():
        return
    run.pinged_at = now
    run.save(update_fields=["pinged_at"])
    ping(settings.PING_SWEEP_URL, failed=run.is_refused)
