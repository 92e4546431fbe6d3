"""Entries: taken once, kept when they cannot be taken, decided about by the office."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from baibuting.common.days import local_day
from buildings.choices import Level
from buildings.models import Place
from buildings.scope import Scope
from cadres.models import Cadre
from cadres.selectors import posts_held_on
from phone.choices import WAITING, EntryKind, Help, State
from phone.models import QuickPhrase, Submission
from phone.payloads import (
    READERS,
    UNREADABLE,
    ArrivalEntry,
    Entry,
    IncidentEntry,
    VisitEntry,
    entry_from,
)
from phone.selectors import answering_posts
from phone.services.locks import uid_lock
from residents.models import Resident
from residents.selectors import resident_ids_now
from visits.choices import IncidentKind, VisitOrigin
from visits.models import Arrival, Incident
from visits.services import arrival_stamp, incident_report, visit_take

# How far a phone's clock may be behind the report it answers.
SLOW_CLOCK = timedelta(hours=1)


@transaction.atomic
def submission_take(
    *, entry: Entry, scope: Scope, sender: User, cadre: Cadre, now: datetime, keep_refused: bool = True
) -> tuple[Submission, bool]:
    """Take an entry; returns its row and whether it is new.

    The same uid with the same body is the row that is there. Another body under the same uid is kept as a CONFLICT.
    What cannot be taken (a field is wrong, the person is out of scope by now) is kept QUARANTINED with the reason;
    with `keep_refused` false it raises ValidationError instead, for a page whose user can put it right at once.
    """
    uid_lock(uid=entry.uid)
    known = Submission.objects.filter(entry_uid=entry.uid)
    same = known.filter(sender=sender, hash=entry.hash).first()
    if same is not None:
        return same, False
    row = Submission(
        entry_uid=entry.uid,
        hash=entry.hash,
        kind=entry.kind if entry.kind in EntryKind.values else "",
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
    """Do what a kept entry asks for, its fields and moment put right by the office; the visitor is still who sent it.

    Raises ValidationError at the field that is wrong, and where somebody decided before.
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
    """Decide against a kept entry. Raises ValidationError without a reason, and where somebody decided before."""
    row = _waiting(submission)
    if not reason.strip():
        raise ValidationError({"reason": "请写明不予录入的原因，如：与另一条重复。"})
    return _decide(row, State.DROPPED, reason.strip(), by, now)


def submission_entry(*, submission: Submission) -> Entry:
    """A kept entry as it was sent. Raises ValidationError where somebody decided before: then it is gone."""
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
    """Do what the entry asks for and note on the row what came of it."""
    if entry.kind not in EntryKind.values:
        raise ValidationError(UNREADABLE)
    read: Any = READERS[EntryKind(entry.kind)](entry, now)
    if isinstance(read, VisitEntry):
        _visit(row, read, scope, cadre, uid, now)
    elif isinstance(read, IncidentEntry):
        _incident(row, read, scope, now)
    else:
        _arrival(row, read, scope, cadre, now)


def _visit(row: Submission, read: VisitEntry, scope: Scope, cadre: Cadre, uid: UUID, now: datetime) -> None:
    resident_ids = resident_ids_now(read.resident_ids)
    people = _household(resident_ids, scope)
    building = people[0].household.building
    notes = "；".join([*_phrases(read.phrases), *filter(None, [read.notes])])
    request = (read.help_text or "需要帮助") if read.help == Help.REQUEST else ""
    row.place = building
    first = resident_ids[0]
    for person in people:
        visit = visit_take(
            resident=person,
            visited_at=read.visited_at,
            has_time=read.has_time,
            now=now,
            origin=VisitOrigin.PHONE,
            method=read.method,
            seen=read.seen,
            visitor=cadre,
            notes=notes,
            request=request if person.pk == first else "",
            recorded_by=row.sender,
            uid=uid if person.pk == first else uuid5(uid, str(person.pk)),
        )
        if person.pk == first:
            row.visit = visit
    if read.help in IncidentKind.values:
        row.incident = incident_report(
            building=building,
            kind=read.help,
            occurred_at=read.visited_at,
            summary=read.help_text or notes,
            now=now,
            reported_by=row.sender,
        )


def _household(resident_ids: list[int], scope: Scope) -> list[Resident]:
    """The people of a visit, always in the same order, so that two visits at once never wait for each other."""
    found = Resident.objects.within(scope).filter(pk__in=resident_ids)
    people = list(found.select_related("household__building").order_by("pk"))
    if len(people) != len(resident_ids):
        raise ValidationError({"resident": "走访对象已不在您负责的范围内，由社区办核对后录入。"})
    if len({person.household_id for person in people}) > 1:
        raise ValidationError({"resident": "一次只能记同一户的人，不同的户请分开记。"})
    return people


def _phrases(ids: list[int]) -> list[str]:
    return list(QuickPhrase.objects.filter(pk__in=ids).values_list("text", flat=True))


def _incident(row: Submission, read: IncidentEntry, scope: Scope, now: datetime) -> None:
    building = Place.objects.within(scope).filter(pk=read.building_id, level=Level.BUILDING).first()
    if building is None:
        raise ValidationError({"building": "这栋楼已不在您负责的范围内，由社区办核对后录入。"})
    row.place = building
    row.incident = incident_report(
        building=building,
        kind=read.kind,
        occurred_at=read.occurred_at,
        summary=read.summary,
        now=now,
        reported_by=row.sender,
    )


def _arrival(row: Submission, read: ArrivalEntry, scope: Scope, cadre: Cadre, now: datetime) -> None:
    incident = (
        Incident.objects.within(scope).select_related("building", "rule").filter(pk=read.incident_id).first()
    )
    if incident is None:
        raise ValidationError({"incident": "这件事已不在您负责的范围内，由社区办核对后录入。"})
    row.place, row.incident = incident.building, incident
    arrived_at = read.arrived_at
    if incident.occurred_at - SLOW_CLOCK < arrived_at < incident.occurred_at:
        arrived_at = incident.occurred_at
    posts = posts_held_on(cadre, incident.building, local_day(arrived_at))
    if not posts:
        raise ValidationError({"incident": "您在这栋楼没有任职，由社区办核对后录入。"})
    row.arrival = _stamp(incident, answering_posts(posts, incident), arrived_at, now, cadre, row.sender)


def _stamp(
    incident: Incident, posts: list[str], arrived_at: datetime, now: datetime, cadre: Cadre, sender: User
) -> Arrival | None:
    """Stamp every post that is not stamped yet: one person in two posts has turned up for both."""
    stamped = dict(
        Arrival.objects.unscoped("of an incident in hand")
        .filter(incident=incident, post__in=posts)
        .values_list("post", "cadre")
    )
    arrival = None
    for post in posts:
        if stamped.get(post) == cadre.pk:
            continue  # tapped twice, on two phones
        arrival = arrival_stamp(
            incident=incident, post=post, arrived_at=arrived_at, now=now, cadre=cadre, recorded_by=sender
        )
    return (
        arrival
        or Arrival.objects.unscoped("of an incident in hand")
        .filter(incident=incident, post__in=posts, cadre=cadre)
        .first()
    )
