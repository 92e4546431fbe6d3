"""The entry of a proposal from a phone, as plain values; no queries but for the office's words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.core.exceptions import ValidationError

from baibuting.common.days import local_day
from baibuting.common.entries import (
    OLDEST_ENTRY,
    Entry,
    day_read,
    entry_choice,
    entry_text,
    took_place,
)
from buildings.models import Place
from buildings.scope import Scope
from proposals.choices import DATED, Change
from proposals.rules import LONGEST_NAME, Said
from residents.models import Resident

PROPOSAL = "proposal"  # the code of the kind


@dataclass(frozen=True, slots=True)
class ProposalEntry:
    """A change as it was filled in: of a person who is registered, or a new one at a building."""

    change: Change
    resident_id: int | None
    building_id: int | None
    made_at: datetime
    said: Said


def proposal_entry(entry: Entry, now: datetime) -> ProposalEntry:
    """Return a proposal's entry as plain values. Raises ValidationError with a sentence at the field that is wrong."""
    change = Change(entry_choice(entry, "change", Change.values, "请选择有什么变化。"))
    made_at = took_place(entry, now)
    resident_id, building_id = entry.number("resident"), entry.number("building")
    if change == Change.NEW and building_id is None:
        raise ValidationError({"building": "请选择是哪一栋楼。"})
    if change != Change.NEW and resident_id is None:
        raise ValidationError({"resident": "没有写明是谁，请从此人的页面上报。"})
    said = Said(
        on=_day(entry, made_at, now) if change in DATED else None, words=entry_text(entry, "words", "补充")
    )
    if change == Change.NEW:
        said = _person(entry, said, made_at)
    elif change in (Change.PHONE, Change.KIN):
        said = _contact(entry, said, change)
    return ProposalEntry(change, resident_id, building_id, made_at, said)


def _day(entry: Entry, made_at: datetime, now: datetime) -> date:
    """Return the day it happened: the day the form was filled in, unless another was chosen."""
    day = day_read(entry.text("on")) or local_day(made_at)
    if day > local_day(now):
        raise ValidationError({"on": "日期不能晚于今天，请改成实际的日期。"})
    if day < local_day(now - OLDEST_ENTRY):
        raise ValidationError({"on": f"{OLDEST_ENTRY.days} 天以前的变化请打电话告诉社区办。"})
    return day


def _person(entry: Entry, said: Said, made_at: datetime) -> Said:
    name = entry.text("name")
    if not name:
        raise ValidationError({"name": "请写姓名。"})
    if len(name) > LONGEST_NAME:
        raise ValidationError({"name": f"姓名最多 {LONGEST_NAME} 个字。"})
    category = entry.number("category")
    if category is None:
        raise ValidationError({"category": "请选择类别。"})
    return replace(
        said,
        name=name,
        entrance=entry.text("entrance")[:10],
        room=entry.text("room")[:20],
        category=category,
        phone=entry.text("phone")[:LONGEST_NAME],
        visited_at=made_at if entry.text("visited") == "yes" else None,
    )


def _contact(entry: Entry, said: Said, change: Change) -> Said:
    phone = entry.text("phone")[:LONGEST_NAME]
    if not phone:
        raise ValidationError({"phone": "请写电话号码。"})
    if change == Change.PHONE:
        return replace(said, phone=phone)
    name = entry.text("name")[:LONGEST_NAME]
    if not name:
        raise ValidationError({"name": "请写家人的姓名。"})
    return replace(said, phone=phone, name=name, relation=entry.text("relation")[:10])


def proposal_words(entry: Entry, scope: Scope) -> list[tuple[str, str]]:
    """Return labels and values of what was filled in; people and buildings outside the scope are not named."""
    building = Place.objects.within(scope).filter(pk=entry.number("building") or 0).first()
    person = Resident.objects.within(scope).filter(pk=entry.number("resident") or 0).first()
    rows = [
        ("变更", dict(Change.choices).get(entry.text("change"), "")),
        ("居民", person.name if person else ""),
        ("楼栋", building.name if building else ""),
        ("姓名", entry.text("name")),
        ("室号", "-".join(filter(None, [entry.text("entrance"), entry.text("room")]))),
        ("关系", entry.text("relation")),
        ("电话", entry.text("phone")),
        ("日期", entry.text("on")),
        ("补充", entry.text("words")),
    ]
    return [(label, str(text)) for label, text in rows if text]
