"""What erasing a person means for notes to cadres, and how long notes are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from baibuting.common.keeping import ErasedPerson, Retention, RowErasure
from cadres.models import Note
from cadres.rules import note_kinds


def _notes(person: ErasedPerson) -> QuerySet[Any]:
    """Return the notes about any of their rows."""
    where = Q(pk__in=())
    for kind in note_kinds().values():
        where |= Q(about=kind.code, target_id__in=person.of(kind.model))
    return Note.objects.unscoped("whose rows are erased").filter(where)


def _seen_notes(before: datetime) -> QuerySet[Any]:
    return Note.objects.unscoped("notes past keeping").filter(seen_at__lt=before)


ERASURES = (RowErasure("cadres.note", "便条", rows=_notes, deletes=True, last=True),)
RETENTIONS = (Retention("notes", "cadres.note", "看过的便条", days=365, least=90, rows=_seen_notes),)
