"""What going live would do: who falls due when, and where; and the same for records that become known later.

The page, the command and the deed itself share it, so that what was shown is what comes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from baibuting.common.days import local_day, midnight
from baibuting.common.tabular.report import Brings
from buildings.models import Place
from duties.rounds import Start
from duties.selectors import go_lives
from residents.choices import EndReason
from residents.models import CareRecord
from visits.facts import CareKnowledge
from visits.waiting import BATCH, PersonWaiting, running_in, spread_people, window_of


@dataclass(frozen=True, slots=True)
class PersonDue:
    """The first day on which something of a person falls due. `is_spread`: the window gave it."""

    person_id: int
    building_id: int
    due_on: date
    is_spread: bool


@dataclass(frozen=True, slots=True)
class BuildingLoad:
    """What falls to a building: its people, and the most of one day with that day, the earliest of several."""

    building_id: int
    people: int
    most: int
    most_on: date


@dataclass(frozen=True, slots=True)
class StartPlan:
    """What counting from a day brings. `days` is the window, `slots` the day given to each record that needs one."""

    community: Place
    on: date
    counts_from: date
    spread_days: int
    days: Sequence[date]
    dues: Sequence[PersonDue]
    slots: dict[int, date]

    @property
    def people(self) -> int:
        """Return how many people something falls due of, sooner or later."""
        return len(self.dues)

    @property
    def overdue(self) -> int:
        """Return how many people are overdue on the first day."""
        return sum(due.due_on < self.counts_from for due in self.dues)

    @property
    def put_off(self) -> int:
        """Return how many people the window gave a day."""
        return sum(due.is_spread for due in self.dues)

    @property
    def due_by_day(self) -> dict[date, int]:
        """Return how many people fall due first on each day, in order; days without any are left out."""
        return dict(sorted(Counter(due.due_on for due in self.dues).items()))

    @property
    def loads(self) -> list[BuildingLoad]:
        """Return what falls to each building, the fullest day first."""
        by_building: dict[int, Counter[date]] = defaultdict(Counter)
        for due in self.dues:
            by_building[due.building_id][due.due_on] += 1
        found = []
        for building_id, by_day in by_building.items():
            most_on = min(by_day, key=lambda day: (-by_day[day], day))
            found.append(BuildingLoad(building_id, by_day.total(), by_day[most_on], most_on))
        return sorted(found, key=lambda load: (-load.most, -load.people, load.building_id))


def start_plan(*, community: Place, on: date, spread_days: int, now: datetime) -> StartPlan:
    """Return what counting from a day on would bring, that of `now` at the earliest; writes nothing.

    Each person counts once, by the first day. A few queries for each `BATCH` records.
    """
    counts_from = max(on, local_day(now))
    records = CareRecord.objects.unscoped("a go-live is of the whole community").filter(
        Q(ended_on=None) | Q(ended_on__gte=counts_from), community=community
    )
    people = _people(records, counts_from, max(now, midnight(counts_from)))
    return _plan(community, on, counts_from, spread_days, people, {})


def late_plan(*, community: Place, record_ids: Collection[int], spread_days: int, now: datetime) -> StartPlan:
    """Return how records that became known after the go-live are spread, counting from today; writes nothing.

    What is running already counts towards the share of a building.
    """
    today = local_day(now)
    records = CareRecord.objects.unscoped("what an import has just written").filter(
        pk__in=record_ids, started_on__lt=today
    )
    people = _people(records, today, now)
    return _plan(community, today, today, spread_days, people, running_in(people))


def _plan(
    community: Place,
    on: date,
    counts_from: date,
    spread_days: int,
    people: Mapping[int, PersonWaiting],
    running: Mapping[int, Mapping[date, int]],
) -> StartPlan:
    days = window_of(community, counts_from, spread_days)
    slots = spread_people(people.values(), running, days)
    dues = [
        due for person in people.values() if (due := _due(person, slots.get(person.person_id))) is not None
    ]
    by_record = {
        record_id: day for person_id, day in slots.items() for record_id in people[person_id].records
    }
    return StartPlan(community, on, counts_from, spread_days, days, dues, by_record)


def brought(*, community: Place, record_ids: Sequence[int], now: datetime) -> Brings:
    """Return what records bring with them now: how many rounds fall due today, how many are overdue at once."""
    live = go_lives([community.pk]).get(community.pk)
    if live is None:
        return Brings()
    found = Brings(live.counts_from.isoformat(), is_to_come=now < live.begins_at)
    if found.is_to_come:
        return found
    today = local_day(now)
    for first in range(0, len(record_ids), BATCH):
        records = CareRecord.objects.unscoped("what an import has just written").filter(
            pk__in=record_ids[first : first + BATCH]
        )
        known = CareKnowledge.of(batch := list(records.exclude(end_reason=EndReason.MISTAKE)))
        for record in batch:
            start = known.start_of(record) or Start(live.counts_from)
            over = record.ended_on is not None and record.ended_on <= today
            for item in known.rounds_of(record, start, now).items if not over else ():
                found.overdue += item.done_at is None and item.due_on < today
                found.due_today += item.done_at is None and item.due_on == today
    return found


def _due(person: PersonWaiting, slot: date | None) -> PersonDue | None:
    """Return the first day of a person: the slot or, where that is earlier, the own date of another record."""
    day = person.due_on if slot is None else min(slot, person.own_on or slot)
    return None if day is None else PersonDue(person.person_id, person.building_id, day, slot is not None)


def _people(records: QuerySet[CareRecord], counts_from: date, as_of: datetime) -> dict[int, PersonWaiting]:
    """Return the people of some records, by id."""
    rows = list(records.exclude(end_reason=EndReason.MISTAKE).order_by("resident_id", "pk"))
    people: dict[int, PersonWaiting] = {}
    for first in range(0, len(rows), BATCH):
        batch = rows[first : first + BATCH]
        known = CareKnowledge.of(batch)
        for record in batch:
            _note(people, record, known, counts_from, as_of)
    return people


def _note(
    people: dict[int, PersonWaiting],
    record: CareRecord,
    known: CareKnowledge,
    counts_from: date,
    as_of: datetime,
) -> None:
    """Note what a record asks of its person first: now, or where nothing is open yet, when its next period begins."""
    person = people.get(record.resident_id)
    if person is None:
        person = people[record.resident_id] = PersonWaiting.of(record, known, counts_from)
    person.listed_on = min(person.listed_on, record.started_on)
    if record.started_on < counts_from:
        person.records += (record.pk,)
    start = Start(counts_from)
    found = known.rounds_of(record, start, as_of)
    if not any(item.done_at is None for item in found.items) and found.next_opening_at is not None:
        found = known.rounds_of(record, start, found.next_opening_at)
    for item in found.items:
        if item.done_at is None:
            person.note(item.due_on, is_deferred=item.is_deferred)
