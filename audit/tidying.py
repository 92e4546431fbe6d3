"""The monthly tidying: what has been kept long enough goes, as the portals declare it (`Portal.retentions`, ADR 127).

In batches of one transaction each, with its row in the trail: counts alone. Killed half-way, it goes on the next time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.apps import apps
from django.db import connection, transaction

from audit.models import AuditEvent
from audit.services import audit_event_record
from baibuting.common.keeping import Retention
from baibuting.common.portal import Portal, collected

ACTION, DONE = "tidy", "本月清理完成"
EVERY = timedelta(days=28)
BATCH = 5_000  # rows a transaction
BUDGET = timedelta(minutes=8)  # of one run: less than a task may take
_LOCK = 0x746964  # of the database: one tidies at a time


@dataclass(frozen=True, slots=True)
class Tidied:
    """How many rows of a retention were tidied, or in a dry run would be, and how many days they are kept."""

    retention: Retention
    count: int


@collected
def retentions(portals: Mapping[str, Portal]) -> tuple[Retention, ...]:
    """Return what every app declares; the highest floor first, for its rows hang on those of lower ones."""
    return tuple(reversed([one for portal in portals.values() for one in portal.retentions]))


def is_due(now: datetime) -> bool:
    """Return whether the last tidying that was finished is a month old. One query."""
    last = AuditEvent.objects.filter(action=ACTION, reason=DONE).order_by("-at").first()
    return last is None or last.at <= now - EVERY


def tidying_ahead(*, now: datetime) -> list[Tidied]:
    """Return what tidying would do; nothing is changed."""
    return [Tidied(one, one.rows(_before(one, now)).count()) for one in retentions()]


def tidy(*, now: datetime, read_clock: Callable[[], datetime]) -> list[Tidied]:
    """Tidy whatever is older than `now` allows; return how much, nothing where another process is at it.

    It stops when its budget of time is spent, and is then due again at once.
    """
    done: dict[str, Tidied] = {}
    with _alone() as is_mine:
        if not is_mine:
            return []
        for retention in retentions():
            count = 0
            while not retention.only_counted and (batch := _batch(retention, now)):
                count += batch
                if read_clock() - now > BUDGET:
                    done[retention.code] = Tidied(retention, count)
                    return list(done.values())
            done[retention.code] = Tidied(retention, count)
        _record(AuditEvent._meta.label_lower, sum(one.count for one in done.values()), now, DONE)
    return list(done.values())


@transaction.atomic
def _batch(retention: Retention, now: datetime) -> int:
    """Tidy some rows with their row in the trail; return how many, 0 when none is left. Rows in use wait."""
    rows = retention.rows(_before(retention, now)).order_by("pk")
    pks = list(rows.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:BATCH])
    if not pks:
        return 0
    if retention.remove is not None:
        retention.remove(pks)
    else:
        apps.get_model(retention.model)._base_manager.filter(pk__in=pks).delete()
    _record(retention.model, len(pks), now, retention.label[:200])
    return len(pks)


def _before(retention: Retention, now: datetime) -> datetime:
    return now - timedelta(days=retention.kept_days)


def _record(model: str, count: int, now: datetime, reason: str) -> None:
    audit_event_record(now=now, user=None, action=ACTION, object_type=model, reason=reason, row_count=count)


@contextmanager
def _alone() -> Iterator[bool]:
    """Hold the tidiers' lock; yields whether it was acquired."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        is_mine = bool(cursor.fetchone()[0])
    try:
        yield is_mine
    finally:
        if is_mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
