"""Leaving and dying: what it ends, who is notified, and how a wrong entry is undone."""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.days import local_day
from duties.models import Duty
from duties.services import clocks_reconcile, leaving_tell
from residents.choices import ENDS_WITH, EndReason, LeftReason
from residents.models import CareRecord, Resident
from residents.selectors import death_known
from residents.services import (
    care_record_close,
    care_records_reopen,
    resident_come_back,
    resident_depart,
)
from visits.services.care import clocks_lock


@transaction.atomic
def resident_leave(
    *, resident: Resident, left_on: date, reason: str, now: datetime, user: User | None
) -> list[CareRecord]:
    """Record that a person has died or moved away: open records and duties end that day. Return those records.

    Whoever would have visited next is notified once. Past records, visits and duties stay as they are. Raises
    ValidationError for a person who has left already, and a day in the future or before an open record's start.
    """
    clocks = clocks_lock(care_record__resident=resident, care_record__ended_on=None)
    person = resident_depart(resident=resident, left_on=left_on, reason=reason, today=local_day(now))
    records = list(person.care_records.unscoped("of a person in hand").filter(ended_on=None).order_by("pk"))
    last_start = max((record.started_on for record in records), default=None)
    if last_start and left_on < last_start:
        raise ValidationError(
            {"left_on": f"这一天早于在册记录的纳入日期 {last_start:%Y-%m-%d}，请核对日期，或先更正那条记录。"}
        )
    owed = _last_duties(records)
    ended = [
        care_record_close(care_record=record, ended_on=left_on, end_reason=ENDS_WITH[reason])
        for record in records
    ]
    clocks_reconcile(clocks=clocks, now=now)
    leaving_tell(duties=owed, left_on=left_on, reason=reason, now=now)
    _audit(person, ["left_on", "left_reason"], now, user)
    return ended


@transaction.atomic
def resident_return(
    *, resident: Resident, was_mistake: bool, now: datetime, user: User | None
) -> list[CareRecord]:
    """Undo that a person has left. Return the records that are open again.

    `was_mistake` (登记有误): they never left, and the records that it ended run on as before. Else they have come back
    (搬回): their records stay ended and they can be enrolled anew. Raises ValidationError when they have not left, and
    when a dead person is said to have come back.
    """
    clocks = clocks_lock(care_record__resident=resident)
    died_on = death_known(resident)
    left_on = died_on or resident.left_on
    if left_on is None:
        raise ValidationError("此人没有登记离开，无需办理。")
    if died_on and not was_mistake:
        raise ValidationError("此人登记为去世；如系登记错误，请办理“登记有误”。")
    reason = EndReason.DIED if died_on else ENDS_WITH[resident.left_reason or LeftReason.UNSTATED]
    resident_come_back(resident=resident)
    opened = _open_again(resident, left_on, reason) if was_mistake else []
    clocks_reconcile(clocks=clocks, now=now)
    _audit(resident, ["left_on", "left_reason"], now, user)
    return opened


def _open_again(resident: Resident, left_on: date, reason: str) -> list[CareRecord]:
    """Reopen the records that ended for this reason on that day: of each category the last, where none runs."""
    ended = (
        resident.care_records.unscoped("of a person in hand")
        .filter(ended_on=left_on, end_reason=reason)
        .order_by("-started_on", "-pk")
    )
    running = set(
        resident.care_records.unscoped("of a person in hand")
        .filter(ended_on=None)
        .values_list("category", flat=True)
    )
    found = []
    for record in ended:
        if record.category_id in running:
            continue
        running.add(record.category_id)
        found.append(record)
    return care_records_reopen(care_records=found)


def _last_duties(records: list[CareRecord]) -> list[Duty]:
    """Return the latest round of each record: the visit its holder would have made next."""
    duties = Duty.objects.filter(care_record__in=records).order_by("care_record_id", "-opened_on", "-pk")
    return list(duties.distinct("care_record_id"))


def _audit(resident: Resident, fields: list[str], now: datetime, user: User | None) -> None:
    audit_event_record(
        now=now,
        user=user,
        action=Action.CHANGE,
        object_type="residents.resident",
        object_id=str(resident.pk),
        community_id=resident.community_id,
        fields=fields,
    )
