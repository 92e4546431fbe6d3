"""What erasing a person means for residents, records and merges; and how long the journal of a merge is kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import SetAsideText
from baibuting.common.days import local_day
from baibuting.common.keeping import ERASED, ErasedPerson, Retention, RowErasure
from residents.choices import LeftReason
from residents.models import CareRecord, Erasure, Resident, ResidentMerge
from residents.services import household_get_or_create

COUNTED = "figures of the past are counted by it"


def past_keeping(now: datetime) -> Q:
    """Return the condition on residents that they left so long ago that the office is to have them erased."""
    return _gone_before(now - timedelta(days=PERSONS.kept_days))


def _gone_before(before: datetime) -> Q:
    return Q(erased_at=None, left_on__lt=local_day(before))


def _long_gone(before: datetime) -> QuerySet[Any]:
    return Resident.objects.unscoped("how many are past keeping").filter(_gone_before(before))


def _residents(person: ErasedPerson) -> QuerySet[Any]:
    return Resident.objects.unscoped("whose rows are erased").filter(pk__in=person.keys)


def _resident_unsettle(rows: QuerySet[Any], person: ErasedPerson) -> None:
    """Take the person out of their flat; whoever still lived here has left, without being said to have moved."""
    for resident in rows.select_related("household__building"):
        resident.household = household_get_or_create(building=resident.household.building)
        if resident.left_on is None:
            resident.left_on, resident.left_reason = local_day(person.at), LeftReason.ERASED
        resident.save(update_fields=["household", "left_on", "left_reason"])


def _records(person: ErasedPerson) -> QuerySet[Any]:
    return CareRecord.objects.unscoped("whose rows are erased").filter(resident__in=person.keys)


def _merges(person: ErasedPerson) -> QuerySet[Any]:
    """Return the merges into them, and those in which they were the other and that were undone."""
    merges = ResidentMerge.objects.unscoped("whose rows are erased")
    return merges.filter(Q(kept__in=person.keys) | Q(gone_id__in=person.keys))


def _erasures(person: ErasedPerson) -> QuerySet[Any]:
    return Erasure.objects.unscoped("whose rows are erased").filter(resident__in=person.keys)


def _set_aside(person: ErasedPerson) -> QuerySet[Any]:
    """Return texts that migrations took out of plain columns of any of their rows."""
    where = Q(pk__in=())
    for label, pks in person.found.items():
        where |= Q(column__istartswith=f"{label}.", row_id__in=pks)
    return SetAsideText.objects.filter(where)


def _journals(before: datetime) -> QuerySet[Any]:
    merges = ResidentMerge.objects.unscoped("journals past undoing")
    return merges.filter(merged_at__lt=before).exclude(journal=b"")


def _journals_empty(pks: Any) -> None:
    ResidentMerge.objects.unscoped("journals past undoing").filter(pk__in=pks).update(journal=b"")


ERASURES = (
    RowErasure(
        "residents.resident",
        "居民登记",
        rows=_residents,
        change=_resident_unsettle,
        becomes={
            "name": ERASED,
            "name_initials": "",
            "phone": "",
            "phone_digest": None,
            "gender": "",
            "born_on": None,
            "id_number": "",
            "id_number_digest": None,
            "document_kind": "",
            "document_number": "",
            "document_digest": None,
            "outside_address": "",
            "notes": "",
        },
        keeps={
            "id": "records and visits hang on it",
            "uid": "random; by it a restored backup is erased again",
            "community": COUNTED,
            "household": "becomes the building's flat without a number: the building is counted by",
            "left_on": COUNTED,
            "left_reason": COUNTED,
            "created_at": COUNTED,
            "erased_at": "says that it was erased, and when",
        },
    ),
    RowErasure(
        "residents.carerecord",
        "必访记录",
        rows=_records,
        becomes={"notes": ""},
    ),
    RowErasure("residents.residentmerge", "合并记录", rows=_merges, becomes={"journal": ""}),
    RowErasure(
        "residents.erasure",
        "以前的删除申请",
        rows=_erasures,
        becomes={
            "reason": ERASED
        },  # of one that was refused or withdrawn; the present one loses it altogether
    ),
    RowErasure("accounts.setasidetext", "另存的文字", rows=_set_aside, deletes=True, last=True),
)
PERSONS = Retention(
    "persons",
    "residents.resident",
    "离开已久的居民（由社区工作者在居民列表“保存期已满”里申请删除）",
    days=5 * 365,
    least=365,
    rows=_long_gone,
    only_counted=True,
)
RETENTIONS = (
    PERSONS,
    Retention(
        "merge_journals",
        "residents.residentmerge",
        "合并前的内容（一天内可撤销合并）",
        days=7,
        least=2,
        rows=_journals,
        remove=_journals_empty,
    ),
)
