"""Sealing audit rows into the chain, purging what is old enough, and publishing the head. See docs/adr/0050."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Exists, Min, OuterRef

from audit.checkpoints import checkpoint_publish
from audit.choices import Action
from audit.models import AuditEvent, AuditPurge, AuditSeal, AuditWaiting
from audit.services import Actor, audit_event_record
from audit.trail import NO_LINK, is_genuine, link_of, row_hash
from audit.verifying import audit_problems
from baibuting.common.days import midnight

logger = logging.getLogger(__name__)
BATCH = 2000
_LOCK = 0x6175646974  # "audit": one sealer at a time; writers of audit rows never wait for it


def chain_head() -> tuple[int, bytes]:
    """Return the number and link that the next seal follows."""
    last = AuditSeal.objects.order_by("-number").values_list("number", "link").first()
    if last is None:
        last = AuditPurge.objects.order_by("-number").values_list("number", "link").first()
    return (last[0], bytes(last[1])) if last else (0, NO_LINK)


@transaction.atomic
def audit_seal(*, now: datetime, batch: int = BATCH) -> int:
    """Seal waiting rows that are committed, in the order of ids; returns how many. 0 while another process does it.

    A row committed later, whatever its id, waits for the next call: numbers are given here, not when rows are written.
    """
    if not _locked(wait=False):
        return 0
    ids = list(AuditWaiting.objects.order_by("event_id").values_list("event_id", flat=True)[:batch])
    events = AuditEvent.objects.in_bulk(ids)
    number, link = chain_head()
    seals = []
    for event_id in ids:
        event = events.get(event_id)
        row, was_genuine = (row_hash(event), is_genuine(event)) if event else (NO_LINK, False)
        if not was_genuine:
            logger.error("audit row %d was not written by the portal, or altered", event_id)
        number += 1
        link = link_of(link, number, event_id, row, was_genuine)
        seals.append(AuditSeal(number, event_id, row, link, was_genuine, now))
    AuditSeal.objects.bulk_create(seals)
    AuditWaiting.objects.filter(event_id__in=ids).delete()
    return len(seals)


def audit_seal_all(*, now: datetime, checkpoints: Path, batch: int = BATCH) -> int:
    """Seal everything that waits, batch by batch, and publish the head; returns how many were sealed."""
    sealed = 0
    while count := audit_seal(now=now, batch=batch):
        sealed += count
    number, link = chain_head()
    if number:
        checkpoint_publish(checkpoints, number, link, now)
    return sealed


@transaction.atomic
def audit_purge(
    *, before: date, keep_days: int, now: datetime, checkpoints: Path, by: Actor | None = None
) -> int:
    """Delete the oldest part of the chain whose rows are all from before a day; returns how many rows.

    The chain stays verifiable from where it was cut. Raises ValidationError for a day that is too recent, and where
    the chain does not verify: evidence is not deleted.
    """
    if midnight(before) > now - timedelta(days=keep_days):
        raise ValidationError(f"审计记录至少保存 {keep_days} 天，请填写更早的日期。")
    _locked(wait=True)
    if audit_problems(checkpoints):
        raise ValidationError("审计链有异常，请先用 verify_audit 查明，再清理。")
    young = AuditEvent.objects.filter(pk=OuterRef("event_id"), at__gte=midnight(before))
    kept_from = AuditSeal.objects.filter(Exists(young)).aggregate(first=Min("number"))["first"]
    last = AuditSeal.objects.order_by("-number")
    if kept_from is not None:
        last = last.filter(number__lt=kept_from)
    cut = last.first()
    if cut is None:
        return 0
    gone = AuditSeal.objects.filter(number__lte=cut.number)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('baibuting.purging', 'on', true)")
        count, _ = AuditEvent.objects.filter(pk__in=gone.values("event_id")).delete()
        gone.delete()
        cursor.execute("SELECT set_config('baibuting.purging', 'off', true)")
    AuditPurge.objects.create(number=cut.number, link=cut.link, before_on=before, purged_at=now)
    audit_event_record(
        now=now, user=by, action=Action.DELETE, object_type=AuditEvent._meta.label_lower, row_count=count
    )
    transaction.on_commit(
        lambda: checkpoint_publish(checkpoints, cut.number, bytes(cut.link), now, purged=True)
    )
    return count


def _locked(*, wait: bool) -> bool:
    """Take the sealers' lock until the transaction ends; returns whether it was acquired."""
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            return True
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])
