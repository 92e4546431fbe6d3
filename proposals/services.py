"""Every write on proposals: making one, accepting it through the services of what it changes, declining it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.core.exceptions import ValidationError
from django.db import models, transaction

from accounts.models import User
from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.days import local_day
from baibuting.common.entries import Taking
from buildings.choices import Level
from buildings.models import Place
from cadres.models import Cadre
from cadres.notes import note_leave
from proposals.choices import LEAVING, Change, State
from proposals.models import Proposal
from proposals.payloads import ProposalEntry
from proposals.rules import Said
from residents.choices import EndReason
from residents.models import CareCategory, CareRecord, Resident
from residents.selectors import resident_ids_now
from residents.services import household_get_or_create, refuse_erased, resident_change, resident_create
from visits.choices import Method, VisitOrigin
from visits.services import care_record_end, care_record_start, resident_leave, visit_record

NOTE = "proposal"
HOSPITAL = "hospital"  # the category that 住院 and 出院 are about


@transaction.atomic
def proposal_make(
    *,
    change: Change,
    said: Said,
    building: Place,
    resident: Resident | None,
    cadre: Cadre,
    sender: User,
    made_at: datetime,
    now: datetime,
    uid: UUID | None = None,
) -> Proposal:
    """Put a change down for the office to decide; the same uid again is the same proposal. Nothing follows from it yet.

    Raises ValidationError for a new person without a building or a category, and about somebody who was erased.
    """
    known = Proposal.objects.unscoped("the very row that is made").filter(uid=uid).first() if uid else None
    if known is not None:
        return known
    if resident is not None:
        refuse_erased(resident_id=resident.pk)
    if change == Change.NEW and not CareCategory.objects.filter(pk=said.category or 0).exists():
        raise ValidationError({"category": "请选择类别。"})
    return Proposal.objects.create(
        uid=uid or uuid4(),
        community_id=building.community_id,
        building=building,
        resident=None if change == Change.NEW else resident,
        change=change,
        said=said.written,
        cadre=cadre,
        sender=sender,
        made_at=made_at,
        received_at=now,
    )


def proposal_enter(*, read: ProposalEntry, taking: Taking) -> None:
    """Make the proposal of a phone's entry."""
    resident, building = _about(read, taking)
    taking.place = building
    taking.made = proposal_make(
        change=read.change,
        said=read.said,
        building=building,
        resident=resident,
        cadre=taking.cadre,
        sender=taking.sender,
        made_at=read.made_at,
        now=taking.now,
        uid=taking.uid,
    )


def _about(read: ProposalEntry, taking: Taking) -> tuple[Resident | None, Place]:
    if read.change == Change.NEW:
        places = Place.objects.within(taking.scope).filter(level=Level.BUILDING)
        building = places.filter(pk=read.building_id or 0).first()
        if building is None:
            raise ValidationError({"building": "这栋楼已不在您负责的范围内，由社区办核对后录入。"})
        return None, building
    people = Resident.objects.within(taking.scope).select_related("household__building")
    resident = people.filter(pk__in=resident_ids_now([read.resident_id or 0])).first()
    if resident is None:
        raise ValidationError({"resident": "此人已不在您负责的范围内，由社区办核对后录入。"})
    return resident, resident.household.building


@transaction.atomic
def proposal_accept(*, proposal: Proposal, changes: dict[str, Any], by: User, now: datetime) -> Proposal:
    """采纳: carry the change out as it was said, where `changes` do not put it right.

    Others that report the same leaving are accepted with it. Raises ValidationError where somebody has decided by now,
    and whatever the service that carries it out refuses.
    """
    row = _waiting(proposal)
    said = row.values.corrected(changes)
    row.resident = _APPLY[Change(row.change)](row, said, by, now)
    _decide(row, State.ACCEPTED, "", by, now)
    if row.change in LEAVING:
        same = Proposal.objects.unscoped("that say the same").filter(
            resident=row.resident, change=row.change, state=State.WAITING
        )
        for other in same.select_for_update(of=("self",)).select_related("building", "cadre").order_by("pk"):
            _decide(other, State.ACCEPTED, "", by, now)
    return row


@transaction.atomic
def proposal_decline(*, proposal: Proposal, answer: str, by: User, now: datetime) -> Proposal:
    """不采纳, with words for whoever reported it. Raises ValidationError without words, and once it is decided."""
    row = _waiting(proposal)
    if not answer.strip():
        raise ValidationError({"answer": "请写明不采纳的原因，上报人会看到，如：电话核实，老人在女儿家。"})
    _decide(row, State.DECLINED, answer.strip(), by, now)
    _audit(row, Action.CHANGE, ["state"], by, now)
    return row


def _waiting(proposal: Proposal) -> Proposal:
    """Lock the row. Raises ValidationError where somebody else has decided by now."""
    row = (
        Proposal.objects.unscoped("a proposal in hand")
        .select_for_update(of=("self",))
        .select_related("building", "cadre", "sender", "resident__household__building", "decided_by")
        .get(pk=proposal.pk)
    )
    if row.state != State.WAITING:
        who = row.decided_by.name if row.decided_by else ""
        raise ValidationError(f"这一条已经由{who or '别人'}处理过（{row.get_state_display()}），没有再改动。")
    return row


def _decide(row: Proposal, state: State, answer: str, by: User, now: datetime) -> None:
    row.state, row.answer, row.decided_by, row.decided_at = state, answer, by, now
    row.save(update_fields=["state", "answer", "decided_by", "decided_at", "resident"])
    text = f"{row.building.name}上报（{row.change_label}）：{state.label}"
    note_leave(cadre=row.cadre, about=NOTE, target=row, text=text, now=now)


# --- what each change is carried out by ------------------------------------------------------------------------------
def _person(row: Proposal) -> Resident:
    if row.resident is None:
        raise ValueError(f"proposal {row.pk} is about nobody")
    return row.resident


def _leave(row: Proposal, said: Said, by: User, now: datetime) -> Resident:
    person = _person(row)
    left_on = said.on or local_day(row.made_at)
    resident_leave(resident=person, left_on=left_on, reason=row.change, now=now, user=by)
    return person


def _hospital(row: Proposal, said: Said, by: User, now: datetime) -> Resident:
    person = _person(row)
    record = care_record_start(
        resident=person,
        category=CareCategory.objects.get(code=HOSPITAL),
        started_on=said.on or local_day(row.made_at),
        now=now,
        notes=said.words,
    )
    _audit(record, Action.CREATE, ["started_on"], by, now)
    return person


def _discharge(row: Proposal, said: Said, by: User, now: datetime) -> Resident:
    person = _person(row)
    record = (
        CareRecord.objects.unscoped("of a person in hand")
        .unended()
        .filter(resident=person, category__code=HOSPITAL)
        .first()
    )
    if record is None:
        raise ValidationError("此人没有在册的住院记录，不能办理出院；不用办的请写明原因，不采纳。")
    ended_on = said.on or local_day(row.made_at)
    care_record_end(care_record=record, ended_on=ended_on, end_reason=EndReason.DISCHARGED, now=now)
    _audit(record, Action.CHANGE, ["ended_on"], by, now)
    return person


def _phone(row: Proposal, said: Said, by: User, now: datetime) -> Resident:
    person = resident_change(resident=_person(row), phone=said.phone)
    _audit(person, Action.CHANGE, ["phone"], by, now)
    return person


def _kin(row: Proposal, said: Said, by: User, now: datetime) -> Resident:
    """Add the relative to the person's sealed remarks, where the office keeps whom to ring."""
    person = _person(row)
    line = f"家人联系人：{said.relation}{said.name} {said.phone}"
    notes = f"{person.notes}\n{line}" if person.notes else line
    person = resident_change(resident=person, notes=notes)
    _audit(person, Action.CHANGE, ["notes"], by, now)
    return person


def _new(row: Proposal, said: Said, by: User, now: datetime) -> Resident:
    """Register the person with a record of the category; then write the visit that was made, dated as it happened."""
    household = household_get_or_create(building=row.building, entrance=said.entrance, room=said.room)
    person = resident_create(household=household, name=said.name, now=now, phone=said.phone)
    care_record_start(
        resident=person,
        category=CareCategory.objects.get(pk=said.category or 0),
        started_on=said.on or local_day(row.made_at),
        now=now,
        notes="" if said.visited_at else said.words,
    )
    if said.visited_at is not None:
        visit_record(
            resident=person,
            visited_at=said.visited_at,
            now=now,
            origin=VisitOrigin.PHONE,
            method=Method.HOME,
            visitor=row.cadre,
            notes=said.words,
            recorded_by=row.sender,
            uid=uuid5(row.uid, "visit"),
        )
    _audit(person, Action.CREATE, ["name"], by, now)
    return person


_APPLY: dict[Change, Callable[[Proposal, Said, User, datetime], Resident]] = {
    Change.NEW: _new,
    Change.DIED: _leave,
    Change.MOVED: _leave,
    Change.HOSPITAL: _hospital,
    Change.DISCHARGED: _discharge,
    Change.PHONE: _phone,
    Change.KIN: _kin,
}


def _audit(row: models.Model, action: Action, fields: list[str], user: User, now: datetime) -> None:
    """Write the trail's row about what was changed; of a leaving `resident_leave` writes it."""
    audit_event_record(
        now=now,
        user=user,
        action=action,
        object_type=row._meta.label_lower,
        object_id=str(row.pk),
        community_id=getattr(row, "community_id", None),
        fields=fields,
    )
