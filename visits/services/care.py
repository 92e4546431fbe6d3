"""Care records with their clocks: who becomes, and ceases to be, a 必访对象."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from duties.models import DutyClock
from duties.services import clock_create, clocks_reconcile
from residents.models import CareCategory, CareRecord, Household, Resident
from residents.services import care_record_change, care_record_close, care_record_create, resident_move
from visits.choices import Source


def clocks_lock(**conditions: Any) -> list[DutyClock]:
    """Lock and return the clocks that match, always in the same order so that two callers never deadlock."""
    return list(DutyClock.objects.select_for_update(of=("self",)).filter(**conditions).order_by("pk"))


@transaction.atomic
def care_record_start(
    *, resident: Resident, category: CareCategory, started_on: date, now: datetime, notes: str = ""
) -> CareRecord:
    """Make a person a 必访对象 of a category; the first duty opens at once.

    Raises ValidationError when the person already has an open record of the category.
    """
    record = care_record_create(
        resident=resident, category=category, started_on=started_on, now=now, notes=notes
    )
    clock = clock_create(
        source=Source.CARE, community_id=record.community_id, care_record_id=record.pk, next_check_at=now
    )
    clocks_reconcile(clocks=[clock], now=now)
    return record


@transaction.atomic
def care_record_end(*, care_record: CareRecord, ended_on: date, end_reason: str, now: datetime) -> CareRecord:
    """End a record; what is still open on it becomes missed or cancelled from that day.

    Ended as a mistake (登记有误) it never was a record: every duty is withdrawn, every escalation stood down.
    """
    clocks = clocks_lock(care_record=care_record)
    record = care_record_close(care_record=care_record, ended_on=ended_on, end_reason=end_reason)
    clocks_reconcile(clocks=clocks, now=now)
    return record


@transaction.atomic
def care_record_correct(
    *,
    care_record: CareRecord,
    started_on: date,
    now: datetime,
    ended_on: date | None = None,
    end_reason: str = "",
    notes: str | None = None,
) -> CareRecord:
    """Correct a record's dates, or reopen one that was ended by mistake; its duties are recomputed.

    Rounds that the true dates do not ask for are withdrawn, each with an event. Raises ValidationError when the dates
    do not fit together.
    """
    clocks = clocks_lock(care_record=care_record)
    record = care_record_change(
        care_record=care_record, started_on=started_on, ended_on=ended_on, end_reason=end_reason, notes=notes
    )
    clocks_reconcile(clocks=clocks, now=now)
    return record


@transaction.atomic
def resident_relocate(*, resident: Resident, to_household: Household, now: datetime) -> None:
    """Move a resident to another flat; open duties follow to the new building, past ones stay where they were."""
    clocks = clocks_lock(care_record__resident=resident)
    resident_move(resident=resident, to_household=to_household)
    clocks_reconcile(clocks=clocks, now=now)
