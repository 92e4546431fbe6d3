"""Undoing care records and visits that an import has written, with the duties they made.

What notified nobody is erased. A record that led to a notice is ended as 登记有误, which withdraws its duties and
stands down its escalations; a visit that settled what had led to a notice is voided. See docs/adr/0080.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Model

from baibuting.common.days import local_day
from baibuting.common.pointing import columns_set
from baibuting.common.portal import RowUndo
from duties.models import Duty, DutyAction, DutyClock, DutyEvent
from duties.undo import OF_CLOCKS, clocks_along, clocks_erase, duties_told, rounds_forget
from residents.choices import EndReason
from residents.models import CareRecord, Household, Resident
from residents.services import resident_change
from residents.undo import residents_erase
from visits.bulk.align import align
from visits.models import Visit
from visits.services import (
    care_record_correct,
    care_record_end,
    clocks_lock,
    resident_relocate,
    visit_void,
)
from visits.services.visit import TAKEN_BACK


def care_records_told(record_ids: Collection[int]) -> set[int]:
    """Return those of the records that led to a notice or an action: they are ended, not erased."""
    duties = dict(Duty.objects.filter(care_record__in=record_ids).values_list("pk", "care_record_id"))
    return {record_id for duty_id in duties_told(duties) if (record_id := duties[duty_id]) is not None}


@transaction.atomic
def care_records_erase(*, record_ids: Collection[int]) -> None:
    """Erase records that notified nobody, with their clocks and duties."""
    clocks_erase(clocks=clocks_lock(care_record__in=record_ids))
    CareRecord.objects.unscoped("what an import wrote, by its journal").filter(pk__in=record_ids).delete()


@transaction.atomic
def care_records_end_mistaken(*, record_ids: Collection[int], now: datetime) -> None:
    """End records that led to a notice as 登记有误: they never asked for anything."""
    for record in (
        CareRecord.objects.unscoped("what an import wrote, by its journal")
        .filter(pk__in=record_ids)
        .order_by("pk")
    ):
        if record.ended_on is None:
            care_record_end(
                care_record=record,
                ended_on=max(local_day(now), record.started_on),
                end_reason=EndReason.MISTAKE,
                now=now,
            )
        else:
            care_record_correct(
                care_record=record,
                started_on=record.started_on,
                ended_on=record.ended_on,
                end_reason=EndReason.MISTAKE,
                now=now,
            )


@transaction.atomic
def care_record_restore(*, record_id: int, before: dict[str, Any], since: datetime, now: datetime) -> None:
    """Restore the dates, reason and notes that a record had before `since`; its duties are recomputed."""
    record = CareRecord.objects.unscoped("what an import wrote, by its journal").get(pk=record_id)
    former = {name: value for name, value in before.items() if name not in ("building_id", "community_id")}
    columns_set(record, former)
    care_record_correct(
        care_record=record,
        started_on=record.started_on,
        ended_on=record.ended_on,
        end_reason=record.end_reason,
        notes=record.notes,
        now=now,
    )
    rounds_forget(clocks=clocks_lock(care_record=record_id), since=since)


def visits_told(visit_ids: Collection[int]) -> set[int]:
    """Return the visits since which a duty of the person has had an event: they are voided, not erased."""
    told = set()
    events: dict[int, datetime] = {}
    visits = (
        Visit.objects.unscoped("what an import wrote, by its journal").filter(pk__in=visit_ids).order_by()
    )
    told_of = DutyEvent.objects.filter(duty__care_record__resident__in=visits.values("resident_id"))
    for resident_id, recorded_at in told_of.order_by("recorded_at").values_list(
        "duty__care_record__resident_id", "recorded_at"
    ):
        events[resident_id] = recorded_at
    for pk, resident_id, received_at in visits.values_list("pk", "resident_id", "received_at"):
        if resident_id in events and events[resident_id] >= received_at:
            told.add(pk)
    return told


@transaction.atomic
def visits_erase(*, visit_ids: Collection[int], now: datetime) -> None:
    """Erase visits without later events; the rounds they settled are open again."""
    visits = Visit.objects.unscoped("what an import wrote, by its journal").filter(pk__in=visit_ids)
    received = list(visits.order_by("received_at").values_list("received_at", flat=True)[:1])
    clocks = clocks_lock(care_record__resident__in=set(visits.values_list("resident_id", flat=True)))
    visits.delete()
    align(clocks, now)
    if received:
        rounds_forget(clocks=clocks, since=received[0])


@transaction.atomic
def visits_void(*, visit_ids: Collection[int], now: datetime) -> None:
    """Void visits with later events. Imported again, such a visit counts as a new one."""
    for visit in (
        Visit.objects.unscoped("what an import wrote, by its journal")
        .filter(pk__in=visit_ids, voided_at=None)
        .order_by("pk")
    ):
        visit_void(visit=visit, reason=TAKEN_BACK, now=now)


@transaction.atomic
def visit_restore(*, visit_id: int, before: dict[str, Any], since: datetime, now: datetime) -> None:
    """Restore a visit that an import at `since` changed or voided."""
    visit = Visit.objects.unscoped("what an import wrote, by its journal").get(pk=visit_id)
    clocks = clocks_lock(care_record__resident=visit.resident_id)
    columns_set(visit, before)
    visit.save()
    align(clocks, now)
    rounds_forget(clocks=clocks, since=since)


@transaction.atomic
def resident_restore(*, resident_id: int, before: dict[str, Any], since: datetime, now: datetime) -> None:
    """Restore the particulars, and the flat, that a resident had before; open duties follow them back."""
    resident = (
        Resident.objects.unscoped("what an import wrote, by its journal")
        .select_related("household__building")
        .get(pk=resident_id)
    )
    details = dict(before)
    home = details.pop("household_id", None)
    columns_set(resident, details)
    resident_change(resident=resident)
    if home is not None and home != resident.household_id:
        household = Household.objects.select_related("building").get(pk=home)
        resident_relocate(resident=resident, to_household=household, now=now)


def care_records_along(record_ids: Collection[int]) -> dict[type[Model], set[int]]:
    """Return by model the rows created and deleted with records, whether or not anybody was notified."""
    return clocks_along(DutyClock.objects.filter(care_record__in=record_ids))


def care_records_at_work(
    record_ids: Collection[int], leaving: Callable[[str], set[int]]
) -> list[tuple[int, str]]:
    """Return the records with a later visit, or an action on a duty, each with a label of which."""
    of_person = CareRecord.objects.unscoped("what an import wrote, by its journal").filter(
        pk__in=record_ids, resident__visits__voided_at=None
    )
    since = of_person.filter(resident__visits__received_at__gt=F("created_at"))
    visited = since.exclude(resident__visits__in=leaving("visits.visit")).values_list("pk", flat=True)
    handled = DutyAction.objects.filter(duty__care_record__in=record_ids)
    return [
        *((pk, "已有走访") for pk in visited),
        *(
            (pk, "已有处置")
            for pk in set(handled.values_list("duty__care_record", flat=True))
            if pk is not None
        ),
    ]


# residents are here because open duties follow a resident put back into another building
UNDOES = (
    RowUndo(
        "visits.visit",
        10,
        "条",
        "走访",
        erase=lambda pks, now: visits_erase(visit_ids=pks, now=now),
        restore=lambda pk, before, since, now: visit_restore(
            visit_id=pk, before=before, since=since, now=now
        ),
        end=lambda pks, now: visits_void(visit_ids=pks, now=now),
        told=visits_told,
    ),
    RowUndo(
        "residents.carerecord",
        20,
        "条",
        "必访对象记录",
        erase=lambda pks, now: care_records_erase(record_ids=pks),
        restore=lambda pk, before, since, now: care_record_restore(
            record_id=pk, before=before, since=since, now=now
        ),
        end=lambda pks, now: care_records_end_mistaken(record_ids=pks, now=now),
        told=care_records_told,
        along=care_records_along,
        at_work=care_records_at_work,
        derived=OF_CLOCKS,
    ),
    RowUndo(
        "residents.resident",
        50,
        "位",
        "居民",
        erase=lambda pks, now: residents_erase(resident_ids=pks),
        restore=lambda pk, before, since, now: resident_restore(
            resident_id=pk, before=before, since=since, now=now
        ),
        restored="first",
    ),
)
