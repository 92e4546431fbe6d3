"""Hands that a post passed through in a stretch of time, read from appointments and covers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto

from cadres.ladder import Accountable, Ladder
from cadres.models import Appointment, Cadre, Cover

_DAY = timedelta(days=1)


class Change(Enum):
    """What began or ended: an appointment or a cover."""

    TAKEN_UP = auto()
    LEFT = auto()
    COVERED = auto()
    COVER_ENDED = auto()


@dataclass(frozen=True, slots=True)
class HandOver:
    """A change in who answers on a rung, from the beginning of `day` on.

    `cadre` takes up the post or leaves it, covers it or ceases to. `other` is the predecessor, or the one covered;
    None where the post had been vacant, or is vacant from then on. `until_on` is the last day of a cover.
    """

    day: date
    change: Change
    rung: int
    post: str
    cadre: Cadre
    other: Cadre | None = None
    until_on: date | None = None


def hand_overs(
    ladder: Ladder, whose: Accountable, rungs: Iterable[int], since: date, until: date
) -> list[HandOver]:
    """Return what changed on these rungs after `since` and by `until`, in order. No query: the ladder was loaded.

    Someone who takes up a post the day after another left it is one change, not two.
    """
    found = [
        change
        for rung in sorted(set(rungs))
        for change in _changes(rung, ladder.appointments(whose, rung))
        if since < change.day <= until
    ]
    return sorted(found, key=lambda change: (change.day, change.rung))


def _changes(rung: int, appointments: Sequence[Appointment]) -> Iterator[HandOver]:
    for held in appointments:
        before = next((one for one in appointments if one.ended_on == held.started_on - _DAY), None)
        yield HandOver(
            held.started_on, Change.TAKEN_UP, rung, held.post, held.cadre, before.cadre if before else None
        )
        if held.ended_on is not None and not _is_followed(held.ended_on, appointments):
            yield HandOver(held.ended_on + _DAY, Change.LEFT, rung, held.post, held.cadre)
        for cover in held.covers.all():
            yield from _of_cover(rung, held, cover)


def _is_followed(ended_on: date, appointments: Iterable[Appointment]) -> bool:
    return any(one.span.holds(one, ended_on + _DAY) for one in appointments)


def _of_cover(rung: int, held: Appointment, cover: Cover) -> Iterator[HandOver]:
    until_on, who = cover.until_on, cover.stand_in
    yield HandOver(cover.from_on, Change.COVERED, rung, held.post, who, held.cadre, until_on)
    if until_on != held.ended_on:
        yield HandOver(until_on + _DAY, Change.COVER_ENDED, rung, held.post, who, held.cadre, until_on)
