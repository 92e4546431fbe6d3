"""Rosters of residents."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from baibuting.common.days import local_day
from baibuting.common.tabular.fields import Field, FieldSet
from baibuting.common.tabular.importing import Intake, RowInput
from baibuting.common.tabular.meaning import Fate
from baibuting.common.tabular.report import ImportReport, Progress
from baibuting.common.tabular.text import says_nothing
from buildings.addresses import names_buildings
from buildings.directory import PlaceDirectory
from buildings.models import Place
from buildings.scope import Scope
from residents.bulk import People, PersonFacts
from residents.choices import LeftReason
from visits.bulk.care import CareBook
from visits.importers.fates import GONE, LEAVING_FIELDS, Leaving, doubt_in_notes, take_fates, take_leaving
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
    count_people,
    enter_person,
    notes_of,
    people_write,
    take_person,
    tell_people,
)

RESIDENT_FIELDS = FieldSet(
    kind="residents",
    title="居民名册",
    fields=(
        NAME,
        GENDER,
        BORN_ON,
        ID_NUMBER,
        DOCUMENT_KIND,
        DOCUMENT_NUMBER,
        PHONE,
        ADDRESS,
        *in_template(SPLIT_ADDRESS, shown=False),
        Field(
            "outside_address",
            "社区外住址",
            ("户籍地址", "户籍地", "外地住址", "户口所在地", "户籍所在地"),
            width=30,
        ),
        Field("notes", "备注", ("说明", "备注说明"), width=24),
        *LEAVING_FIELDS,
    ),
    needed=(("name",), ("address", "building")),
    said_outside={"building": names_buildings},
)


@dataclass(frozen=True, slots=True)
class _Listed:
    """A valid row: the person, and whether they have left."""

    given: RowInput
    person: PersonFacts
    leaving: Leaving | None


@transaction.atomic
def residents_import(
    *,
    data: bytes,
    community: Place,
    now: datetime,
    user: User | None,
    mapping: Mapping[str, str],
    progress: Progress | None = None,
    scope: Scope = Scope.EVERYWHERE,
    corrections: Collection[str] = (),
) -> ImportReport:
    """Register the residents of a roster and update those already registered. Raises TabularError."""
    intake = Intake(data, RESIDENT_FIELDS, mapping, progress)
    directory, today = PlaceDirectory.load(community), local_day(now)
    rows = [row for given in intake.rows() if (row := _read(given, directory, scope, today))]
    people = People(community, (row.person for row in rows), scope)
    entered = [(row, one) for row in rows if (one := enter_person(intake, people, row.given, row.person))]
    book = CareBook(people)
    leavings = LeavingBook(intake, book)
    entered = [(row, one) for row, one in entered if leavings.note(row.given, one.match.person, row.leaving)]
    people.keep_added({one.match.person.pk for _, one in entered})
    intake.report.accepted = len(entered)
    people_write(people, now)
    count_people(intake.report, [one for _, one in entered])
    tell_people(intake.report, people, [one for _, one in entered], directory)
    for row, one in entered:
        leavings.follow(row.given, one.match.person, row.leaving, ())
        _warn_of_gone(intake, row, one, book)
    leavings.write(now, user)
    _count_leaving(intake.report, leavings, book)
    return intake.finish()


def _read(given: RowInput, directory: PlaceDirectory, scope: Scope, today: date) -> _Listed | None:
    """Return what a row says of a person; None where it is refused."""
    facts = take_person(given, directory, scope, today)
    outside, notes = (given.take_or_warn(key, notes_of, "") for key in ("outside_address", "notes"))
    said = take_fates(given, facts)
    leaving = take_leaving(given, said, today)
    doubt = doubt_in_notes(given)
    if facts is None or not given.is_sound:
        return None
    if doubt is not None and leaving is None:
        given.warn(
            "notes",
            "state",
            "备注像是说已不在本社区或已去世，没有写明日期，仍按在住登记；请核对，需要时办理“迁出/去世”。",
        )
    for one in said:
        if one.fate not in GONE and one.fate is not Fate.RUNNING:
            given.warn(one.key, "remark", "这里的话不是去世也不是迁出，没有采用，其余已采用，请核对。")
    return _Listed(given, replace(facts, outside_address=outside, notes=notes), leaving)


def _warn_of_gone(intake: Intake, row: _Listed, one: Entered, book: CareBook) -> None:
    """Warn of a person who is registered as gone and listed as a resident."""
    gone = book.gone.get(one.match.person.pk)
    if gone is not None and row.leaving is None and says_nothing(row.given.cell("left_on")):
        words = f"此人已登记 {gone.on:%Y-%m-%d} {LeftReason(gone.reason).label}"
        message = f"{words}，名册仍列为在住，没有改动；如登记有误或已搬回，请在居民页办理。"
        intake.warn(row.given, "name", "gone", message)


def _count_leaving(report: ImportReport, leavings: LeavingBook, book: CareBook) -> None:
    """Count people who have left as changed; the records that this ended can be reopened by undoing the import."""
    persons = [person for _, person, _ in leavings.due.values()]
    changed = sum(not person.is_new and not person.is_changed for person in persons)
    report.count("人", updated=changed, unchanged=-changed)
    for pk, before in book.former_values:
        report.note_changed("residents.carerecord", pk, before)
