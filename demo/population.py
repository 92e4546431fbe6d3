"""The plan of the demo's people: who is under care, since when, and when each was visited. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import cycle
from random import Random

from buildings.models import Place
from demo.habits import Habit, VisitDay, visit_days
from demo.names import People, Person
from demo.staff import SHOWN_BUILDING
from demo.tree import Tree
from duties.rounds import Terms
from residents.choices import EndReason

# Of a hundred records: how many in each category, and how old its people are.
_CATEGORIES: dict[str, tuple[int, int, int]] = {
    "hardship": (36, 30, 80),
    "elderly_alone": (22, 66, 93),
    "laid_off": (24, 24, 57),
    "hospital": (10, 35, 88),
    "released": (8, 22, 60),
}
_END_REASONS: dict[str, tuple[EndReason, ...]] = {
    "hardship": (EndReason.RECOVERED, EndReason.MOVED),
    "elderly_alone": (EndReason.DIED, EndReason.MOVED),
    "laid_off": (EndReason.EMPLOYED, EndReason.EMPLOYED, EndReason.MOVED),
    "hospital": (EndReason.DISCHARGED,),
    "released": (EndReason.RECOVERED, EndReason.MOVED),
}
_HABITS = (
    (Habit.FAITHFUL, 84),
    (Habit.SLACK, 9),
    (Habit.SYNCS_LATE, 4),
    (Habit.STOPPED, 2),
    (Habit.NEVER, 1),
)

# Someone for every rung of the ladder, whatever the size: building, category, habit, days overdue today.
_SHOWN: tuple[tuple[str, str, Habit, int], ...] = (
    (SHOWN_BUILDING, "elderly_alone", Habit.STOPPED, 0),
    (SHOWN_BUILDING, "elderly_alone", Habit.STOPPED, 1),
    (SHOWN_BUILDING, "hardship", Habit.FAITHFUL, 0),
    (SHOWN_BUILDING, "laid_off", Habit.FAITHFUL, 0),
    (SHOWN_BUILDING, "elderly_alone", Habit.SYNCS_LATE, 0),
    (SHOWN_BUILDING, "released", Habit.FAITHFUL, 0),
    (SHOWN_BUILDING, "hospital", Habit.STOPPED, -1),
    ("501栋", "elderly_alone", Habit.STOPPED, 1),
    ("502栋", "elderly_alone", Habit.STOPPED, 3),
    ("503栋", "elderly_alone", Habit.STOPPED, 5),
    ("505栋", "released", Habit.STOPPED, 6),
    ("524栋", "elderly_alone", Habit.STOPPED, 12),
    ("424栋", "elderly_alone", Habit.NEVER, 0),
)
SMALLEST = len(_SHOWN)


@dataclass(slots=True)
class RecordPlan:
    """A stay in a category, with the visits that count for it."""

    code: str
    started_on: date
    ended_on: date | None
    end_reason: str
    visits: list[VisitDay] = field(default_factory=list)


@dataclass(slots=True)
class ResidentPlan:
    """A resident: person, home and care records."""

    person: Person
    building: Place
    entrance: str
    room: str
    records: list[RecordPlan]


def plan_population(
    tree: Tree, terms: dict[str, Terms], people: People, random: Random, today: date, count: int
) -> list[ResidentPlan]:
    """Return `count` residents with their records of the past year and every visit through today."""
    flats = _Flats(random)
    plans = []
    for number in range(count):
        if number < len(_SHOWN):
            name, code, habit, overdue_days = _SHOWN[number]
            building = tree.building(name)
            records = [_open_record(random, terms[code], code, today, habit, overdue_days)]
        else:
            building = random.choice(tree.buildings)
            records = _some_records(random, terms, today)
        _, youngest, oldest = _CATEGORIES[records[0].code]
        person = people.person(youngest=youngest, oldest=oldest, today=today, special=number % 9 == 7)
        plans.append(ResidentPlan(person, building, *flats.next(building), records))
    return plans


def _some_records(random: Random, terms: dict[str, Terms], today: date) -> list[RecordPlan]:
    """Return one record, occasionally two of different categories."""
    codes = list(_CATEGORIES)
    weights = [share for share, _, _ in _CATEGORIES.values()]
    code = random.choices(codes, weights)[0]
    records = [_record(random, terms[code], code, today)]
    if random.random() < 0.08:
        other = random.choice([another for another in codes if another != code])
        records.append(_record(random, terms[other], other, today))
    return records


def _record(random: Random, terms: Terms, code: str, today: date) -> RecordPlan:
    """Return a record begun in the past year, recent ones more often; hospital stays are short, others seldom end."""
    habit = random.choices([habit for habit, _ in _HABITS], [share for _, share in _HABITS])[0]
    started_on = today - timedelta(days=1 + int(364 * random.random() ** 2))
    ended_on = None
    if code == "hospital":
        started_on = today - timedelta(days=random.randint(1, 150))
        ended_on = started_on + timedelta(days=random.randint(6, 45))
    elif random.random() < 0.08:
        ended_on = started_on + timedelta(days=random.randint(20, 300))
    if ended_on is None or ended_on >= today:
        return _open_record(random, terms, code, today, habit, random.randint(1, 16), started_on)
    reason = random.choice(_END_REASONS[code])
    visits = visit_days(random, terms, started_on, ended_on, habit, random.randint(1, 9))
    return RecordPlan(code, started_on, ended_on, reason, visits)


def _open_record(
    random: Random,
    terms: Terms,
    code: str,
    today: date,
    habit: Habit,
    overdue_days: int,
    started_on: date | None = None,
) -> RecordPlan:
    """Return a record that is open today."""
    if started_on is None:
        started_on = today - timedelta(days=random.randint(70, 110))
    visits = visit_days(random, terms, started_on, today, habit, overdue_days)
    return RecordPlan(code, started_on, None, "", visits)


class _Flats:
    """Assigns the flats of a building, (entrance, room) each; when all are taken, people share."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._flats: dict[int, Iterator[tuple[str, str]]] = {}

    def next(self, building: Place) -> tuple[str, str]:
        if building.pk not in self._flats:
            flats = [
                (str(entrance), f"{floor}0{door}")
                for entrance in range(1, (building.entrance_count or 2) + 1)
                for floor in range(1, (building.floor_count or 7) + 1)
                for door in (1, 2)
            ]
            self._random.shuffle(flats)
            self._flats[building.pk] = cycle(flats)
        return next(self._flats[building.pk])
