"""Limits on what phones send, how long a phone stays signed in, and the kinds of entries of all portals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from baibuting.common.portal import EntryKind, Portal, collected

LARGEST_ENTRY = 64 * 1024  # bytes of JSON
MOST_PHOTOS = 4  # per entry

TRUSTED_SESSION = timedelta(days=180)
BORROWED_SESSION = timedelta(hours=2)


@collected
def entry_kinds(portals: Mapping[str, Portal]) -> dict[str, EntryKind]:
    """Return the kinds of entries of all portals, by code."""
    return {kind.code: kind for portal in portals.values() for kind in portal.entry_kinds}


def entry_choices() -> list[tuple[str, str]]:
    """Return (code, label) of every kind: the choices of the column that holds one."""
    return [(kind.code, kind.label) for kind in entry_kinds().values()]
