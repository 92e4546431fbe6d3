"""Entries: taken once, kept when they cannot be taken, decided by the office."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from baibuting.common.entries import UNREADABLE, Entry, Taking, entry_from
from buildings.scope import Scope
from cadres.models import Cadre
from phone.choices import WAITING, State
from phone.models import Submission
from phone.rules import entry_kinds
from phone.services.locks import uid_lock


@transaction.atomic
def submission_take(
    *, entry: Entry, scope: Scope, sender: User, cadre: Cadre, now: datetime, keep_refused: bool = True
) -> tuple[Submission, bool]:
    """Take an entry; return its row and whether it is new.

    The same uid with the same body is the existing row. Another body under the same uid is kept as a CONFLICT.
    What cannot be taken (a field is wrong, the person is out of scope by now) is kept QUARANTINED with the reason;
    with `keep_refused` false it raises ValidationError instead, for a page whose user can correct it at once.
    """
    uid_lock(uid=entry.uid)
    known = Submission.objects.filter(entry_uid=entry.uid)
    same = known.filter(sender=sender, hash=entry.hash).first()
    if same is not None:
        return same, False
    row = Submission(
        entry_uid=entry.uid,
        hash=entry.hash,
        kind=entry.kind if entry.kind in entry_kinds() else "",
        sender=sender,
        place=cadre.community,
        made_at=entry.made_at or now,
        received_at=now,
    )
    if known.exists():
        _keep(row, entry, State.CONFLICT, "同一条记录发来了两次，内容不一样，请核对以哪一次为准。")
        return row, True
    try:
        with transaction.atomic():
            _apply(row, entry, scope, cadre, entry.uid, now)
    except ValidationError as refusal:
        if not keep_refused:
            raise
        _keep(row, entry, State.QUARANTINED, "".join(refusal.messages))
        return row, True
    row.state = State.STORED
    row.save()
    return row, True


@transaction.atomic
def submission_enter(
    *,
    submission: Submission,
    fields: dict[str, Any],
    made_at: datetime,
    scope: Scope,
    by: User,
    now: datetime,
) -> Submission:
    """Carry out a kept entry with the office's corrected fields and moment; the visitor is still the sender.

    Raises ValidationError at the field that is wrong, and where it has been decided already.
    """
    row = _waiting(submission)
    sent = submission_entry(submission=row)
    entry = replace(sent, fields={**sent.fields, **fields}, made_at=made_at)
    cadre = Cadre.objects.filter(user=row.sender).first()
    if cadre is None:
        raise ValidationError("发送人已不是骨干，请作为办公室录入的走访登记，再选“不予录入”。")
    uid = uuid4() if row.state == State.CONFLICT else entry.uid
    _apply(row, entry, scope, cadre, uid, now)
    return _decide(row, State.ENTERED, "", by, now)


@transaction.atomic
def submission_drop(*, submission: Submission, reason: str, by: User, now: datetime) -> Submission:
    """Decide against a kept entry. Raises ValidationError without a reason, and where it has been decided already."""
    row = _waiting(submission)
    if not reason.strip():
        raise ValidationError({"reason": "请写明不予录入的原因，如：与另一条重复。"})
    return _decide(row, State.DROPPED, reason.strip(), by, now)


def submission_entry(*, submission: Submission) -> Entry:
    """Return a kept entry as it was sent. Raises ValidationError where it has been decided: then it is gone."""
    if not submission.payload:
        raise ValidationError("这一条已经处理过了。")
    return entry_from(json.loads(submission.payload))


def _keep(row: Submission, entry: Entry, state: State, message: str) -> None:
    row.state, row.message = state, message[:300]
    row.payload = json.dumps(entry.plain)
    row.save()


def _waiting(submission: Submission) -> Submission:
    row = Submission.objects.select_for_update(of=("self",)).get(pk=submission.pk)
    if row.state not in WAITING:
        raise ValidationError("这一条已经处理过了。")
    return row


def _decide(row: Submission, state: State, decision: str, by: User, now: datetime) -> Submission:
    row.state, row.decision, row.decided_by, row.decided_at = state, decision, by, now
    row.payload = ""
    row.save()
    return row


def _apply(row: Submission, entry: Entry, scope: Scope, cadre: Cadre, uid: UUID, now: datetime) -> None:
    """Carry out the entry and record on the row what it led to."""
    kind = entry_kinds().get(entry.kind)
    if kind is None:
        raise ValidationError(UNREADABLE)
    taking = Taking(scope=scope, cadre=cadre, sender=row.sender, uid=uid, now=now, place=row.place)
    try:
        kind.apply(read=kind.read(entry, now), taking=taking)
    finally:
        row.place = taking.place  # a refused entry then waits where it belongs
    if taking.made is not None:
        row.object_type, row.object_id = taking.made._meta.label_lower, taking.made.pk
