"""Bulk writes of visits: known ones are recognised, duties settled, in a constant number of statements a batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from baibuting.common.bulk import ids_take, rows_copy, rows_update
from baibuting.common.days import local_day
from baibuting.common.fields import seal_value
from residents.models import CareRecord
from visits.bulk.align import align
from visits.choices import VisitOrigin
from visits.models import Visit
from visits.sameness import Sameness, Telling, are_apart, compared, day_of, telling
from visits.services import clocks_lock
from visits.services.visit import CORRECTED, TAKEN_BACK, Blanks, fill_blanks

_VISIT_COLUMNS = (
    "id", "uid", "community_id", "building_id", "resident_id", "visited_at", "has_time", "received_at", "method", "seen",
    "visitor_id", "visitor_post", "visitor_name", "notes", "request", "origin", "recorded_by_id", "voided_at",
    "void_reason", "corrects_id",
)  # fmt: skip
_BY_ROSTER = f"{CORRECTED}：按导入的走访记录更正"


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """One visit as a roster records it; `visitor_id` where the visitor is a registered cadre.

    `visitor_name` is the name as written or shown, which identifies the visitor. `is_voided`: the row says so.
    """

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
    is_voided: bool = False
    telling: Telling = field(init=False)

    def __post_init__(self) -> None:
        told = telling(
            visited_at=self.visited_at,
            has_time=self.has_time,
            method=self.method,
            seen=self.seen,
            visitor=self.visitor_name,
            notes=self.notes,
            request=self.request,
        )
        object.__setattr__(self, "telling", told)

    @property
    def of(self) -> tuple[int, date]:
        """Return the resident and the day of the visit."""
        return self.resident_id, local_day(self.visited_at)

    @property
    def blanks(self) -> Blanks:
        """Return the values that may fill what another telling of the visit leaves open."""
        return Blanks(
            self.visited_at,
            self.has_time,
            self.visitor_id,
            self.visitor_post,
            self.visitor_name,
            self.notes,
            self.request,
        )


class Became(StrEnum):
    """What became of a row."""

    NEW = "new"
    SAME = "same"  # known, and it says nothing new
    ENRICHED = "enriched"  # known, and it filled what was open
    CORRECTED = "corrected"  # known and contradicted: voided and recorded anew, as the clerk has ticked
    DIFFERS = "differs"  # known and contradicted: nothing was changed
    REPEATED = "repeated"  # twice in the file
    CONFLICT = "conflict"  # the file contradicts itself: the row that comes first counts
    VOID = "void"  # the row itself says that it is void


@dataclass(slots=True)
class Outcome:
    """What became of one row, and its visit: `pk`, known once everything is written.

    `before` holds the former value of each column that was filled or changed, `was` the former telling. `beside_void`:
    a visit by that visitor on that day was voided.
    """

    became: Became
    known: _Known | None = None
    before: dict[str, Any] = field(default_factory=dict)
    was: Telling | None = None
    beside_void: bool = False

    @property
    def pk(self) -> int:
        """Return the visit's primary key; 0 where there is none."""
        return self.known.pk if self.known else 0

    @property
    def corrected_pk(self) -> int:
        """Return the key of the visit that was voided for it; 0 for none."""
        return self.known.corrects.pk if self.known and self.known.corrects else 0


@dataclass(slots=True)
class _Known:
    """A visit that later rows are compared with: stored, or from this file and written at the end."""

    telling: Telling
    visit: Visit | None = None
    facts: VisitFacts | None = None
    corrects: Visit | None = None
    pk: int = 0
    is_claimed: bool = False  # a row of this file is about it
    is_changed: bool = False

    @property
    def is_void(self) -> bool:
        return self.visit is not None and self.visit.voided_at is not None


def visits_enter(
    *,
    community_id: int,
    visits: Sequence[VisitFacts],
    now: datetime,
    recorded_by_id: int | None,
    corrects: bool = False,
) -> list[Outcome]:
    """Record the visits that are not known yet and settle every duty they satisfy. Return what became of each.

    Visits are recognised within the file and among those stored, whatever their origin (visits.sameness). What a row
    adds is filled in; where it contradicts, nothing is changed unless `corrects`.
    """
    clocks = clocks_lock(care_record__resident__in={visit.resident_id for visit in visits})
    book = _Book(community_id, visits, corrects)
    outcomes = book.settle()
    book.write(now, recorded_by_id)
    residents = dict(
        CareRecord.objects.unscoped("an import reads the whole community")
        .filter(clock__in=clocks, resident__in=book.touched)
        .values_list("pk", "resident_id")
    )
    align([clock for clock in clocks if clock.care_record_id in residents], now)
    return outcomes


class _Book:
    """The visits of the people and days of a roster: those stored, and those it adds."""

    def __init__(self, community_id: int, told: Sequence[VisitFacts], corrects: bool) -> None:
        self.community_id, self.told, self.corrects = community_id, told, corrects
        self.known: Mapping[tuple[int, date], list[_Known]] = _stored(community_id, told)
        self.outcomes: dict[int, Outcome] = {}  # by the row's place in the file

    # Three passes over the file: rows that agree are set aside before any is taken for a contradiction, so that the
    # order of the rows decides nothing.
    def settle(self) -> list[Outcome]:
        """Return what becomes of each row."""
        for step in (self._same, self._agreeing, self._remaining):
            for at, told in enumerate(self.told):
                if at not in self.outcomes and (outcome := step(told)) is not None:
                    self.outcomes[at] = outcome
        return [self.outcomes[at] for at in range(len(self.told))]

    def _same(self, told: VisitFacts) -> Outcome | None:
        """Return the outcome of a row equal to a known visit, preferring one that counts over a voided one."""
        alike = [known for known in self.known[told.of] if known.telling == told.telling]
        alike = [known for known in alike if known.is_void or not told.is_voided]
        if alike:
            known = min(alike, key=lambda one: one.is_void)
            known.is_claimed = True
            return Outcome(Became.SAME, known)
        return Outcome(Became.VOID) if told.is_voided else None

    def _agreeing(self, told: VisitFacts) -> Outcome | None:
        """Return the outcome of a row that repeats a visit with fewer words, or fills it."""
        for wanted in (Sameness.SAME, Sameness.ADDS):
            alike = [
                known for known in self._counting(told) if compared(known.telling, told.telling) is wanted
            ]
            alike = [known for known in alike if wanted is Sameness.SAME or _may_fill(known, told)]
            alike = [known for known in alike if not _are_two_rows(known, told)]
            if alike:
                known = min(alike, key=lambda one: one.is_claimed)
                return self._repeated(known) if wanted is Sameness.SAME else self._enriched(known, told)
        return None

    def _remaining(self, told: VisitFacts) -> Outcome:
        """Return the outcome of any other row, compared also with visits that this file has added meanwhile."""
        agreeing = self._agreeing(told)
        if agreeing is not None:
            return agreeing
        others = [
            known
            for known in self._counting(told)
            if compared(known.telling, told.telling) in (Sameness.DIFFERS, Sameness.ADDS)
        ]
        others = [
            known for known in others if not (known.is_claimed and are_apart(known.telling, told.telling))
        ]
        if not others:
            return Outcome(Became.NEW, self._added(told), beside_void=self._is_beside_void(told))
        free = [known for known in others if not known.is_claimed]
        if not free:
            return Outcome(Became.CONFLICT, others[0])
        if len(free) == 1 and self.corrects:
            return self._corrected(free[0], told)
        return Outcome(Became.DIFFERS, free[0] if len(free) == 1 else None)

    def _counting(self, told: VisitFacts) -> Iterator[_Known]:
        return (known for known in self.known[told.of] if not known.is_void)

    def _is_beside_void(self, told: VisitFacts) -> bool:
        return any(
            known.is_void and known.telling.visitor == told.telling.visitor for known in self.known[told.of]
        )

    def _repeated(self, known: _Known) -> Outcome:
        known.is_claimed = True
        return Outcome(Became.SAME if known.visit else Became.REPEATED, known)

    def _enriched(self, known: _Known, told: VisitFacts) -> Outcome:
        known.is_claimed = True
        if known.visit is None:
            assert known.facts is not None  # noqa: S101 - it is one or the other
            known.facts = _filled(known.facts, told)
            known.telling = known.facts.telling
            return Outcome(Became.REPEATED, known)
        was, before = known.telling, fill_blanks(visit=known.visit, more=told.blanks)
        known.telling, known.is_changed = known.visit.telling, True
        return Outcome(Became.ENRICHED, known, before, was)

    def _added(self, told: VisitFacts, corrects: Visit | None = None) -> _Known:
        added = _Known(told.telling, facts=told, corrects=corrects, is_claimed=True)
        self.known[told.of].append(added)
        return added

    def _corrected(self, known: _Known, told: VisitFacts) -> Outcome:
        self.known[told.of].remove(known)
        before = {"voided_at": None, "void_reason": ""}
        return Outcome(Became.CORRECTED, self._added(told, known.visit), before, known.telling)

    def write(self, now: datetime, recorded_by_id: int | None) -> None:
        """Write what was decided: columns that were filled, visits that were voided, visits that are new."""
        every = [known for day in self.known.values() for known in day]
        self.new = [known for known in every if known.facts is not None]
        self.changed = [known.visit for known in every if known.visit is not None and known.is_changed]
        voided = [known.corrects for known in self.new if known.corrects is not None]
        for visit in voided:
            visit.voided_at, visit.void_reason = now, _BY_ROSTER
        columns = ("visited_at", "has_time", "visitor_id", "visitor_post", "visitor_name", "notes", "request")
        rows_update(self.changed, columns)
        rows_update(voided, ("voided_at", "void_reason"))
        for known, pk in zip(self.new, ids_take(Visit, len(self.new)), strict=True):
            known.pk = pk
        rows = (_row(known, self.community_id, now, recorded_by_id) for known in self.new)
        rows_copy(Visit, _VISIT_COLUMNS, rows)

    @property
    def touched(self) -> set[int]:
        """Return the people whose duties may have changed."""
        people = {known.facts.resident_id for known in self.new if known.facts}
        return people | {visit.resident_id for visit in self.changed}


def _stored(community_id: int, told: Sequence[VisitFacts]) -> Mapping[tuple[int, date], list[_Known]]:
    """Return the stored visits of these people on these very days; no others are decrypted."""
    known: dict[tuple[int, date], list[_Known]] = defaultdict(list)
    if not told:
        return known
    days = {facts.of for facts in told}
    moments = [facts.visited_at for facts in told]
    stored = Visit.objects.unscoped("an import reads the whole community").filter(
        community=community_id,
        resident__in={resident for resident, _ in days},
        visited_at__gte=day_of(min(moments))[0],
        visited_at__lt=day_of(max(moments))[1],
    )
    rows = stored.order_by().values_list("pk", "resident_id", "visited_at")
    meant = [pk for pk, resident, at in rows.iterator() if (resident, local_day(at)) in days]
    for visit in (
        Visit.objects.unscoped("an import reads the whole community")
        .filter(pk__in=meant)
        .select_related("visitor")
        .order_by("visited_at", "pk")
    ):
        if visit.voided_at and str(visit.void_reason) == TAKEN_BACK:
            continue
        known[visit.resident_id, local_day(visit.visited_at)].append(
            _Known(visit.telling, visit, pk=visit.pk)
        )
    return known


def _are_two_rows(known: _Known, told: VisitFacts) -> bool:
    """Return whether two rows of the file, neither of which names a visitor, would be made one."""
    is_nobody_named = not known.telling.visitor and not told.telling.visitor
    return is_nobody_named and known.is_claimed and known.telling != told.telling


def _may_fill(known: _Known, told: VisitFacts) -> bool:
    """Return whether a row may fill a visit: with a time after its entry it is another visit, or a slip."""
    is_later = known.visit is not None and told.has_time and told.visited_at > known.visit.received_at
    return not (is_later and known.telling.at is None)


def _filled(first: VisitFacts, more: VisitFacts) -> VisitFacts:
    """Return a visit of this file with what another row of the file adds to it."""
    told, columns = first.telling, dict[str, Any]()
    if told.at is None and more.telling.at is not None:
        columns |= {"visited_at": more.visited_at, "has_time": True}
    if not told.visitor:
        names = ("visitor_id", "visitor_post", "visitor_name")
        columns |= {name: getattr(more, name) for name in names}
    columns |= {
        name: getattr(more, name)
        for name in ("notes", "request")
        if not getattr(told, name) and getattr(more, name)
    }
    return replace(first, **columns)


def _row(known: _Known, community_id: int, now: datetime, recorded_by_id: int | None) -> Sequence[Any]:
    uid, visit = uuid4(), known.facts
    assert visit is not None  # noqa: S101 - only such are written
    return (
        known.pk, uid, community_id, visit.building_id, visit.resident_id, visit.visited_at, visit.has_time, now,
        visit.method, visit.seen, visit.visitor_id, visit.visitor_post, visit.visitor_name,
        seal_value(Visit, "notes", uid, visit.notes), seal_value(Visit, "request", uid, visit.request),
        VisitOrigin.IMPORT, recorded_by_id, None, b"", known.corrects.pk if known.corrects else None,
    )  # fmt: skip
