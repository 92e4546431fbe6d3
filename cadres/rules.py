"""The kinds of notes that the portals declare."""

from __future__ import annotations

from collections.abc import Mapping

from baibuting.common.portal import NoteKind, Portal, collected


@collected
def note_kinds(portals: Mapping[str, Portal]) -> dict[str, NoteKind]:
    """Return the kinds of notes of all portals by code."""
    return {kind.code: kind for portal in portals.values() for kind in portal.note_kinds}


def note_choices() -> list[tuple[str, str]]:
    """Return code and label of every kind, for the column that holds one."""
    return [(kind.code, kind.label) for kind in note_kinds().values()]
