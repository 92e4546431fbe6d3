"""Notes to one cadre: left by services of any app, shown with the notices, seen once the list is opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.urls import reverse

from baibuting.common.plain_text import plain_text_check
from buildings.scope import Scope
from cadres.models import LONGEST_NOTE, Cadre, Note
from cadres.rules import note_kinds


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A note as lists show it; `url` and `phone_url` lead to its subject, "" where there is no page."""

    text: str
    label: str
    at: datetime
    is_seen: bool
    url: str
    phone_url: str


@transaction.atomic
def note_leave(*, cadre: Cadre, about: str, target: Model, text: str, now: datetime) -> Note:
    """Leave a cadre a note about a row, and return it.

    The same text about the same row changes nothing, so a service may be called twice; another text replaces the first
    and is unseen again. Raises ValueError for a kind no portal declares, ValidationError for text that is empty, too
    long or holds numbers of people.
    """
    kind = note_kinds().get(about)
    if kind is None or kind.model != target._meta.label_lower:
        raise ValueError(f"No portal declares notes “{about}” about {target._meta.label_lower}.")
    text = text.strip()
    fresh = Note(
        cadre=cadre, community_id=cadre.community_id, about=about, target_id=target.pk, text=text, at=now
    )
    _refuse_text(fresh)
    Note.objects.bulk_create([fresh], ignore_conflicts=True)
    note = Note.objects.select_for_update().get(cadre=cadre, about=about, target_id=target.pk)
    if note.text != text:
        note.text, note.at, note.seen_at = text, now, None
        note.save(update_fields=["text", "at", "seen_at"])
    return note


def _refuse_text(note: Note) -> None:
    longest = LONGEST_NOTE
    if not note.text or len(note.text) > longest:
        raise ValidationError({"text": f"请写明要告诉本人的事，不超过 {longest} 个字。"})
    plain_text_check(note)


def notes_unseen(scope: Scope) -> QuerySet[Note]:
    """Return the notes that the viewer has not opened."""
    if scope.cadre_id is None:
        return Note.objects.none()
    return Note.objects.filter(cadre=scope.cadre_id, seen_at=None)


def notes_told(cadre_id: int, most: int) -> list[NoteLine]:
    """Return the newest notes to a cadre, at most `most`. One query."""
    return [_line(note) for note in Note.objects.filter(cadre=cadre_id)[:most]]


def _line(note: Note) -> NoteLine:
    kind = note_kinds().get(note.about)
    address, phone_address = (kind.address, kind.phone_address) if kind else ("", "")
    return NoteLine(
        text=note.text,
        label=kind.label if kind else "",
        at=note.at,
        is_seen=note.seen_at is not None,
        url=reverse(address, args=[note.target_id]) if address else "",
        phone_url=reverse(phone_address, args=[note.target_id]) if phone_address else "",
    )


def notes_see(*, cadre_id: int, now: datetime) -> int:
    """Mark a cadre's notes as seen: the list was opened. Return how many were new."""
    return Note.objects.filter(cadre=cadre_id, seen_at=None).update(seen_at=now)
