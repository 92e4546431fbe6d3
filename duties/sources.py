"""Where the facts behind a clock come from.

Duties know nothing of visits or incidents. An app that makes duties registers a reader for its source of clocks; the
sweep reads the facts through it before it judges. What the duties are called is registered in `duties.kinds`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from duties.kinds import kind_named
from duties.models import DutyClock


@dataclass(frozen=True, slots=True)
class Obligation:
    """One duty as the facts want it; `key` distinguishes it from other duties of its clock.

    `mark` tells it from another of its kind and first day: that with which counting began, and which was fulfilled
    on that day.

    `appointment_id` names the very appointment that owes it, in the post `accountable_post`; None where the holder of
    that post of the place does. `ladder` is [[rung, hours after due_at], …]; `basis` the plain facts its explanation
    is written from (rule, version, days skipped); `terms_since` when the rule's version took effect.
    """

    kind: str
    accountable_post: str
    opened_on: date
    due_on: date
    due_at: datetime
    ladder: list[list[int]]
    needed: int = 1
    done_at: datetime | None = None
    basis: dict[str, Any] = field(default_factory=dict)
    terms_since: datetime | None = None
    appointment_id: int | None = None
    mark: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Return its key on the clock: the code of its kind, and `Duty.key`. Raises LookupError for an unknown kind."""
        own = kind_named(self.kind).key(self.opened_on, self.accountable_post)
        return (str(self.kind), own + self.mark)


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """All that is known about one clock at a moment.

    `place_id`: where its duties lie, at any level of the tree; those of visits at a building. `ended_at`: when its
    reason fell (or will fall) away. `known_since`: when the system first knew of it; rounds already settled by then
    notify nobody. `next_opening_at`: when time will open another duty.
    """

    clock: DutyClock
    place_id: int
    category_id: int | None
    obligations: list[Obligation]
    ended_at: datetime | None
    known_since: datetime
    next_opening_at: datetime | None


Reader = Callable[[Sequence[DutyClock], datetime], list[ClockFacts]]

_readers: dict[str, Reader] = {}


def register(source: str, reader: Reader) -> None:
    """Register the function that reads the facts of a source of clocks; called once, from AppConfig.ready."""
    _readers[source] = reader


def sources_read() -> set[str]:
    """Return the sources that have a reader."""
    return set(_readers)


def read_facts(clocks: Sequence[DutyClock], now: datetime) -> list[ClockFacts]:
    """Return the facts of each clock, in a constant number of queries per source."""
    by_source: dict[str, list[DutyClock]] = {}
    for clock in clocks:
        by_source.setdefault(clock.source, []).append(clock)
    return [facts for source, same in by_source.items() for facts in _readers[source](same, now)]
