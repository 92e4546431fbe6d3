"""Rosters of 必访对象: one row per person with one or several categories, from a day to a day."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from baibuting.common.days import local_day
from baibuting.common.tabular.fields import Field, FieldSet
from baibuting.common.tabular.importing import Intake, RowInput
from baibuting.common.tabular.meaning import Fate
from baibuting.common.tabular.problems import LayoutError
from baibuting.common.tabular.report import Correction, Counts, ImportReport, Progress
from baibuting.common.tabular.text import plain, says_nothing
from buildings.addresses import names_buildings
from buildings.directory import PlaceDirectory
from buildings.models import Place
from buildings.scope import Scope
from residents.bulk import People, Person, PersonFacts
from residents.choices import ENDS_WITH, EndReason, LeftReason
from visits.bulk.care import CareBook, CareConflictError, CareFacts, Step
from visits.facts import rounds_rewritten
from visits.going_live import brought
from visits.importers.categories import CATEGORY, TICK_FIELDS, TICKS, CategoryBook, Member, take_members
from visits.importers.fates import (
    FATE_FIELDS,
    OVER,
    Leaving,
    Said,
    doubt_in_notes,
    take_fates,
    take_leaving,
    warn_of_unread_states,
)
from visits.importers.homes import ADDRESS, SPLIT_ADDRESS, in_template
from visits.importers.leaving import LeavingBook
from visits.importers.people import (
    BORN_ON,
    DOCUMENT_KIND,
    DOCUMENT_NUMBER,
    GENDER,
    ID_NUMBER,
    NAME,
    PHONE,
    Entered,
    enter_person,
    notes_of,
    people_write,
    take_person,
    tell_people,
)
from visits.importers.periods import (
    PERIOD_FIELDS,
    START_KEYS,
    STARTED_ON,
    PeriodReader,
    ends_category,
    reason_of,
    reason_of_fate,
)

CARE_FIELDS = FieldSet(
    kind="care",
    title="五必访对象台账",
    fields=(
        NAME,
        GENDER,
        ID_NUMBER,
        DOCUMENT_KIND,
        DOCUMENT_NUMBER,
        PHONE,
        ADDRESS,
        CATEGORY,
        STARTED_ON,
        Field(
            "notes", "备注", ("说明", "备注说明", "情况说明", "基本情况", "主要情况", "困难情况"), width=24
        ),
        *in_template(SPLIT_ADDRESS, shown=False),
        replace(BORN_ON, in_template=False),
        *PERIOD_FIELDS,
        *FATE_FIELDS,
        *TICK_FIELDS,
    ),
    needed=(("name",), ("address", "building")),
    said_outside={"building": names_buildings},
)
_LEFT_BY = {EndReason.DIED: LeftReason.DIED, EndReason.MOVED: LeftReason.MOVED}


@dataclass(slots=True)
class _Listed:
    """A valid row: the person, the records, and any leaving. `key_of` names the column of each record's dates."""

    given: RowInput
    person: PersonFacts
    entries: list[tuple[Member, CareFacts]]
    leaving: Leaving | None
    entered: Entered | None = None
    steps: list[Step] = field(default_factory=list)

    @property
    def known(self) -> Person | None:
        """Return the person of the row, once found or about to be registered."""
        return self.entered.match.person if self.entered else None

    @property
    def order(self) -> tuple[bool, date]:
        """Return the sort key: periods that are over go first, to make room for those that run."""
        return (
            any(facts.ended_on is None for _, facts in self.entries),
            min((facts.started_on for _, facts in self.entries), default=date.max),
        )


@transaction.atomic
def care_import(
    *,
    data: bytes,
    community: Place,
    now: datetime,
    user: User | None,
    mapping: Mapping[str, str],
    progress: Progress | None = None,
    scope: Scope = Scope.EVERYWHERE,
    corrections: Collection[str] = (),
    spread_days: int = 0,
) -> ImportReport:
    """Reconcile people and their care records with a roster, and their clocks. Raises TabularError or LayoutError.

    A record is a person, a category and a period. One that is not listed stays; one that has ended is not reopened;
    the first day of a running one moves only where `corrections` holds `Correction.STARTS`. First rounds of new records
    that began before today are spread over `spread_days`, 0 for not at all.
    """
    intake = Intake(data, CARE_FIELDS, mapping, progress)
    directory = PlaceDirectory.load(community)
    reader = _Reader(directory, CategoryBook(), scope, local_day(now))
    reader.refuse_without_categories(intake)
    rows = [row for given in intake.rows() if (row := reader.read(given))]
    people = People(community, (row.person for row in rows), scope)
    taken = _find_people(intake, people, rows)
    book = CareBook(people, corrections)
    leavings = LeavingBook(intake, book)
    taken = [row for row in taken if leavings.note(row.given, row.known, row.leaving)]
    leavings.tell_book()
    taken = [row for row in sorted(taken, key=lambda row: row.order) if _take(intake, book, row)]
    intake.report.accepted += len(taken)
    people.keep_added({row.known.pk for row in taken if row.known})
    people_write(people, now)
    tell_people(intake.report, people, [row.entered for row in taken if row.entered], directory)
    _note_moved_starts(intake.report, taken, book, now)
    for row in taken:
        leavings.follow(row.given, row.known, row.leaving, row.steps)
    leavings.write(now, user)
    added = _write(intake.report, book, now, spread_days, user)
    intake.report.brings = brought(community=community, record_ids=added, now=now)
    _count(intake.report, people, book)
    _say_without_start(intake, taken)
    return intake.finish()


def _find_people(intake: Intake, people: People, rows: Iterable[_Listed]) -> list[_Listed]:
    """Return the rows whose person is found or can be registered; the others are refused."""
    taken = []
    for row in rows:
        row.entered = enter_person(intake, people, row.given, row.person)
        if row.entered is not None:
            taken.append(row)
    return taken


def _take(intake: Intake, book: CareBook, row: _Listed) -> bool:
    """Apply the records of a row, all or none. Return False where it is refused."""
    if row.known is None:
        return False
    try:
        row.steps = [book.plan(row.known, member.category, facts) for member, facts in row.entries]
    except CareConflictError as error:
        intake.reject(row.given, _date_key(row.given), error.reason, error.message)
        return False
    for step in row.steps:
        book.take(step)
        if step.remark:
            intake.warn(row.given, _date_key(row.given), *step.remark)
        subject = f"{row.known.name}（{step.stretch.category.public_label}）"
        for key, old, new in step.changes:
            intake.report.changes.append(row.given.change(key, subject, old, new))
    return True


def _date_key(given: RowInput) -> str:
    """Return the column to blame where a row's dates do not fit what is registered."""
    keys = (*START_KEYS, *(one.key for one in PERIOD_FIELDS))
    return next((key for key in keys if given.has(key)), "started_on")


def _write(
    report: ImportReport, book: CareBook, now: datetime, spread_days: int, user: User | None
) -> list[int]:
    """Write the records, and note what it takes to undo that. Return the keys of new ones."""
    report.count("条", created=len(book.added), updated=len(book.changed), unchanged=len(book.unchanged))
    added, changed = book.write(now, spread_days=spread_days, by=user)
    for pk in added:
        report.note_created("residents.carerecord", pk)
    for pk, before in changed:
        report.note_changed("residents.carerecord", pk, before)
    return added


def _note_moved_starts(report: ImportReport, rows: Iterable[_Listed], book: CareBook, now: datetime) -> None:
    """Count the rows whose first day differs, and the rounds that moving it would change."""
    steps = [step for row in rows for step in row.steps if step.moves_to and step.stretch.record]
    moves = {step.stretch.record.pk: step.moves_to for step in steps if step.stretch.record and step.moves_to}
    if book.moves_starts or not moves:
        return
    rounds = rounds_rewritten(moves, now)
    for step in steps:
        if step.stretch.record:
            report.note_correctable(Correction.STARTS, rounds=rounds[step.stretch.record.pk])


def _count(report: ImportReport, people: People, book: CareBook) -> None:
    """Count records and, beside them, people. A record whose person's details changed counts as updated."""
    touched = sum(people.known[one.person_id].is_changed for one in book.unchanged)
    report.count("条", updated=touched, unchanged=-touched)
    listed = {one.person_id for one in (*book.added, *book.touched.values())}
    persons = [people.known[pk] for pk in listed]
    new, changed = sum(one.is_new for one in persons), sum(one.is_changed for one in persons)
    report.units["人"] = Counts(new, changed, len(persons) - new - changed)


def _say_without_start(intake: Intake, rows: Iterable[_Listed]) -> None:
    """Warn once per file without a column of first days: new records begin today and running ones stay."""
    first = next(
        (row for row in sorted(rows, key=lambda row: row.given.row.number) if _opens_today(row)), None
    )
    if first is not None:
        intake.warn(
            first.given, "started_on", "no start",
            "名册没有“纳入日期”一栏（登记时间、填表日期不算）：新登记的从今天起算，已在册的不变；以下各行同样处理。",
        )  # fmt: skip


def _opens_today(row: _Listed) -> bool:
    return any(not facts.is_dated for _, facts in row.entries)


@dataclass(slots=True)
class _RowSaid:
    """What a row says beside its categories. `is_alone`: it names one; `is_doubtful`: a note says it may be over."""

    given: RowInput
    periods: PeriodReader
    said: list[Said]
    leaving: Leaving | None
    notes: str
    is_alone: bool
    is_doubtful: bool = False


class _Reader:
    """Parses rows: the person, the categories, from when to when, and whether they have left."""

    def __init__(
        self, directory: PlaceDirectory, categories: CategoryBook, scope: Scope, today: date
    ) -> None:
        self.directory, self.categories, self.scope, self.today = directory, categories, scope, today

    def refuse_without_categories(self, intake: Intake) -> None:
        """Raise LayoutError where neither a column nor the sheet says which category people belong to."""
        for table in intake.tables:
            columns = table.header.columns
            if "category" in columns or any(key in columns for key in TICKS.values()):
                continue
            if self.categories.said_by_table(table):
                continue
            raise LayoutError(
                "缺少必需的列：对象类别。请加上这一列，或在标题中只写一个类别（如“孤寡老人台账”），再导入。",
                recognised=intake.report.recognised,
                unrecognised=intake.report.unrecognised,
                missing=["对象类别"],
            )

    def read(self, given: RowInput) -> _Listed | None:
        """Return a row with all its errors reported; None where they cost the row."""
        person = take_person(given, self.directory, self.scope, self.today)
        members = take_members(given, self.categories)
        said = [
            *take_fates(given, person),
            *(Said(one.fate, one.key, one.day, one.words) for one in members if one.fate),
        ]
        said += _said_by_reason(given)
        _warn_of_doubts(given, said)
        leaving = take_leaving(given, said, self.today)
        is_alone = len(members) == 1
        periods = PeriodReader(given, self.today, person.born_on if person else None, is_alone=is_alone)
        row = _RowSaid(given, periods, said, leaving, given.take("notes", notes_of, ""), is_alone)
        row.is_doubtful = doubt_in_notes(given) is not None
        warn_of_unread_states(given)
        entries = [(member, facts) for member in members if (facts := self._facts(row, member))]
        if not members:
            periods.start("")  # errors of the date are reported beside errors of the category
        if person is None or not given.is_sound:
            return None
        if not entries:
            given.refuse("category", "missing category", f"请填写类别：{self.categories.labels}。")
            return None
        return _Listed(given, person, entries, leaving or _leaving_by_end(entries, given))

    def _facts(self, row: _RowSaid, member: Member) -> CareFacts | None:
        """Return the period of one category of a row; None after a refusal, or where it is dropped with a warning."""
        given, periods, said, leaving = row.given, row.periods, row.said, row.leaving
        code = member.category.code
        started_on, span_end, is_dated = periods.start(code)
        runs = any(one.runs_on for one in said)
        ended_on, key, planned = periods.end(code, runs)
        if ended_on is None and span_end is not None:
            key = "span"
            ended_on, planned = (span_end, planned) if span_end <= self.today else (None, span_end)
        reason = periods.reason(code, key) if ended_on else ""
        if ended_on is None and leaving is not None:
            ended_on, reason = leaving.day, ENDS_WITH[leaving.reason]
        elif ended_on is None:
            over = _over(member, said, code)
            if over is not None and (over.day is None or over.day > self.today):
                _ask_for_day(given, over, member, alone=row.is_alone)
                return None
            if over is not None:
                ended_on, reason = over.day, reason_of_fate(over.fate, code)
        if started_on is None:
            return None
        if ended_on and is_dated and ended_on < started_on:
            given.refuse(key, "date", "终止日期早于纳入日期，请核对。")
            return None
        if ended_on and leaving and ended_on > leaving.day:
            given.refuse(
                key, "date", f"终止日期晚于此人{leaving.reason.label}的日期 {leaving.day:%Y-%m-%d}，请核对。"
            )
            return None
        return CareFacts(
            started_on,
            ended_on,
            reason,
            row.notes,
            is_dated=is_dated,
            planned_end=planned,
            is_doubtful=row.is_doubtful,
        )


def _warn_of_doubts(given: RowInput, said: Iterable[Said]) -> None:
    """Warn of a word that leaves open whether a person is still on the list (失联, 收监, 申请退出); they stay."""
    for one in said:
        if one.fate is Fate.DOUBTFUL:
            given.warn(one.key, "state", f"“{one.words[:20]}”看不出是否仍在册，按仍在册登记，请核对。")


def _said_by_reason(given: RowInput) -> list[Said]:
    """Return the end stated by a reason without its day: it is over, and the day is asked for."""
    cell = given.cell("end_reason")
    if says_nothing(cell) or not says_nothing(given.cell("ended_on")):
        return []
    fates = {EndReason.DIED: Fate.DIED, EndReason.MOVED: Fate.MOVED}
    return [Said(fates.get(EndReason(reason_of(plain(cell))), Fate.ENDED), "end_reason", None, plain(cell))]


def _over(member: Member, said: list[Said], code: str) -> Said | None:
    """Return what ends this category: a word beside it, else one about the person; one with a day is preferred."""
    own = (
        [Said(member.fate, member.key, member.day, member.words)]
        if member.fate in OVER and member.fate
        else []
    )
    found = [
        *own,
        *(
            one
            for one in said
            if one.key not in ("category", *TICKS.values()) and ends_category(one.fate, code)
        ),
    ]
    return min(found, key=lambda one: one.day is None, default=None)


def _ask_for_day(given: RowInput, over: Said, member: Member, *, alone: bool) -> None:
    """Report an end without a day: the row is refused or, where it names other categories, warned of."""
    words = (
        f"“{over.words[:20]}”说明已不再是{member.category.public_label}" if over.words else "这里说明已经终止"
    )
    if alone or over.key not in ("category", *TICKS.values()):
        given.refuse(over.key, "ended", f"{words}，请写明终止日期，或不要列入。")
    else:
        given.warn(over.key, "ended", f"{words}，没有写明日期，这一类没有采用；如仍有在册记录，请办理终止。")


def _leaving_by_end(entries: list[tuple[Member, CareFacts]], given: RowInput) -> Leaving | None:
    """Return the leaving of a person whose end reason is death or moving away."""
    for _, facts in entries:
        reason = _LEFT_BY.get(EndReason(facts.end_reason)) if facts.end_reason else None
        if reason is not None and facts.ended_on is not None:
            return Leaving(
                reason, facts.ended_on, "ended_on" if given.has("ended_on") else "end_reason", is_end=True
            )
    return None
