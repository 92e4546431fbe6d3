"""Taking a visit back: by whoever sent it, for a few minutes, whether or not it has arrived (docs/adr/0141)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid5

from django.core.exceptions import ValidationError

from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.entries import Taking
from concerns.choices import CLOSED
from concerns.choices import State as ConcernState
from concerns.models import Concern
from concerns.services import concern_close
from phone.choices import State
from phone.models import Submission
from phone.payloads import VISIT, UndoEntry
from phone.services.locks import uid_lock
from visits.choices import VisitOrigin
from visits.models import Incident, Visit
from visits.services import visit_void

# The phone offers it for two minutes and asks every half minute whether they are over.
UNDO_WITHIN = timedelta(minutes=3)
REASON = "本人在手机上撤销"
CONCERN_ANSWER = "反映人在手机上撤销了这次走访"


def undo_enter(*, read: UndoEntry, taking: Taking) -> None:
    """Void the visits of an entry; where it has not arrived, note that it is not to be taken.

    Raises ValidationError where it is too late by the phone's own clock, and for what others have heard of or built on:
    a visit with an incident, one that the office had recorded too.
    """
    uid_lock(uid=read.entry_uid)
    sent = Submission.objects.select_for_update(of=("self",)).filter(
        sender=taking.sender, entry_uid=read.entry_uid, hash=read.hash
    )
    row = sent.first()
    if row is None:
        _note(read, taking)
        return
    taking.place = row.place
    if row.state == State.UNDONE:
        return
    if row.kind != VISIT or read.said_at - row.made_at > UNDO_WITHIN:
        raise ValidationError("已过了可以撤销的时间，请告诉社区办作废。")
    if row.state == State.STORED:
        _void(row, taking)
    elif not row.payload:
        raise ValidationError("社区办已处理过这一条，请告诉社区办作废。")
    row.state, row.payload = State.UNDONE, ""
    row.save(update_fields=["state", "payload"])


def _note(read: UndoEntry, taking: Taking) -> None:
    """Put down that the entry is not wanted: the copy on its way is then known already."""
    Submission.objects.create(
        entry_uid=read.entry_uid,
        hash=read.hash,
        kind=VISIT,
        state=State.UNDONE,
        sender=taking.sender,
        place=taking.place,
        made_at=read.said_at,
        received_at=taking.now,
    )


def _void(row: Submission, taking: Taking) -> None:
    """Void the visits that an entry made, the person's own first and those to others in the flat."""
    first = row.made()
    if not isinstance(first, Visit) or first.origin != VisitOrigin.PHONE or first.uid != row.entry_uid:
        raise ValidationError("这次走访社区办也登记了，不能在手机上撤销，请告诉社区办作废。")
    told = Incident.objects.unscoped("reported with a visit in hand").filter(
        building=first.building_id, occurred_at=first.visited_at, reported_by=taking.sender
    )
    if told.exists():
        raise ValidationError("这次走访同时上报了事件，已知会要到场的人，不能撤销。请告诉社区办。")
    for visit in _visits_of(row.entry_uid, first):
        if visit.voided_at is not None:
            continue
        _take_concern_back(visit, taking)
        visit_void(visit=visit, reason=REASON, now=taking.now)
        audit_event_record(
            now=taking.now,
            user=taking.sender,
            action=Action.CHANGE,
            object_type=Visit._meta.label_lower,
            object_id=str(visit.pk),
            community_id=visit.community_id,
            fields=["voided_at", "void_reason"],
        )


def _take_concern_back(visit: Visit, taking: Taking) -> None:
    """Close what the visit asked of the office. Raises ValidationError where somebody has it in hand already."""
    asked = (
        Concern.objects.unscoped("of a visit in hand").filter(visit=visit).exclude(state__in=CLOSED).first()
    )
    if asked is None or taking.sender is None:
        return
    if asked.state != ConcernState.WAITING:
        raise ValidationError("这次走访反映的诉求，社区办已经在办，不能撤销。请告诉社区办。")
    concern_close(
        concern=asked, state=ConcernState.DECLINED, answer=CONCERN_ANSWER, by=taking.sender, now=taking.now
    )


def _visits_of(entry_uid: UUID, first: Visit) -> list[Visit]:
    """Return the visits of an entry by their uids, in the order in which `visit_enter` locks people."""
    flat = Visit.objects.unscoped("of an entry in hand").filter(
        building=first.building_id, visited_at=first.visited_at, recorded_by=first.recorded_by_id
    )
    return [
        one
        for one in flat.order_by("resident_id", "pk")
        if one.pk == first.pk or one.uid == uuid5(entry_uid, str(one.resident_id))
    ]
