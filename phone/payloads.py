"""Entries as phones send them, read into plain values; nothing here looks at the database.

An entry is `{"uid": UUID, "kind": visit | incident | arrival, "fields": {name: text or list of texts}, "made_at": ISO}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date, parse_datetime, parse_time

from baibuting.common.days import SHANGHAI, local_day, midnight
from phone.choices import EntryKind, Help, When
from phone.rules import OLDEST_ENTRY, TEXT, entry_hash, whole_characters
from visits.choices import IncidentKind, Method

MOST_VALUES = 60  # of one field
UNREADABLE = "手机发来的内容不完整，请在“我的”里点“现在发送”再试一次。"


@dataclass(frozen=True, slots=True)
class Entry:
    """What came in, before anybody has judged what it says. `fields` are as sent."""

    uid: UUID
    kind: str
    fields: Mapping[str, Any]
    made_at: datetime | None
    hash: str

    @property
    def plain(self) -> dict[str, Any]:
        """As it is kept for the office, and read again."""
        made_at = self.made_at.isoformat() if self.made_at else None
        return {"uid": str(self.uid), "kind": self.kind, "fields": dict(self.fields), "made_at": made_at}

    def text(self, name: str) -> str:
        """A field with one value; the last one where there are several, "" where there is none."""
        values = self.texts(name)
        return values[-1].strip() if values else ""

    def texts(self, name: str) -> list[str]:
        """Every value of a field."""
        value = self.fields.get(name, [])
        values = value if isinstance(value, list) else [value]
        return [whole_characters(one) for one in values[:MOST_VALUES] if isinstance(one, str)]

    def number(self, name: str) -> int | None:
        """A field that names a row; None where it names none."""
        typed = self.text(name)
        return int(typed) if typed.isdecimal() and len(typed) < 19 else None

    def numbers(self, name: str) -> list[int]:
        """The same for several, each once."""
        found = [int(one) for one in self.texts(name) if one.isdecimal() and len(one) < 19]
        return list(dict.fromkeys(found))


def entry_from(sent: Any) -> Entry:
    """Read a decoded JSON body. Raises ValidationError where it is no entry at all; its fields may still be nonsense."""
    if not isinstance(sent, dict):
        raise ValidationError(UNREADABLE)
    uid, kind, fields = sent.get("uid"), sent.get("kind"), sent.get("fields")
    if not (isinstance(uid, str) and isinstance(kind, str) and isinstance(fields, dict)):
        raise ValidationError(UNREADABLE)
    try:
        known = UUID(uid)
    except ValueError as error:
        raise ValidationError(UNREADABLE) from error
    if str(known) != uid:  # the fingerprint is of the text: one way to write it
        raise ValidationError(UNREADABLE)
    return Entry(known, kind[:20], fields, _moment(sent.get("made_at")), entry_hash(sent))


def entry_typed(uid: UUID, kind: str, fields: Mapping[str, Any], made_at: datetime) -> Entry:
    """The same entry from a form that was sent without JavaScript."""
    fingerprint = entry_hash({"uid": str(uid), "kind": kind, "fields": dict(fields)})
    return Entry(uid, kind, fields, made_at, fingerprint)


def _moment(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=SHANGHAI)


def took_place(entry: Entry, now: datetime) -> datetime:
    """When an entry was made, by the phone's clock; never later than now.

    Raises ValidationError where that clock cannot be right: what happened then nobody could tell.
    """
    if entry.made_at is None:
        raise ValidationError("没有收到填写时间，请写明是哪一天。")
    if entry.made_at > now + timedelta(days=1):
        raise ValidationError("手机的日期比现在晚，请核对是哪一天。")
    if entry.made_at < now - OLDEST_ENTRY:
        raise ValidationError(f"填写时间在 {OLDEST_ENTRY.days} 天以前，手机的日期可能不对，请核对是哪一天。")
    return min(entry.made_at, now)


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
    """Raises ValidationError with a sentence at the field that is wrong."""
    people = entry.numbers("resident")
    if not people:
        raise ValidationError({"resident": "没有写明走访了谁，请选择走访对象。"})
    visited_at, has_time = _visited(entry, now)
    return VisitEntry(
        resident_ids=people,
        method=Method(_choice(entry, "method", Method.values, "请选择怎么走访的。")),
        seen=_choice(entry, "seen", ["yes", "no"], "请选择见到本人没有。") == "yes",
        visited_at=visited_at,
        has_time=has_time,
        phrases=entry.numbers("phrase"),
        notes=_short(entry, "notes", "情况"),
        help=Help(_choice(entry, "help", Help.values, "请选择需要什么帮助。")),
        help_text=_short(entry, "help_text", "需要的帮助"),
    )


def _visited(entry: Entry, now: datetime) -> tuple[datetime, bool]:
    """The moment of a visit, and whether its time of day is known."""
    when = _choice(entry, "when", ["", *When.values], "请选择是什么时候去的。")
    made_at = took_place(entry, now)
    if when == When.OTHER_DAY:
        return _other_day(entry, now)
    if when == When.YESTERDAY_EVENING:
        return midnight(local_day(made_at) - timedelta(days=1)), False
    return made_at, True


def _other_day(entry: Entry, now: datetime) -> tuple[datetime, bool]:
    day = _date(entry.text("visited_on"))
    if day is None:
        raise ValidationError({"visited_on": "请选择走访的日期。"})
    if day > local_day(now):
        raise ValidationError({"visited_on": "走访日期不能晚于今天，请改成实际走访的日期。"})
    if day < local_day(now - OLDEST_ENTRY):
        raise ValidationError(
            {"visited_on": f"{OLDEST_ENTRY.days} 天以前的走访请告诉社区办录入，这里不能补记。"}
        )
    clock = _time(entry.text("visited_time"))
    return (midnight(day), False) if clock is None else (datetime.combine(day, clock, SHANGHAI), True)


@dataclass(frozen=True, slots=True)
class IncidentEntry:
    """An incident as it was reported. `occurred_at` is when it was filled in unless another time was given."""

    building_id: int
    kind: IncidentKind
    occurred_at: datetime
    summary: str


def incident_entry(entry: Entry, now: datetime) -> IncidentEntry:
    """Raises ValidationError with a sentence at the field that is wrong."""
    building_id = entry.number("building")
    if building_id is None:
        raise ValidationError({"building": "请选择是哪一栋楼。"})
    occurred_at = took_place(entry, now)
    clock = _time(entry.text("occurred_time"))
    if clock is not None:  # of a time later than now the evening before is meant
        at = datetime.combine(local_day(occurred_at), clock, SHANGHAI)
        occurred_at = at if at <= occurred_at else at - timedelta(days=1)
    return IncidentEntry(
        building_id=building_id,
        kind=IncidentKind(_choice(entry, "incident_kind", IncidentKind.values, "请选择是哪一类事情。")),
        occurred_at=occurred_at,
        summary=_short(entry, "summary", "情况"),
    )


@dataclass(frozen=True, slots=True)
class ArrivalEntry:
    incident_id: int
    arrived_at: datetime


def arrival_entry(entry: Entry, now: datetime) -> ArrivalEntry:
    """Raises ValidationError where no incident is named or the phone's clock is wrong."""
    incident_id = entry.number("incident")
    if incident_id is None:
        raise ValidationError({"incident": "没有写明是哪件事，请从“报事”里选择。"})
    return ArrivalEntry(incident_id, took_place(entry, now))


READERS = {
    EntryKind.VISIT: visit_entry,
    EntryKind.INCIDENT: incident_entry,
    EntryKind.ARRIVAL: arrival_entry,
}


def _choice(entry: Entry, name: str, allowed: list[str], sentence: str) -> str:
    typed = entry.text(name)
    if typed not in allowed:
        raise ValidationError({name: sentence})
    return typed


def _short(entry: Entry, name: str, label: str) -> str:
    typed = entry.text(name)
    if len(typed) > TEXT:
        raise ValidationError({name: f"{label}最多写 {TEXT} 个字，现在有 {len(typed)} 个，请缩短。"})
    return typed


def _date(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _time(text: str) -> time | None:
    try:
        return parse_time(text)
    except ValueError:
        return None
