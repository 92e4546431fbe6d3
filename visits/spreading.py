"""Spreading first rounds over a window: the longest unseen first, no building above its share. Pure.

The rules stand in docs/rules.md, section "Going live"; why so in docs/adr/0108.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from baibuting.common.days import DayCalendar


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody whose own date had passed when counting began.

    `unseen_since` is the last day they were seen, or that on which they were listed where nobody ever saw them.
    """

    person_id: int
    building_id: int
    unseen_since: date

    @property
    def rank(self) -> tuple[date, int]:
        """Return their place in the order: the longest unseen first."""
        return (self.unseen_since, self.person_id)


def window(begins_on: date, days: int, calendar: DayCalendar | None) -> list[date]:
    """Return the days over which first rounds are spread: `days` from the first, without days off by a calendar."""
    every = (begins_on + timedelta(days=ahead) for ahead in range(days))
    return [day for day in every if calendar is None or not calendar.is_day_off(day)]


def caps(
    waiting: Collection[Waiting], due_anyway: Mapping[int, Mapping[date, int]], days: Sequence[date]
) -> dict[int, int]:
    """Return by building how many people it may have due a day: its people due in the window by its days, rounded up."""
    people = Counter(one.building_id for one in waiting)
    inside = set(days)
    for building_id, by_day in due_anyway.items():
        people[building_id] += sum(count for day, count in by_day.items() if day in inside)
    return {building_id: ceil(count / len(days)) for building_id, count in people.items()}


def spread(
    waiting: Collection[Waiting], due_anyway: Mapping[int, Mapping[date, int]], days: Sequence[date]
) -> dict[int, date]:
    """Return the day of each person, by id. `due_anyway` counts by building and day who is due by a date of their own.

    The one of rank r among n gets the day r·w/n of the window's w days, or the nearest day after it, else before it, on
    which their building is below its cap. Raises ValueError for a window without a day.
    """
    if not days:
        raise ValueError("a window has at least one day")
    cap = caps(waiting, due_anyway, days)
    taken = {
        building_id: [due_anyway.get(building_id, {}).get(day, 0) for day in days] for building_id in cap
    }
    found = {}
    for rank, one in enumerate(sorted(waiting, key=lambda one: one.rank)):
        ideal = rank * len(days) // len(waiting)
        day = _nearest_below(taken[one.building_id], cap[one.building_id], ideal)
        taken[one.building_id][day] += 1
        found[one.person_id] = days[day]
    return found


def _nearest_below(taken: Sequence[int], cap: int, ideal: int) -> int:
    """Return the first day from the ideal one on that is below the cap, else the last before it; there always is one.

    The cap times the days is at least as many as all the building's people, and whoever is due anyway above the cap on
    one day leaves no room unused on the others.
    """
    later = range(ideal, len(taken))
    earlier = range(ideal - 1, -1, -1)
    return next(day for day in (*later, *earlier) if taken[day] < cap)
