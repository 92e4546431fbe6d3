"""The entry of a concern from a phone, as plain values; no queries but for the office's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError

from baibuting.common.entries import Entry, entry_choice, entry_text, took_place
from buildings.models import Place
from buildings.scope import Scope
from concerns.choices import Subject, Urgency
from residents.models import Resident

CONCERN = "concern"  # the code of the kind


@dataclass(frozen=True, slots=True)
class ConcernEntry:
    building_id: int
    resident_id: int | None
    subject: Subject
    urgency: Urgency
    words: str


def concern_entry(entry: Entry, now: datetime) -> ConcernEntry:
    """Return a concern's entry as plain values. Raises ValidationError with a sentence at the field that is wrong."""
    building_id = entry.number("building")
    if building_id is None:
        raise ValidationError({"building": "请选择是哪一栋楼。"})
    took_place(entry, now)  # a phone whose date is wrong is found here
    words = entry_text(entry, "words", "内容")
    if not words:
        raise ValidationError({"words": "请写明要什么帮助、反映什么事。"})
    return ConcernEntry(
        building_id=building_id,
        resident_id=entry.number("resident"),
        subject=Subject(entry_choice(entry, "subject", Subject.values, "请选择是哪一类事情。")),
        urgency=Urgency(entry_choice(entry, "urgency", Urgency.values, "请选择一般还是紧急。")),
        words=words,
    )


def concern_words(entry: Entry, scope: Scope) -> list[tuple[str, str]]:
    """Return labels and values of what was filled in; people and buildings outside the scope are not named."""
    building = Place.objects.within(scope).filter(pk=entry.number("building") or 0).first()
    person = Resident.objects.within(scope).filter(pk=entry.number("resident") or 0).first()
    rows = [
        ("楼栋", building.name if building else ""),
        ("居民", person.name if person else ""),
        ("类别", dict(Subject.choices).get(entry.text("subject"), "")),
        ("缓急", dict(Urgency.choices).get(entry.text("urgency"), "")),
        ("内容", entry.text("words")),
    ]
    return [(label, str(text)) for label, text in rows if text]
