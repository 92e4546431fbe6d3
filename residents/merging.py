"""Merging two registrations: which values are kept, and which care records are joined. Pure functions of rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from residents.choices import EndReason
from residents.identity import SEVERAL_NUMBERS
from residents.models import CareRecord, Resident

_JOINED = {"phone": SEVERAL_NUMBERS, "notes": "；"}  # both values are kept, joined by this
_FILLED = ("gender", "born_on", "id_number", "outside_address")


def filled_in(kept: Resident, gone: Resident) -> dict[str, Any]:
    """Return the changes of the registration that is kept: blanks are filled, phones and remarks joined."""
    changes = {
        name: getattr(gone, name) for name in _FILLED if getattr(gone, name) and not getattr(kept, name)
    }
    if gone.document_number and not kept.document_number:
        changes |= {"document_kind": gone.document_kind, "document_number": gone.document_number}
    for name, between in _JOINED.items():
        both = list(
            dict.fromkeys(part for one in (kept, gone) for part in getattr(one, name).split(between) if part)
        )
        if between.join(both) != getattr(kept, name):
            changes[name] = between.join(both)
    return {name: str(value) if isinstance(value, str) else value for name, value in changes.items()}


@dataclass(frozen=True, slots=True)
class Join:
    """Records of one category whose days overlap: `stays` lasts from the earliest start to the latest end."""

    stays: CareRecord
    others: tuple[CareRecord, ...]
    started_on: date
    ended_on: date | None
    end_reason: str
    notes: str


def joins(records: Iterable[CareRecord], kept_id: int) -> list[Join]:
    """Return the records of two registrations that must be joined, without those ended as a mistake."""
    by_category: dict[int, list[CareRecord]] = {}
    for record in sorted(records, key=lambda one: (one.started_on, one.pk)):
        if record.end_reason != EndReason.MISTAKE:
            by_category.setdefault(record.category_id, []).append(record)
    found = []
    for own in by_category.values():
        for group in _overlapping(own):
            if len({record.resident_id for record in group}) > 1:
                found.append(_join(group, kept_id))
    return found


def _overlapping(records: Sequence[CareRecord]) -> list[list[CareRecord]]:
    """Return records, given in the order of their start, in groups that overlap."""
    groups: list[list[CareRecord]] = []
    until = date.min
    for record in records:
        if groups and record.started_on <= until:
            groups[-1].append(record)
        else:
            groups.append([record])
            until = date.min
        until = max(until, record.ended_on or date.max)
    return groups


def _join(group: list[CareRecord], kept_id: int) -> Join:
    stays = max(
        group,
        key=lambda one: (one.ended_on is None, one.resident_id == kept_id, one.ended_on or date.max, -one.pk),
    )
    last = max(group, key=lambda one: (one.ended_on or date.max, one is stays))
    ordered = [stays, *(one for one in group if one is not stays)]
    notes = "；".join(dict.fromkeys(one.notes for one in ordered if one.notes))
    return Join(stays, tuple(ordered[1:]), group[0].started_on, last.ended_on, last.end_reason, notes)
