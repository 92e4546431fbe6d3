"""Every write on concerns: opening, taking, handing on, closing, what they become, and a community's terms."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.days import local_day
from baibuting.common.entries import Taking
from buildings.choices import Level
from buildings.models import Place
from cadres.choices import Post
from cadres.models import Appointment, Cadre
from cadres.notes import note_leave
from cadres.selectors import in_force
from concerns.choices import CLOSED, RUNNING, Origin, State, Step
from concerns.kinds import SOURCE
from concerns.models import Concern, ConcernEvent, ConcernTerms
from concerns.payloads import ConcernEntry
from concerns.rules import MOST_DAYS, due_on
from concerns.selectors import days_in_force
from duties.models import DutyClock
from duties.services import clock_create, clocks_reconcile
from residents.models import Resident
from residents.selectors import resident_ids_now
from residents.services import refuse_erased
from visits.models import Visit
from visits.services import clocks_lock, incident_report

NOTE = "concern"
ALREADY_CLOSED = "这件诉求已经办结，没有再改动。"


@transaction.atomic
def concern_open(
    *,
    building: Place,
    subject: str,
    urgency: str,
    words: str,
    origin: Origin,
    now: datetime,
    by: User | None,
    reporter: Cadre | None = None,
    resident: Resident | None = None,
    visit: Visit | None = None,
    uid: UUID | None = None,
) -> Concern:
    """Open a concern and its clock; a second call with the same uid, or about the same visit, returns the first's.

    Raises ValidationError without words, elsewhere than at a building, and about somebody who was erased.
    """
    known = _known(uid, visit)
    if known is not None:
        return known
    if building.level != Level.BUILDING:
        raise ValidationError({"building": "请选择是哪一栋楼。"})
    if not words.strip():
        raise ValidationError({"words": "请写明要什么帮助、反映什么事。"})
    if resident is not None:
        refuse_erased(resident_id=resident.pk)
    days = days_in_force(building.community_id)[0][urgency]
    clock = clock_create(source=SOURCE, community_id=building.community_id, next_check_at=now)
    concern = Concern.objects.create(
        uid=uid or uuid4(),
        community_id=building.community_id,
        building=building,
        resident=resident,
        visit=visit,
        clock=clock,
        subject=subject,
        urgency=urgency,
        days=days,
        due_on=due_on(local_day(now), days),
        words=words.strip(),
        origin=origin,
        reported_at=now,
        reported_by=by,
        reporter=reporter,
    )
    _step(concern, Step.OPENED, now, by)
    clocks_reconcile(clocks=[clock], now=now)
    return concern


def _known(uid: UUID | None, visit: Visit | None) -> Concern | None:
    rows = Concern.objects.unscoped("the very row that is made")
    if uid is not None and (found := rows.filter(uid=uid).first()):
        return found
    return rows.filter(visit=visit).first() if visit is not None else None


def concern_enter(*, read: ConcernEntry, taking: Taking) -> None:
    """Open the concern of a phone's entry."""
    building = Place.objects.within(taking.scope).filter(pk=read.building_id, level=Level.BUILDING).first()
    if building is None:
        raise ValidationError({"building": "这栋楼已不在您负责的范围内，由社区办核对后录入。"})
    taking.place = building
    taking.made = concern_open(
        building=building,
        resident=_person(read.resident_id, building, taking),
        subject=read.subject,
        urgency=read.urgency,
        words=read.words,
        origin=Origin.PHONE,
        now=taking.now,
        by=taking.sender,
        reporter=taking.cadre,
        uid=taking.uid,
    )


def _person(pk: int | None, building: Place, taking: Taking) -> Resident | None:
    if pk is None:
        return None
    people = Resident.objects.within(taking.scope).filter(pk__in=resident_ids_now([pk]))
    resident = people.filter(household__building=building).first()
    if resident is None:
        raise ValidationError({"resident": "此人已不在这栋楼，由社区办核对后录入。"})
    return resident


@transaction.atomic
def concern_take(
    *,
    concern: Concern,
    subject: str,
    urgency: str,
    appointment: Appointment | None,
    words: str,
    by: User,
    now: datetime,
) -> Concern:
    """受理, or 改派 one that is taken already: who has it from now on; kind and urgency are put right.

    The days count from when it was opened. A cadre who has it is told by a note. Raises ValidationError once it is
    closed, and for an appointment that has ended or does not answer for the building.
    """
    clocks, concern = _locked(concern)
    if appointment is not None:
        _refuse_stranger(concern, appointment, local_day(now))
    step = Step.TAKEN if concern.state == State.WAITING else Step.HANDED
    days = concern.days
    if urgency != concern.urgency:
        days = days_in_force(concern.community_id)[0][urgency]
    concern.state, concern.subject, concern.urgency = State.WORKING, subject, urgency
    concern.days, concern.due_on = days, due_on(local_day(concern.reported_at), days)
    concern.appointment = appointment
    concern.save(update_fields=["state", "subject", "urgency", "days", "due_on", "appointment"])
    _step(concern, step, now, by, words)
    clocks_reconcile(clocks=clocks, now=now)
    if appointment is not None:
        _note(appointment.cadre, concern, "交给您办理，请看“诉求”", now)
    _tell(concern, "已受理", now, but=appointment.cadre_id if appointment else None)
    _audit(concern, ["state", "appointment"], now, by)
    return concern


@transaction.atomic
def concern_close(*, concern: Concern, state: str, answer: str, by: User, now: datetime) -> Concern:
    """已办 or 不办, with words for whoever reported it; its duty is settled. Raises ValidationError without words."""
    clocks, concern = _locked(concern)
    if state not in CLOSED:
        raise ValidationError({"state": "请选择已办或不办。"})
    if not answer.strip():
        raise ValidationError({"answer": "请写明办理结果，反映人会看到，如：已联系社区医院，每周三上门。"})
    concern.state, concern.answer, concern.closed_at = state, answer.strip(), now
    concern.save(update_fields=["state", "answer", "closed_at"])
    _step(concern, Step(state), now, by)
    clocks_reconcile(clocks=clocks, now=now)
    _tell(concern, State(state).label, now)
    _audit(concern, ["state", "answer"], now, by)
    return concern


@transaction.atomic
def concern_become_incident(*, concern: Concern, kind: str, by: User, now: datetime) -> Concern:
    """Report the incident that a concern is, by what was said; the concern goes on until it is closed."""
    _, concern = _locked(concern)
    if concern.incident_id is not None:
        raise ValidationError("这件诉求已经转为必到事件。")
    concern.incident = incident_report(
        building=concern.building, kind=kind, occurred_at=now, summary=concern.words, now=now, reported_by=by
    )
    concern.save(update_fields=["incident"])
    _step(concern, Step.INCIDENT, now, by)
    _audit(concern, ["incident"], now, by)
    return concern


@transaction.atomic
def concern_terms_set(
    *, community: Place, normal_days: int, urgent_days: int, by: User, now: datetime
) -> ConcernTerms:
    """Set within how many days a community closes its concerns; those that are open keep theirs."""
    for name, days in (("normal_days", normal_days), ("urgent_days", urgent_days)):
        if not 1 <= days <= MOST_DAYS:
            raise ValidationError({name: f"期限请填 1 到 {MOST_DAYS} 天。"})
    terms, _ = ConcernTerms.objects.update_or_create(
        community=community, defaults={"normal_days": normal_days, "urgent_days": urgent_days}
    )
    audit_event_record(
        now=now,
        user=by,
        action=Action.CHANGE,
        object_type=ConcernTerms._meta.label_lower,
        object_id=str(terms.pk),
        community_id=community.pk,
        fields=["normal_days", "urgent_days"],
    )
    return terms


def _locked(concern: Concern) -> tuple[list[DutyClock], Concern]:
    """Lock the clock, then the row. Raises ValidationError where it has been closed by now."""
    clocks = clocks_lock(concern=concern)
    row = (
        Concern.objects.unscoped("a concern in hand")
        .select_for_update(of=("self",))
        .select_related("building", "reporter")
        .get(pk=concern.pk)
    )
    if row.state not in RUNNING:
        raise ValidationError(ALREADY_CLOSED)
    return clocks, row


def _refuse_stranger(concern: Concern, appointment: Appointment, today: date) -> None:
    held = Appointment.objects.filter(in_force(today), pk=appointment.pk).select_related("place").first()
    if held is None or not concern.building.path.startswith(held.place.path):
        raise ValidationError({"appointment": "这个岗位不管这栋楼，或已经卸任，请另选一位。"})


def _step(concern: Concern, step: Step, now: datetime, by: User | None, words: str = "") -> None:
    ConcernEvent.objects.create(
        concern=concern, step=step, at=now, by=by, appointment=concern.appointment, words=words.strip()
    )


def _tell(concern: Concern, what: str, now: datetime, but: int | None = None) -> None:
    """Tell the reporter and the building's 楼栋长 by a note, without anybody's name."""
    heads = Appointment.objects.filter(
        in_force(local_day(now)), place=concern.building_id, post=Post.BUILDING_HEAD
    ).select_related("cadre")
    told = {head.cadre_id: head.cadre for head in heads}
    if concern.reporter is not None:
        told[concern.reporter.pk] = concern.reporter
    for pk, cadre in sorted(told.items()):
        if pk != but:
            _note(cadre, concern, what, now)


def _note(cadre: Cadre, concern: Concern, what: str, now: datetime) -> None:
    text = f"{concern.building.name}诉求（{concern.get_subject_display()}）：{what}"
    note_leave(cadre=cadre, about=NOTE, target=concern, text=text, now=now)


def _audit(concern: Concern, fields: list[str], now: datetime, user: Any) -> None:
    audit_event_record(
        now=now,
        user=user,
        action=Action.CHANGE,
        object_type=Concern._meta.label_lower,
        object_id=str(concern.pk),
        community_id=concern.community_id,
        fields=fields,
    )
