"""Many care records or visits at once, clocks wound, in a constant number of statements a batch.

The same rules as visits.services, for rosters of thousands.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from baibuting.common.bulk import ids_take, rows_copy
from baibuting.common.crypto import every
from baibuting.common.fields import seal_value
from duties.choices import Source
from duties.models import DutyClock
from duties.services import clocks_align
from residents.bulk import People, Person
from residents.models import CareCategory, CareRecord
from visits.choices import VisitOrigin
from visits.digests import Words, content_digest, exported_words, to_the_minute
from visits.models import Visit
from visits.services import care_record_correct, care_record_end, clocks_lock

BATCH = 500  # clocks brought in line at once
# An office's ordinary roster shows its duties the moment it is in; the clocks of a far larger one are due at once and
# left to the sweep, or the import would be held up by years of rounds.
ALIGNED_AT_ONCE = 2_000
_CARE_COLUMNS = (
    "id", "uid", "community_id", "building_id", "resident_id", "category_id", "started_on", "ended_on", "end_reason",
    "notes", "created_at",
)  # fmt: skip
_CLOCK_COLUMNS = ("source", "community_id", "care_record_id", "next_check_at", "failures", "last_failure")
_VISIT_COLUMNS = (
    "uid", "community_id", "building_id", "resident_id", "visited_at", "has_time", "received_at", "method", "seen",
    "visitor_id", "visitor_post", "visitor_name", "notes", "request", "content_digest", "origin", "recorded_by_id",
    "voided_at", "void_reason",
)  # fmt: skip


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
            _align(clocks_lock(care_record__in=pks), now)
        for record, facts in self.changed.values():
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


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """One visit as a roster tells it; `visitor_id` where the visitor is a registered cadre."""

    resident_id: int
    building_id: int
    visited_at: datetime
    has_time: bool
    method: str
    seen: bool
    visitor_id: int | None
    visitor_post: str
    visitor_name: str
    notes: str
    request: str
    content_digest: bytes = field(init=False)

    def __post_init__(self) -> None:
        digest = content_digest(
            self.resident_id,
            self.visited_at,
            self.method,
            self.seen,
            self.visitor_name,
            self.notes,
            self.request,
        )
        object.__setattr__(self, "content_digest", digest)

    @property
    def exported_words(self) -> Words:
        """What it would say in an export."""
        return exported_words(
            self.resident_id,
            self.visited_at,
            self.method,
            self.seen,
            self.visitor_name,
            self.notes,
            self.request,
        )


def visits_enter(
    *, community_id: int, visits: Sequence[VisitFacts], now: datetime, recorded_by_id: int | None
) -> tuple[int, int]:
    """Record the visits that are not there yet and settle every duty they satisfy; returns (new, already there).

    A visit that says the same in every word is the same visit, within the file and with what is stored: imported
    before, or entered by hand and exported since.
    """
    clocks = clocks_lock(care_record__resident__in={visit.resident_id for visit in visits})
    unique = {visit.content_digest: visit for visit in visits}
    stored = Visit.objects.filter(
        community=community_id,
        resident__in={visit.resident_id for visit in visits},
        content_digest__isnull=False,
    )
    known = {bytes(digest) for digest in stored.values_list("content_digest", flat=True) if digest}
    unknown = [visit for digest, visit in unique.items() if known.isdisjoint(every(digest))]
    exported = _exported_before(community_id, unknown)
    new = [visit for visit in unknown if visit.exported_words not in exported]
    rows_copy(
        Visit, _VISIT_COLUMNS, (_visit_columns(visit, community_id, now, recorded_by_id) for visit in new)
    )
    touched = {visit.resident_id for visit in new}
    residents = dict(
        CareRecord.objects.filter(clock__in=clocks, resident__in=touched).values_list("pk", "resident_id")
    )
    moved = [clock for clock in clocks if clock.care_record_id in residents]
    _align(moved, now)
    return len(new), len(unique) - len(new)


def _exported_before(community_id: int, visits: Sequence[VisitFacts]) -> set[Words]:
    """What stored visits to these people in these very minutes say in an export, whichever way they came in."""
    if not visits:
        return set()
    minutes = {visit.exported_words[:2] for visit in visits}
    moments = [at for _, at in minutes]
    stored = Visit.objects.filter(
        community=community_id,
        resident__in={resident for resident, _ in minutes},
        visited_at__gte=min(moments),
        visited_at__lt=max(moments) + timedelta(minutes=1),
    )
    rows = stored.order_by().values_list("pk", "resident_id", "visited_at")
    meant = [pk for pk, resident, at in rows.iterator() if (resident, to_the_minute(at)) in minutes]
    return {visit.exported_words() for visit in Visit.objects.filter(pk__in=meant).select_related("visitor")}


def _align(clocks: Sequence[DutyClock], now: datetime) -> None:
    """Bring locked clocks in line, a batch at a time."""
    for start in range(0, len(clocks), BATCH):
        clocks_align(clocks=clocks[start : start + BATCH], now=now)


def _visit_columns(
    visit: VisitFacts, community_id: int, now: datetime, recorded_by_id: int | None
) -> Sequence[Any]:
    uid = uuid4()
    return (
        uid, community_id, visit.building_id, visit.resident_id, visit.visited_at, visit.has_time, now, visit.method,
        visit.seen, visit.visitor_id, visit.visitor_post, visit.visitor_name,
        seal_value(Visit, "notes", uid, visit.notes), seal_value(Visit, "request", uid, visit.request),
        visit.content_digest, VisitOrigin.IMPORT, recorded_by_id, None, b"",
    )  # fmt: skip
