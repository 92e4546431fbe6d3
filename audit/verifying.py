"""Verification of the audit trail: finds tampering past the portal and names the rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from audit.checkpoints import Checkpoints, checkpoints_read
from audit.models import AuditEvent, AuditPurge, AuditSeal, AuditWaiting
from audit.trail import NO_LINK, is_genuine, link_of, row_hash

_BATCH = 2000


class Kind(StrEnum):
    """What was done to a row, or to the chain."""

    CHANGED = "被改动"
    DELETED = "被删除"
    SWAPPED = "被互换"
    INSERTED = "不是系统写入的"
    CHAIN = "封存被改动或缺少"
    TRUNCATED = "末尾被截去"
    HEAD = "与公布的链头不符"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: with an audit row (`event_ids`), or at a number of the chain."""

    kind: Kind
    event_ids: tuple[int, ...] = ()
    number: int = 0

    def __str__(self) -> str:
        if self.event_ids:
            return f"审计记录 {'、'.join(map(str, self.event_ids))} {self.kind}"
        return f"审计链第 {self.number} 号：{self.kind}"


def audit_problems(heads_file: Path) -> list[Problem]:
    """Return everything that is wrong with the trail, in one snapshot; empty for an intact one.

    The published checkpoints are read first: those published meanwhile are newer than the snapshot.
    """
    checkpoints = checkpoints_read(heads_file)
    with transaction.atomic():
        if not connection.savepoint_ids:  # our own transaction, not one inside a caller's
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return [*_of_the_chain(checkpoints), *_outside_the_chain()]


def _of_the_chain(checkpoints: Checkpoints) -> Iterator[Problem]:
    """Yield the problems found by walking the chain once."""
    number, link = 0, NO_LINK
    anchor = AuditPurge.objects.order_by("-number").first()
    if anchor is not None:
        number, link = anchor.number, bytes(anchor.link)
        if checkpoints.purged.get(number) != link:
            yield Problem(Kind.HEAD, number=number)
    differing: dict[int, tuple[bytes, bytes]] = {}
    seals = AuditSeal.objects.order_by("number").iterator(chunk_size=_BATCH)
    for chunk in _chunks(seals):
        events = AuditEvent.objects.in_bulk([seal.event_id for seal in chunk])
        for seal in chunk:
            if seal.number != number + 1 or bytes(seal.link) != _link_after(link, seal):
                yield Problem(Kind.CHAIN, number=seal.number)
            number, link = seal.number, bytes(seal.link)
            if checkpoints.links.get(number, link) != link:
                yield Problem(Kind.HEAD, number=number)
            yield from _of_a_row(seal, events.get(seal.event_id), differing)
    yield from _changed_or_swapped(differing)
    if checkpoints.last > number:
        yield Problem(Kind.TRUNCATED, number=number + 1)


def _chunks(seals: Iterator[AuditSeal]) -> Iterator[list[AuditSeal]]:
    chunk: list[AuditSeal] = []
    for seal in seals:
        chunk.append(seal)
        if len(chunk) == _BATCH:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _link_after(link: bytes, seal: AuditSeal) -> bytes:
    return link_of(link, seal.number, seal.event_id, bytes(seal.row_hash), seal.was_genuine)


def _of_a_row(
    seal: AuditSeal, event: AuditEvent | None, differing: dict[int, tuple[bytes, bytes]]
) -> Iterator[Problem]:
    """Yield what is wrong with a row against its seal; one that differs is added to `differing`."""
    if event is None:
        yield Problem(Kind.DELETED, (seal.event_id,))
    elif not seal.was_genuine:
        yield Problem(Kind.INSERTED, (seal.event_id,))
    elif row_hash(event) != bytes(seal.row_hash):
        differing[seal.event_id] = (row_hash(event), bytes(seal.row_hash))


def _changed_or_swapped(differing: dict[int, tuple[bytes, bytes]]) -> Iterator[Problem]:
    """Yield rows that differ: two with each other's content were swapped, any other was changed."""
    sealed = {was: event_id for event_id, (_, was) in differing.items()}
    told: set[int] = set()
    for event_id, (says, _) in differing.items():
        other = sealed.get(says)
        if event_id in told:
            continue
        if other is not None:
            told |= {event_id, other}
            yield Problem(Kind.SWAPPED, (event_id, other))
        else:
            yield Problem(Kind.CHANGED, (event_id,))


def _outside_the_chain() -> Iterator[Problem]:
    """Yield rows that are neither sealed nor waiting, and waiting ones that the portal has not written."""
    seals = AuditSeal.objects.filter(event_id=OuterRef("pk"))
    waits = AuditWaiting.objects.filter(event_id=OuterRef("pk"))
    for event in AuditEvent.objects.filter(~Exists(seals)).annotate(waits=Exists(waits)).order_by("pk"):
        if not event.waits or not is_genuine(event):
            yield Problem(Kind.INSERTED, (event.pk,))
