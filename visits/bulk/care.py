"""Bulk writes of care records, clocks reconciled, in a constant number of statements a batch."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from accounts.models import User
from baibuting.common.bulk import ids_take, rows_copy
from baibuting.common.fields import seal_value
from baibuting.common.tabular.report import Correction
from duties.models import DutyClock
from residents.bulk import People, Person
from residents.choices import EndReason, LeftReason
from residents.models import CareCategory, CareRecord, Resident
from visits.bulk.align import align
from visits.choices import Source
from visits.services import care_record_correct, clocks_lock, records_spread

# An ordinary roster shows its duties as soon as it is imported; the clocks of a far larger one are left due for the
# sweep, or the import would be held up by years of rounds.
ALIGNED_AT_ONCE = 2_000
_CARE_COLUMNS = (
    "id", "uid", "community_id", "building_id", "resident_id", "category_id", "started_on", "ended_on", "end_reason",
    "notes", "created_at",
)  # fmt: skip
_CLOCK_COLUMNS = ("source", "community_id", "care_record_id", "next_check_at", "failures", "last_failure")


class CareConflictError(Exception):
    """A row contradicts a stored record; `message` is a Chinese sentence."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(reason)
        self.reason, self.message = reason, message


@dataclass(frozen=True, slots=True)
class CareFacts:
    """What a roster says of one record: a category from a day to a day.

    `is_dated`: `started_on` was written there, not assumed. `planned_end` is in the future and ends nothing yet.
    `is_doubtful`: a note says that it is over, without a day.
    """

    started_on: date
    ended_on: date | None = None
    end_reason: str = ""
    notes: str = ""
    is_dated: bool = True
    planned_end: date | None = None
    is_doubtful: bool = False


@dataclass(slots=True)
class Stretch:
    """One record as it will be after the import: registered (`record`), or added by the file (`record` None)."""

    person_id: int
    category: CareCategory
    started_on: date
    ended_on: date | None
    end_reason: str
    notes: str | None = None  # None: unchanged
    record: CareRecord | None = None

    @property
    def is_mistake(self) -> bool:
        """Return whether it was entered by mistake: such a record overlaps no other."""
        return self.end_reason == EndReason.MISTAKE

    @property
    def words(self) -> str:
        """Return the period: 2026-01-05至2026-01-12, or 2026-03-01起在册."""
        if self.ended_on is None:
            return f"{self.started_on:%Y-%m-%d}起在册"
        return f"{self.started_on:%Y-%m-%d}至{self.ended_on:%Y-%m-%d}"

    @property
    def is_changed(self) -> bool:
        """Return whether a registered record would change."""
        if self.record is None:
            return False
        was, now = ((one.started_on, one.ended_on, one.end_reason) for one in (self.record, self))
        return was != now or self.notes is not None

    def overlaps(self, started_on: date, ended_on: date | None) -> bool:
        """Return whether the two periods share a day; first and last days count."""
        begins_by_its_end = ended_on is None or self.started_on <= ended_on
        return (
            not self.is_mistake
            and begins_by_its_end
            and (self.ended_on is None or started_on <= self.ended_on)
        )


@dataclass(frozen=True, slots=True)
class Step:
    """What one row does with one record. `kind` is same, add, end or enrich; `remark` a (reason, sentence) to warn of.

    `moves_to` is another first day of a running record, corrected only where that is ticked.
    """

    kind: str
    stretch: Stretch
    facts: CareFacts
    remark: tuple[str, str] | None = None
    moves_to: date | None = None
    changes: tuple[tuple[str, str, str], ...] = ()  # (field, old, new)

    @property
    def says_something_new(self) -> bool:
        return self.kind in ("add", "end")


@dataclass(frozen=True, slots=True)
class Gone:
    """The day since which a person is dead or lives elsewhere."""

    on: date
    reason: str

    @property
    def sentence(self) -> str:
        if self.reason == LeftReason.DIED:
            return f"此人已于 {self.on:%Y-%m-%d} 去世，不能再列为必访对象；如登记有误，请先在居民页办理“登记有误”，再导入。"
        return f"此人已于 {self.on:%Y-%m-%d} 离开本社区，不能列为必访对象；如已搬回，请先在居民页办理“搬回”，再导入。"


class CareBook:
    """The care records of the people in a roster, stored and as the roster changes them.

    A record is a person, a category and a period: `plan` says what a row does with it, `take` does it, `write` writes
    it all.
    """

    def __init__(self, people: People, corrections: Collection[str] = ()) -> None:
        """Read the records of all registered people, and who of them has left; at most two queries."""
        self.people = people
        self.moves_starts = Correction.STARTS in corrections
        self.stretches: dict[tuple[int, int], list[Stretch]] = {}
        self.gone: dict[int, Gone] = {}
        self.touched: dict[int, Stretch] = {}  # registered records that the file lists, by key
        self._categories: set[int] = set()  # of all stretches
        known = [pk for pk, person in people.known.items() if not person.is_new]  # new people have none yet
        left = Resident.objects.unscoped("an import reads the whole community").filter(
            pk__in=known, left_on__isnull=False
        )
        for pk, left_on, reason in left.values_list("pk", "left_on", "left_reason"):
            if left_on is not None:
                self.gone[pk] = Gone(left_on, reason)
        records = (
            CareRecord.objects.unscoped("an import reads the whole community")
            .filter(resident__in=known)
            .select_related("category")
        )
        for record in records.order_by("started_on", "pk"):
            self._file(
                Stretch(
                    record.resident_id, record.category, record.started_on, record.ended_on, record.end_reason,
                    record=record,
                )
            )  # fmt: skip
            if record.end_reason == EndReason.DIED and record.ended_on:
                self.gone.setdefault(record.resident_id, Gone(record.ended_on, LeftReason.DIED))

    def _file(self, stretch: Stretch) -> None:
        self.stretches.setdefault((stretch.person_id, stretch.category.pk), []).append(stretch)
        self._categories.add(stretch.category.pk)

    # --- what a row does --------------------------------------------------------------------------------------------
    def plan(self, person: Person, category: CareCategory, facts: CareFacts) -> Step:
        """Return what a row does with a person's records of a category, changing nothing. Raises CareConflictError."""
        own = self.stretches.get((person.pk, category.pk), [])
        step = (
            self._dated(person, category, own, facts)
            if facts.is_dated
            else self._undated(person, category, own, facts)
        )
        if step.kind == "add" and facts.is_doubtful and facts.ended_on is None:
            raise CareConflictError(
                "state", "备注写着已不在册，却没有终止日期；请填写终止日期，或从名册里去掉。"
            )
        self._refuse_gone(person, step)
        return step

    def _refuse_gone(self, person: Person, step: Step) -> None:
        """Refuse new records of a person who has died or moved away; what was over by then is history and is kept."""
        gone = self.gone.get(person.pk)
        if gone is None or step.kind in ("same", "enrich"):
            return
        if step.facts.ended_on is None or step.facts.ended_on > gone.on:
            raise CareConflictError("gone", gone.sentence)

    def _undated(self, person: Person, category: CareCategory, own: list[Stretch], facts: CareFacts) -> Step:
        """Plan for a file without a column of first days: open from today, end what runs, and move nothing."""
        running = next((one for one in own if one.ended_on is None), None)
        if running is not None:
            return self._enrich(running, facts)
        ended = [one for one in own if not one.is_mistake and one.ended_on is not None]
        if facts.ended_on is not None:
            same = next((one for one in ended if one.ended_on == facts.ended_on), None)
            if same is not None:
                return self._enrich(same, facts)
            raise CareConflictError(
                "no start", "写了终止日期，却没有纳入日期，此人也没有在册记录可以终止；请加上纳入日期。"
            )
        if ended:
            raise CareConflictError(
                "no start",
                f"此人在该类别的记录已终止（{ended[-1].words}），名册没有纳入日期，看不出是不是重新纳入；请加上纳入日期。",
            )
        return self._add(person, category, facts)

    def _dated(self, person: Person, category: CareCategory, own: list[Stretch], facts: CareFacts) -> Step:
        same = [one for one in own if one.started_on == facts.started_on]
        if same:
            exact = [one for one in same if one.ended_on == (facts.ended_on or facts.planned_end)]
            return self._enrich(min(exact or same, key=lambda one: one.is_mistake), facts)
        running = next((one for one in own if one.ended_on is None), None)
        if running is not None and facts.ended_on is None:
            return self._moved_start(running, own, facts)
        if facts.end_reason != EndReason.MISTAKE:
            _refuse_overlap(own, facts.started_on, facts.ended_on)
        return self._add(person, category, facts)

    @staticmethod
    def _add(person: Person, category: CareCategory, facts: CareFacts) -> Step:
        made = Stretch(person.pk, category, facts.started_on, facts.ended_on, facts.end_reason, facts.notes)
        return Step("add", made, facts)

    def _enrich(self, stretch: Stretch, facts: CareFacts) -> Step:
        """Plan for a row about a stored record: it may end it, and add its notes."""
        changes: list[tuple[str, str, str]] = []
        remark, kind = None, "same"
        if facts.ended_on is not None and stretch.ended_on is None:
            self._refuse_early_end(stretch, facts.ended_on)
            kind = "end"
            changes.append(("ended_on", "", f"{facts.ended_on:%Y-%m-%d}"))
        elif facts.ended_on is not None and facts.ended_on != stretch.ended_on:
            period = Stretch(0, stretch.category, facts.started_on, facts.ended_on, facts.end_reason)
            raise CareConflictError(
                "overlap",
                f"这一行写的是{period.words}，系统里同一天纳入的记录是{stretch.words}，请核对终止日期，或在系统中更正。",
            )
        elif (
            facts.ended_on is None and stretch.ended_on is not None and facts.planned_end != stretch.ended_on
        ):
            remark = (
                "ended",
                f"这条记录已于 {stretch.ended_on:%Y-%m-%d} 终止，名册仍列为在册，没有改动；如终止有误，请在系统中更正。",
            )
        elif facts.is_doubtful and stretch.ended_on is None:
            remark = ("state", "备注写着已不在册，却没有终止日期，仍按在册处理；请办理终止。")
        if facts.notes and _differs(facts.notes, self._notes_of(stretch)):
            kind = "enrich" if kind == "same" else kind
            changes.append(("notes", self._notes_of(stretch), facts.notes))
        return Step(kind, stretch, facts, remark, changes=tuple(changes))

    @staticmethod
    def _refuse_early_end(stretch: Stretch, ended_on: date) -> None:
        if ended_on < stretch.started_on:
            raise CareConflictError(
                "date", f"终止日期早于这条记录的纳入日期 {stretch.started_on:%Y-%m-%d}，请核对。"
            )

    @staticmethod
    def _notes_of(stretch: Stretch) -> str:
        if stretch.notes is not None or stretch.record is None:
            return stretch.notes or ""
        return stretch.record.notes

    def _moved_start(self, running: Stretch, own: list[Stretch], facts: CareFacts) -> Step:
        """Plan for an open row with another first day than the running record's, which stays unless that is ticked."""
        if running.record is None:
            raise CareConflictError(
                "overlap",
                f"同一个人同一类别在文件里有两行都没有终止日期（{running.words}，{facts.started_on:%Y-%m-%d}起在册），请核对。",
            )
        if not self.moves_starts:
            remark = (
                "start",
                f"在册记录的纳入日期是 {running.started_on:%Y-%m-%d}，名册写的是 {facts.started_on:%Y-%m-%d}，"
                "没有改动；确需更正请勾选“更正起点”，重新住院等情况请先终止原来的记录。",
            )
            return Step("same", running, facts, remark, facts.started_on)
        _refuse_overlap([one for one in own if one is not running], facts.started_on, None)
        change = ("started_on", f"{running.started_on:%Y-%m-%d}", f"{facts.started_on:%Y-%m-%d}")
        return Step("enrich", running, facts, None, facts.started_on, (change,))

    # --- doing it ---------------------------------------------------------------------------------------------------
    def take(self, step: Step) -> None:
        """Apply a step of `plan`."""
        stretch, facts = step.stretch, step.facts
        if step.kind == "add":
            self._file(stretch)
            return
        if step.kind == "end":
            stretch.ended_on, stretch.end_reason = facts.ended_on, facts.end_reason
        for name, _, _ in step.changes:
            if name == "notes":
                stretch.notes = facts.notes
            elif name == "started_on":
                stretch.started_on = facts.started_on
        if stretch.record is not None:
            self.touched[stretch.record.pk] = stretch

    def open_since(self, person_id: int) -> list[date]:
        """Return the first days of a person's running records, as the file leaves them, the earliest first."""
        return sorted(
            one.started_on
            for category_id in self._categories
            for one in self.stretches.get((person_id, category_id), ())
            if one.ended_on is None
        )

    def note_ended(self, record: CareRecord) -> None:
        """Note a record that ended because its person left; an end of its own that the file gives stays."""
        own = self.stretches[record.resident_id, record.category_id]
        stretch = next(one for one in own if one.record is not None and one.record.pk == record.pk)
        if stretch.ended_on is None:
            stretch.ended_on, stretch.end_reason = record.ended_on, record.end_reason
        self.touched[record.pk] = stretch

    @property
    def added(self) -> list[Stretch]:
        return [one for own in self.stretches.values() for one in own if one.record is None]

    @property
    def changed(self) -> list[Stretch]:
        return [one for one in self.touched.values() if one.is_changed]

    @property
    def unchanged(self) -> list[Stretch]:
        return [one for one in self.touched.values() if not one.is_changed]

    @property
    def former_values(self) -> list[tuple[int, Mapping[str, Any]]]:
        """Return the keys of the changed records, with their former values."""
        return [(one.record.pk, _before(one)) for one in self.changed if one.record is not None]

    # --- writing ----------------------------------------------------------------------------------------------------
    def write(
        self, now: datetime, *, spread_days: int = 0, by: User | None = None
    ) -> tuple[list[int], list[tuple[int, Mapping[str, Any]]]]:
        """Change and create records and reconcile their clocks; first rounds are spread over `spread_days`.

        Returns the keys of new records, and those of changed ones with their former values. Changes go first: one that
        ends makes room for one that begins.
        """
        before = self.former_values
        for stretch in self.changed:
            _bring_in_line(stretch, now)
        added = self.added
        pks = ids_take(CareRecord, len(added))
        homes = {pk: (person.moves_to or person.home)[0] for pk, person in self.people.known.items()}
        rows_copy(
            CareRecord,
            _CARE_COLUMNS,
            (self._columns(pk, one, homes, now) for pk, one in zip(pks, added, strict=True)),
        )
        community_id = self.people.community.pk
        rows_copy(DutyClock, _CLOCK_COLUMNS, ((Source.CARE, community_id, pk, now, 0, "") for pk in pks))
        if spread_days:
            records_spread(
                community=self.people.community, record_ids=pks, spread_days=spread_days, now=now, by=by
            )
        if len(pks) <= ALIGNED_AT_ONCE:
            align(clocks_lock(care_record__in=pks), now)
        return list(pks), before

    def _columns(self, pk: int, one: Stretch, homes: Mapping[int, int], now: datetime) -> Sequence[Any]:
        uid = uuid4()
        return (
            pk, uid, self.people.community.pk, homes[one.person_id], one.person_id, one.category.pk, one.started_on,
            one.ended_on, one.end_reason, seal_value(CareRecord, "notes", uid, one.notes or ""), now,
        )  # fmt: skip


def _refuse_overlap(own: Sequence[Stretch], started_on: date, ended_on: date | None) -> None:
    """Raise CareConflictError where a period shares a day with another record; both are named."""
    clash = next((one for one in own if one.overlaps(started_on, ended_on)), None)
    if clash is None:
        return
    period = Stretch(0, clash.category, started_on, ended_on, "")
    raise CareConflictError(
        "overlap",
        f"这一行（{period.words}）与此人在该类别的另一段记录（{clash.words}）重叠，请核对日期，或在系统中更正原记录。",
    )


def _differs(new: str, old: str) -> bool:
    """Return whether two notes differ; blanks and line ends are the spreadsheet's."""
    return "".join(new.split()) != "".join(old.split())


def _before(stretch: Stretch) -> Mapping[str, Any]:
    """Return the former values of a registered record, for the columns that the file changes."""
    record = stretch.record
    if record is None:
        raise ValueError("a record that is not registered has no former values")
    now = {"started_on": stretch.started_on, "ended_on": stretch.ended_on, "end_reason": stretch.end_reason}
    before: dict[str, Any] = {
        name: getattr(record, name) for name, value in now.items() if getattr(record, name) != value
    }
    if stretch.notes is not None:
        before["notes"] = record.notes
    return before


def _bring_in_line(stretch: Stretch, now: datetime) -> None:
    record = stretch.record
    if record is None:
        raise ValueError("a record that is not registered is added")
    care_record_correct(
        care_record=record,
        started_on=stretch.started_on,
        ended_on=stretch.ended_on,
        end_reason=stretch.end_reason,
        notes=stretch.notes,
        now=now,
    )
