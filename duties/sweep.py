"""The sweep: check every clock that has fallen due, oldest first, and reconcile its duties.

Idempotent: it asks what is due *by* now, so two sweeps at once, a killed one or a late one come to the same events in
the end.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import connection, transaction

from duties.clock import CLOCK_TOLERANCE, PUT_OFF
from duties.models import DutyClock, SweepRun
from duties.services import Tally, clocks_reconcile
from duties.waking import clocks_wake_left, clocks_wake_started

logger = logging.getLogger(__name__)

BATCH = 200


def sweep_by_the_clock(*, read_clock: Callable[[], datetime]) -> SweepRun:
    """Sweep at the present moment, or refuse where this machine's clock and the database's contradict each other.

    A wrong clock would notify cadres of what is not due, or hide what is. A refused run is recorded, checks nothing and
    counts as none: the sweep is stale until the clocks agree.
    """
    now = read_clock()
    ahead = now - database_clock()
    if abs(ahead) <= CLOCK_TOLERANCE:
        return sweep(now=now, read_clock=read_clock)
    seconds = int(ahead.total_seconds())
    logger.error("sweep: this machine's clock is %s s ahead of the database's, nothing is checked", seconds)
    return SweepRun.objects.create(now=now, started_at=now, is_refused=True, clock_ahead=seconds)


def database_clock() -> datetime:
    """Return the database's own time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: datetime = cursor.fetchone()[0]
    return found


def sweep(*, now: datetime, read_clock: Callable[[], datetime], batch: int = BATCH) -> SweepRun:
    """Reconcile everything that has fallen due by `now`, whatever the time is. Return the run with its counts.

    `read_clock` gives the wall time for the run's own start, progress and finish. Each batch is one transaction, after
    which the run is saved: a long sweep is one that gets on. A clock that raises is put off an hour and reported; the
    others go on.
    """
    run = SweepRun.objects.create(now=now, started_at=read_clock())
    with transaction.atomic():
        clocks_wake_left(now=now)
        clocks_wake_started(now=now)
    tally = Tally()
    while True:
        looked_at, put_off = _sweep_batch(now, batch, tally)
        run.looked_at += looked_at
        run.put_off += put_off
        run.opened, run.reminded = tally.opened, tally.reminded
        run.overdue, run.escalated = tally.overdue, tally.escalated
        run.progress_at = read_clock()
        if looked_at < batch:
            break
        run.save()
    run.finished_at = run.progress_at
    run.save()
    return run


def claim_due(now: datetime, batch: int) -> list[DutyClock]:
    """Lock and return the clocks due by `now`, oldest first, leaving out those locked by another sweep or a visit."""
    due = DutyClock.objects.filter(next_check_at__lte=now).order_by("next_check_at")
    return list(due.select_for_update(skip_locked=True)[:batch])


def _sweep_batch(now: datetime, batch: int, tally: Tally) -> tuple[int, int]:
    with transaction.atomic():
        clocks = claim_due(now, batch)
        return len(clocks), batch_reconcile(clocks=clocks, now=now, tally=tally) if clocks else 0


def batch_reconcile(*, clocks: Sequence[DutyClock], now: datetime, tally: Tally) -> int:
    """Reconcile locked clocks together or, where one of them raises, one by one. Return how many were put off."""
    try:
        with transaction.atomic():
            tally.add(clocks_reconcile(clocks=clocks, now=now))
            return 0
    except Exception:
        logger.exception("sweep: a batch of %s clocks failed, looking at them one by one", len(clocks))
    return _reconcile_singly(clocks, now, tally)


def _reconcile_singly(clocks: Sequence[DutyClock], now: datetime, tally: Tally) -> int:
    """Reconcile one clock at a time, so that one bad row does not hold up the rest. Return how many were put off."""
    put_off = 0
    for clock in clocks:
        try:
            with transaction.atomic():
                tally.add(clocks_reconcile(clocks=[clock], now=now))
        except Exception as failure:
            logger.exception("sweep: clock %s failed and is put off", clock.pk)
            put_off += 1
            clock.next_check_at = now + PUT_OFF
            clock.failures += 1
            clock.last_failure = type(failure).__name__
            clock.save(update_fields=["next_check_at", "failures", "last_failure"])
    return put_off
