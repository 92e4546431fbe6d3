"""Entries of this app parsed into plain values: a visit, an incident, an arrival. No queries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError

from baibuting.common.days import SHANGHAI, local_day, midnight
from baibuting.common.entries import (
    OLDEST_ENTRY,
    Entry,
    day_read,
    entry_choice,
    entry_text,
    time_read,
    took_place,
)
from phone.choices import Help, When
from visits.choices import IncidentKind, Method

VISIT, INCIDENT, ARRIVAL, UNDO = "visit", "incident", "arrival", "undo"  # codes of the kinds
NOTHING_NAMED = "没有写明撤销的是哪一条，请告诉社区办作废。"


@dataclass(frozen=True, slots=True)
class VisitEntry:
    """A visit as it was filled in. `phrases` are ids of quick phrases; `resident_ids` are of one household."""

    resident_ids: list[int]
    method: Method
    seen: bool
    visited_at: datetime
    has_time: bool
    phrases: list[int]
    notes: str
    help: Help
    help_text: str


def visit_entry(entry: Entry, now: datetime) -> VisitEntry:
    """Return a visit's entry as plain values. Raises ValidationError with a sentence at the field that is wrong."""
    people = entry.numbers("resident")
    if not people:
        raise ValidationError({"resident": "没有写明走访了谁，请选择走访对象。"})
    visited_at, has_time = _visited(entry, now)
    return VisitEntry(
        resident_ids=people,
        method=Method(entry_choice(entry, "method", Method.values, "请选择怎么走访的。")),
        seen=entry_choice(entry, "seen", ["yes", "no"], "请选择见到本人没有。") == "yes",
        visited_at=visited_at,
        has_time=has_time,
        phrases=entry.numbers("phrase"),
        notes=entry_text(entry, "notes", "情况"),
        help=Help(entry_choice(entry, "help", Help.values, "请选择需要什么帮助。")),
        help_text=entry_text(entry, "help_text", "需要的帮助"),
    )


def _visited(entry: Entry, now: datetime) -> tuple[datetime, bool]:
    """Return the moment of a visit, and whether its time of day is known."""
    when = entry_choice(entry, "when", ["", *When.values], "请选择是什么时候去的。")
    made_at = took_place(entry, now)
    if when == When.OTHER_DAY:
        return _other_day(entry, now)
    if when == When.YESTERDAY_EVENING:
        return midnight(local_day(made_at) - timedelta(days=1)), False
    return made_at, True


def _other_day(entry: Entry, now: datetime) -> tuple[datetime, bool]:
    day = day_read(entry.text("visited_on"))
    if day is None:
        raise ValidationError({"visited_on": "请选择走访的日期。"})
    if day > local_day(now):
        raise ValidationError({"visited_on": "走访日期不能晚于今天，请改成实际走访的日期。"})
    if day < local_day(now - OLDEST_ENTRY):
        raise ValidationError(
            {"visited_on": f"{OLDEST_ENTRY.days} 天以前的走访请告诉社区办录入，这里不能补记。"}
        )
    clock = time_read(entry.text("visited_time"))
    return (midnight(day), False) if clock is None else (datetime.combine(day, clock, SHANGHAI), True)


@dataclass(frozen=True, slots=True)
class IncidentEntry:
    """An incident as it was reported. `occurred_at` is when the form was filled in, unless another time was given."""

    building_id: int
    kind: IncidentKind
    occurred_at: datetime
    summary: str


def incident_entry(entry: Entry, now: datetime) -> IncidentEntry:
    """Return an incident's entry as plain values. Raises ValidationError with a sentence at the field that is wrong."""
    building_id = entry.number("building")
    if building_id is None:
        raise ValidationError({"building": "请选择是哪一栋楼。"})
    occurred_at = took_place(entry, now)
    clock = time_read(entry.text("occurred_time"))
    if clock is not None:  # a time later than now means the evening before
        at = datetime.combine(local_day(occurred_at), clock, SHANGHAI)
        occurred_at = at if at <= occurred_at else at - timedelta(days=1)
    return IncidentEntry(
        building_id=building_id,
        kind=IncidentKind(entry_choice(entry, "incident_kind", IncidentKind.values, "请选择是哪一类事情。")),
        occurred_at=occurred_at,
        summary=entry_text(entry, "summary", "情况"),
    )


@dataclass(frozen=True, slots=True)
class ArrivalEntry:
    incident_id: int
    arrived_at: datetime


def arrival_entry(entry: Entry, now: datetime) -> ArrivalEntry:
    """Return an arrival's entry. Raises ValidationError where it names no incident or the phone's clock is wrong."""
    incident_id = entry.number("incident")
    if incident_id is None:
        raise ValidationError({"incident": "没有写明是哪件事，请从“报事”里选择。"})
    return ArrivalEntry(incident_id, took_place(entry, now))


@dataclass(frozen=True, slots=True)
class UndoEntry:
    """That a visit is taken back: the uid and hash of its entry, and when that was said."""

    entry_uid: UUID
    hash: str
    said_at: datetime


def undo_entry(entry: Entry, now: datetime) -> UndoEntry:
    """Return what is taken back. Raises ValidationError where it names no entry or the phone's clock is wrong."""
    known, fingerprint = undo_uid(entry), entry.text("hash")
    if known is None or not re.fullmatch(r"[0-9a-f]{64}", fingerprint):
        raise ValidationError({"entry": NOTHING_NAMED})
    return UndoEntry(known, fingerprint, took_place(entry, now))


def undo_uid(entry: Entry) -> UUID | None:
    """Return the uid of the entry that is taken back; None where none is named."""
    try:
        return UUID(entry.text("entry"))
    except ValueError:
        return None
