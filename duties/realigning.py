"""Bringing every clock in line with the right time, after a sweep was run by a wrong one. See docs/adr/0121."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from audit.choices import Action
from audit.services import audit_event_record
from duties.models import DutyClock
from duties.services import Tally
from duties.sweep import BATCH, batch_reconcile


@dataclass(slots=True)
class Realigned:
    """What realigning did: clocks looked at, those put off because they failed, and what was written."""

    looked_at: int = 0
    put_off: int = 0
    tally: Tally = field(default_factory=Tally)


def clocks_realign(
    *,
    now: datetime,
    reason: str,
    dry_run: bool = False,
    batch: int = BATCH,
    on_batch: Callable[[int], None] = lambda looked_at: None,
) -> Realigned:
    """Reconcile every clock at `now`, due or not: what never fell due is taken back, what is due is told.

    One transaction a batch, the first with the row of the trail; it may be broken off and begun anew. A `dry_run` writes nothing. `on_batch` is told how many
    were looked at so far.
    """
    done, last = Realigned(), 0
    while True:
        with transaction.atomic():
            clocks = list(DutyClock.objects.filter(pk__gt=last).order_by("pk").select_for_update()[:batch])
            if not clocks:
                return done
            if not last:
                _record(now, reason)
            done.put_off += batch_reconcile(clocks=clocks, now=now, tally=done.tally)
            transaction.set_rollback(dry_run)
        last = clocks[-1].pk
        done.looked_at += len(clocks)
        on_batch(done.looked_at)


def _record(now: datetime, reason: str) -> None:
    audit_event_record(
        now=now,
        user=None,
        action=Action.CHANGE,
        object_type=DutyClock._meta.label_lower,
        fields=["next_check_at"],
        reason=reason,
        row_count=DutyClock.objects.count(),
    )
