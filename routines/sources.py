"""Where it is read whether a matter was done. An app that knows registers a reader for the matter.

Routines know nothing of meetings: a reader answers for many routines at once, in a constant number of queries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from duties.rounds import Fact
from routines.models import Routine

Reader = Callable[[Sequence[Routine], datetime], Mapping[int, Sequence[Fact]]]
"""Returns by id of the routine what was done for it; routines come with their `appointment`."""

_readers: dict[str, Reader] = {}


def register(matter: str, reader: Reader) -> None:
    """Register the reader of a matter; called once, from AppConfig.ready."""
    _readers[matter] = reader


def registered() -> set[str]:
    """Return the matters that have a reader."""
    return set(_readers)


def read_done(routines: Sequence[Routine], now: datetime) -> dict[int, Sequence[Fact]]:
    """Return by routine what was done for it, in a constant number of queries a matter."""
    by_matter: dict[str, list[Routine]] = {}
    for routine in routines:
        by_matter.setdefault(routine.matter, []).append(routine)
    found: dict[int, Sequence[Fact]] = {}
    for matter, same in by_matter.items():
        found.update(_readers[matter](same, now))
    return found
