"""Rosters of residents."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from accounts.models import User
from baibuting.common.days import local_day
from baibuting.common.tabular.fields import Field, FieldSet
from baibuting.common.tabular.importing import Intake, RowInput
from baibuting.common.tabular.report import ImportReport, Progress
from buildings.directory import PlaceDirectory
from buildings.models import Place
from buildings.scope import Scope
from residents.bulk import People, PersonConflictError, PersonFacts
from visits.importers.homes import ADDRESS, SPLIT_ADDRESS, in_template
from visits.importers.people import (
    BORN_ON,
    GENDER,
    ID_NUMBER,
    NAME,
    PHONE,
    move_people,
    notes_of,
    take_person,
)

RESIDENT_FIELDS = FieldSet(
    kind="residents",
    title="居民名册",
    fields=(
        NAME,
        GENDER,
        BORN_ON,
        ID_NUMBER,
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
    ),
    needed=(("name",), ("address", "building")),
    said_outside=frozenset({"building"}),
)


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
    """Register the residents of a roster; those already registered are brought in line. Raises TabularError."""
    intake = Intake(data, RESIDENT_FIELDS, mapping, progress)
    directory, today = PlaceDirectory.load(community), local_day(now)
    rows: list[tuple[RowInput, PersonFacts]] = []
    for given in intake.rows():
        facts = take_person(given, directory, scope, today)
        outside, notes = (given.take(key, notes_of, "") for key in ("outside_address", "notes"))
        if facts is not None and given.is_sound:
            rows.append((given, replace(facts, outside_address=outside, notes=notes)))
    people = People(community, (facts for _, facts in rows), scope)
    found = set()
    for given, facts in rows:
        try:
            found.add(people.find_or_add(facts).pk)
        except PersonConflictError as error:
            intake.reject(given, error.column, error.reason, error.message)
            continue
        intake.report.accepted += 1
    people.write(now)
    move_people(people, now)
    intake.report.journal += people.journal
    persons = [people.known[pk] for pk in found]
    intake.report.created = sum(person.is_new for person in persons)
    intake.report.updated = sum(person.is_changed for person in persons)
    intake.report.unchanged = len(persons) - intake.report.created - intake.report.updated
    return intake.finish()
