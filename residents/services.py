"""Writes on households, residents and care records. Rows only: visits.services reconciles the duties."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from baibuting.common.crypto import digest_candidates
from baibuting.common.fields import is_unreadable
from buildings.choices import Level
from buildings.models import Place
from residents.choices import LeftReason
from residents.models import CareCategory, CareRecord, Household, Resident
from residents.rules import document_digest, id_number_digest
from residents.selectors import death_known


def household_get_or_create(*, building: Place, entrance: str = "", room: str = "") -> Household:
    """Return the flat of a building, however entrance and room are written.

    Raises ValidationError when the place is no building, or the flat is not understood.
    """
    if building.level != Level.BUILDING:
        raise ValidationError({"building": "住户只能登记在楼栋下，请选择楼栋。"})
    flat = Household(building=building, entrance=entrance, room=room)
    flat.clean()
    household, _ = Household.objects.get_or_create(building=building, entrance=flat.entrance, room=flat.room)
    return household


@transaction.atomic
def household_change(*, household: Household, entrance: str, room: str) -> Household:
    """Correct a flat's number. Raises ValidationError when the building has that flat already."""
    household.entrance, household.room = entrance.strip(), room.strip()
    household.full_clean()
    household.save(update_fields=["entrance", "room"])
    return household


@transaction.atomic
def care_category_change(
    *, category: CareCategory, label: str, public_label: str, synonyms: str
) -> CareCategory:
    """Change a category's labels, or the synonyms for imports. A sensitive one stays sensitive.

    Raises ValidationError when the public label would disclose a sensitive category.
    """
    category.label, category.public_label = label.strip(), public_label.strip()
    category.synonyms = " ".join(synonyms.split())
    if category.is_sensitive and category.label == category.public_label:
        raise ValidationError({"public_label": "敏感类别的对外名称不能与名称相同，如：重点对象。"})
    category.full_clean()
    category.save(update_fields=["label", "public_label", "synonyms"])
    return category


@transaction.atomic
def resident_create(*, household: Household, name: str, now: datetime, **details: Any) -> Resident:
    """Register a resident. `details` are the other columns (gender, born_on, id_number, phone, notes, …).

    Raises ValidationError when the ID number is registered in the community already.
    """
    resident = Resident(household=household, community_id=household.building.community_id, created_at=now)
    return _resident_save(resident, name=name, **details)


@transaction.atomic
def resident_change(*, resident: Resident, **details: Any) -> Resident:
    """Change columns of a resident; another flat is `visits.services.resident_relocate`."""
    if "household" in details:
        raise ValueError("moving is resident_move")
    return _resident_save(resident, **details)


def refuse_erased(*, resident_id: int) -> None:
    """Raise ValidationError for somebody whose personal information has been erased, by now as the database has it."""
    people = Resident.objects.unscoped("of a person in hand")
    if people.filter(pk=resident_id, erased_at__isnull=False).exists():
        raise ValidationError("此人的个人信息已按规定删除，不能再登记；确需重新登记的，请新增居民。")


def _resident_save(resident: Resident, **details: Any) -> Resident:
    if resident.erased_at is not None:
        refuse_erased(resident_id=resident.pk)
    resident.put_right(**details)
    own_id, own_document = _digests_renew(resident)
    if resident.document_number and not resident.document_kind:
        raise ValidationError({"document_kind": "请选择证件类型。"})
    _refuse_what_is_taken(resident, own_id, own_document)
    resident.save()
    return resident


def _digests_renew(resident: Resident) -> tuple[Any, Any]:
    """Update the digests of a resident's sealed columns; returns those of ID number and document.

    The digest of a column that cannot be read stays.
    """
    if not is_unreadable(resident.id_number):
        resident.id_number_digest = id_number_digest(resident.id_number)
    if not is_unreadable(resident.document_number):
        resident.document_digest = document_digest(resident.document_kind, resident.document_number)
    return resident.id_number_digest, resident.document_digest


def _refuse_what_is_taken(resident: Resident, own_id: bytes | None, own_document: bytes | None) -> None:
    """Raise ValidationError where another resident of the community has the same ID number or document."""
    others = (
        Resident.objects.unscoped("of a person in hand")
        .filter(community_id=resident.community_id)
        .exclude(pk=resident.pk)
    )
    if others.filter(id_number_digest__in=digest_candidates(own_id)).exists():
        raise ValidationError({"id_number": "本社区已登记过这个身份证号，请查找原有的居民。"})
    if others.filter(document_digest__in=digest_candidates(own_document)).exists():
        raise ValidationError({"document_number": "本社区已登记过这个证件号码，请查找原有的居民。"})


@transaction.atomic
def resident_move(*, resident: Resident, to_household: Household) -> list[CareRecord]:
    """Move a resident to another flat of the community; open care records follow and are returned."""
    refuse_erased(resident_id=resident.pk)
    if to_household.building.community_id != resident.community_id:
        raise ValidationError({"household": "只能迁到本社区的住户；迁出社区请终止必访记录。"})
    resident.household = to_household
    resident.save(update_fields=["household"])
    records = list(
        resident.care_records.unscoped("of a person in hand")
        .select_for_update(of=("self",))
        .filter(ended_on=None)
        .order_by("pk")
    )
    for record in records:
        record.building = to_household.building
    CareRecord.objects.bulk_update(records, ["building"])
    return records


@transaction.atomic
def resident_depart(*, resident: Resident, left_on: date, reason: str, today: date) -> Resident:
    """Record since when, and why, a resident has left; `visits.services.resident_leave` ends their records.

    Raises ValidationError when the day is in the future or before their birth, or when they have left already.
    """
    person = (
        Resident.objects.unscoped("of a person in hand").select_for_update(of=("self",)).get(pk=resident.pk)
    )
    refuse_erased(resident_id=person.pk)
    if person.left_on and person.left_reason != LeftReason.UNSTATED:
        words = f"此人已登记为{person.left_on:%Y-%m-%d} {person.get_left_reason_display()}"
        raise ValidationError(f"{words}；如登记有误，请先在居民页办理“登记有误”。")
    if reason not in (LeftReason.MOVED, LeftReason.DIED):
        raise ValidationError({"reason": "请选择迁出或去世。"})
    if left_on > today:
        raise ValidationError({"left_on": "日期在今天以后，请到那一天再办理，或核对日期。"})
    if person.born_on and left_on < person.born_on:
        raise ValidationError({"left_on": "日期早于出生日期，请核对。"})
    person.left_on, person.left_reason = left_on, reason
    person.save(update_fields=["left_on", "left_reason"])
    return person


@transaction.atomic
def resident_come_back(*, resident: Resident) -> Resident:
    """Undo that a resident has left; `visits.services.resident_return` reopens their records."""
    person = (
        Resident.objects.unscoped("of a person in hand").select_for_update(of=("self",)).get(pk=resident.pk)
    )
    refuse_erased(resident_id=person.pk)
    person.left_on, person.left_reason = None, ""
    person.save(update_fields=["left_on", "left_reason"])
    return person


def _refuse_who_left(resident: Resident, *, except_record: CareRecord | None = None) -> None:
    """Raise ValidationError for a resident who cannot be visited any more, having died or moved away."""
    died_on = death_known(resident, except_record=except_record)
    if died_on:
        raise ValidationError(
            f"此人已于 {died_on:%Y-%m-%d} 去世，不能再纳入必访；如登记有误，请先在居民页办理“登记有误”。"
        )
    if resident.left_on:
        raise ValidationError(
            f"此人已于 {resident.left_on:%Y-%m-%d} 离开本社区，不能纳入必访；如已搬回，请先在居民页办理“搬回”。"
        )


@transaction.atomic
def care_record_create(
    *, resident: Resident, category: CareCategory, started_on: date, now: datetime, notes: str = ""
) -> CareRecord:
    """Open a record. Raises ValidationError when the resident has an open one of the category, has died or left."""
    _refuse_who_left(
        Resident.objects.unscoped("of a person in hand").select_for_update(of=("self",)).get(pk=resident.pk)
    )
    if (
        CareRecord.objects.unscoped("of a person in hand")
        .unended()
        .filter(resident=resident, category=category)
        .exists()
    ):
        raise ValidationError({"category": "此人已在该类别中，无需重复登记。"})
    building = resident.household.building
    return CareRecord.objects.create(
        resident=resident,
        category=category,
        building=building,
        community_id=building.community_id,
        started_on=started_on,
        notes=notes,
        created_at=now,
    )


@transaction.atomic
def care_record_close(*, care_record: CareRecord, ended_on: date, end_reason: str) -> CareRecord:
    """End a record with a reason. Raises ValidationError when it has ended already or the day is before its start."""
    record = (
        CareRecord.objects.unscoped("of a person in hand")
        .select_for_update(of=("self",))
        .get(pk=care_record.pk)
    )
    if record.ended_on:
        raise ValidationError("这条记录已经终止。")
    if ended_on < record.started_on:
        raise ValidationError({"ended_on": f"终止日期不能早于纳入日期 {record.started_on:%Y-%m-%d}。"})
    if not end_reason:
        raise ValidationError({"end_reason": "请选择终止原因。"})
    record.ended_on, record.end_reason = ended_on, end_reason
    record.save(update_fields=["ended_on", "end_reason"])
    return record


@transaction.atomic
def care_record_change(
    *,
    care_record: CareRecord,
    started_on: date,
    ended_on: date | None = None,
    end_reason: str = "",
    notes: str | None = None,
) -> CareRecord:
    """Correct a record: the dates, the reason, the notes (None leaves them).

    Raises ValidationError when the dates do not fit together, or the resident has another open record of the category.
    """
    record = (
        CareRecord.objects.unscoped("of a person in hand")
        .select_for_update(of=("self",))
        .get(pk=care_record.pk)
    )
    if ended_on and ended_on < started_on:
        raise ValidationError({"ended_on": f"终止日期不能早于纳入日期 {started_on:%Y-%m-%d}。"})
    if ended_on and not end_reason:
        raise ValidationError({"end_reason": "填写终止日期时请选择终止原因。"})
    if end_reason and not ended_on:
        raise ValidationError({"ended_on": "选择终止原因时请填写终止日期。"})
    others = CareRecord.objects.unscoped("of a person in hand").filter(
        resident=record.resident_id, category=record.category_id, ended_on=None
    )
    if ended_on is None and others.exclude(pk=record.pk).exists():
        raise ValidationError("此人在该类别另有一条在册记录，请先终止那一条。")
    if ended_on is None and record.ended_on is not None:
        _refuse_who_left(record.resident, except_record=record)
    record.started_on, record.ended_on, record.end_reason = started_on, ended_on, end_reason
    if notes is not None:
        record.notes = notes
    record.save(update_fields=["started_on", "ended_on", "end_reason", "notes"])
    return record


@transaction.atomic
def care_records_reopen(*, care_records: Sequence[CareRecord]) -> list[CareRecord]:
    """Reopen ended records, all at once, whose end was recorded by mistake (登记有误)."""
    keys = [record.pk for record in care_records]
    records = list(
        CareRecord.objects.unscoped("of a person in hand")
        .select_for_update(of=("self",))
        .filter(pk__in=keys)
        .order_by("pk")
    )
    for record in records:
        record.ended_on, record.end_reason = None, ""
    CareRecord.objects.bulk_update(records, ["ended_on", "end_reason"])
    return records
