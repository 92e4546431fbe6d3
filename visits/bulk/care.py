"""Many care records at once, clocks wound, in a constant number of statements a batch."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from baibuting.common.bulk import ids_take, rows_copy
from baibuting.common.fields import seal_value
from baibuting.common.tabular.report import Written
from duties.choices import Source
from duties.models import DutyClock
from residents.bulk import People, Person
from residents.models import CareCategory, CareRecord
from visits.bulk.align import align
from visits.services import care_record_correct, care_record_end, clocks_lock

# An office's ordinary roster shows its duties the moment it is in; the clocks of a far larger one are due at once and
# left to the sweep, or the import would be held up by years of rounds.
ALIGNED_AT_ONCE = 2_000
_CARE_COLUMNS = (
    "id", "uid", "community_id", "building_id", "resident_id", "category_id", "started_on", "ended_on", "end_reason",
    "notes", "created_at",
)  # fmt: skip
_CLOCK_COLUMNS = ("source", "community_id", "care_record_id", "next_check_at", "failures", "last_failure")


class CareConflictError(Exception):
    """A row contradicts a record that is there; `message` is a Chinese sentence."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(reason)
        self.reason, self.message = reason, message


@dataclass(frozen=True, slots=True)
class CareFacts:
    """What a roster says of a record. `is_dated`: `started_on` was written there, not assumed."""

    started_on: date
    ended_on: date | None = None
    end_reason: str = ""
    notes: str = ""
    is_dated: bool = True


class CareBook:
    """The care records of the people in a roster: those there are, and those it adds."""

    def __init__(self, people: People) -> None:
        """Reads the records of everybody registered; one query."""
        self.people = people
        self.records: dict[tuple[int, int], list[CareRecord]] = {}
        self.added: dict[tuple[int, int], tuple[Person, CareFacts]] = {}
        self.changed: dict[int, tuple[CareRecord, CareFacts]] = {}
        self.same: dict[int, int] = {}  # resident by record
        for record in CareRecord.objects.filter(resident__in=list(people.known)).order_by("started_on"):
            self.records.setdefault((record.resident_id, record.category_id), []).append(record)

    def enter(self, person: Person, category: CareCategory, facts: CareFacts) -> None:
        """Take in one record of a row. Raises CareConflictError."""
        key = (person.pk, category.pk)
        if key in self.added:
            return  # listed twice in one file: the first line counts
        records = self.records.get(key, [])
        running = next((record for record in records if record.ended_on is None), None)
        if running is not None:
            self._compare(running, facts)
            return
        ended = next((record for record in records if record.started_on == facts.started_on), None)
        if ended is not None:
            self.same[ended.pk] = person.pk
        elif any(record.ended_on and facts.started_on <= record.ended_on for record in records):
            raise CareConflictError(
                "overlap",
                "此人在该类别的上一段记录还没有终止到这一天，请核对纳入日期，或在系统中更正原记录。",
            )
        else:
            self.added[key] = (person, facts)

    def _compare(self, record: CareRecord, facts: CareFacts) -> None:
        starts_otherwise = facts.is_dated and facts.started_on != record.started_on
        if starts_otherwise or facts.ended_on or (facts.notes and facts.notes != record.notes):
            self.changed[record.pk] = (record, facts)
        else:
            self.same[record.pk] = record.resident_id

    @property
    def created(self) -> int:
        return len(self.added)

    @property
    def updated(self) -> int:
        return len(self.changed)

    @property
    def unchanged(self) -> int:
        return len(self.same)

    @property
    def unchanged_people(self) -> Collection[int]:
        """The residents of unchanged records, one entry a record."""
        return self.same.values()

    def write(self, now: datetime) -> None:
        """Create and change records and bring their clocks in line."""
        pks = ids_take(CareRecord, len(self.added))
        journal = self.people.journal
        journal += [Written("residents.carerecord", pk) for pk in pks]
        rows_copy(
            CareRecord,
            _CARE_COLUMNS,
            (
                self._columns(pk, key, person, facts, now)
                for pk, (key, (person, facts)) in zip(pks, self.added.items(), strict=True)
            ),
        )
        community_id = self.people.community.pk
        rows_copy(DutyClock, _CLOCK_COLUMNS, ((Source.CARE, community_id, pk, now, 0, "") for pk in pks))
        if len(pks) <= ALIGNED_AT_ONCE:
            align(clocks_lock(care_record__in=pks), now)
        for record, facts in self.changed.values():
            before = {
                name: getattr(record, name) for name in ("started_on", "ended_on", "end_reason", "notes")
            }
            journal.append(Written("residents.carerecord", record.pk, before))
            _bring_in_line(record, facts, now)

    def _columns(
        self, pk: int, key: tuple[int, int], person: Person, facts: CareFacts, now: datetime
    ) -> Sequence[Any]:
        uid, home = uuid4(), person.moves_to or person.home
        return (
            pk, uid, self.people.community.pk, home[0], key[0], key[1], facts.started_on, facts.ended_on,
            facts.end_reason, seal_value(CareRecord, "notes", uid, facts.notes), now,
        )  # fmt: skip


def _bring_in_line(record: CareRecord, facts: CareFacts, now: datetime) -> None:
    started_on = facts.started_on if facts.is_dated else record.started_on
    if started_on != record.started_on or facts.notes:
        record = care_record_correct(
            care_record=record, started_on=started_on, notes=facts.notes or None, now=now
        )
    if facts.ended_on:
        care_record_end(care_record=record, ended_on=facts.ended_on, end_reason=facts.end_reason, now=now)
