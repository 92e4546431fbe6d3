"""Rosters of residents."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from baibuting.common.days import local_day
from baibuting.common.tabular.fields import Field, FieldSet
from baibuting.common.tabular.importing import Intake, RowInput
from baibuting.common.tabular.meaning import Fate
from baibuting.common.tabular.report import ImportReport, Progress
from buildings.addresses import names_buildings
from buildings.directory import PlaceDirectory
from buildings.models import Place
from buildings.scope import Scope
from residents.bulk import People, PersonFacts
from visits.importers.homes import ADDRESS, SPLIT_ADDRESS, in_template
from visits.importers.people import (
    BORN_ON,
    DOCUMENT_KIND,
    DOCUMENT_NUMBER,
    GENDER,
    ID_NUMBER,
    NAME,
    PHONE,
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
    ),
    needed=(("name",), ("address", "building")),
    said_outside={"building": names_buildings},
)


# No category runs out in a list of residents; of somebody who died or moved it must not be said that he lives here.
_GONE: dict[Fate, str] = {Fate.DIED: "已去世", Fate.MOVED: "已搬走"}


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
        facts = _read(given, directory, scope, today)
        if facts is not None:
            rows.append((given, facts))
    people = People(community, (facts for _, facts in rows), scope)
    entered = [one for given, facts in rows if (one := enter_person(intake, people, given, facts))]
    intake.report.accepted = len(entered)
    people_write(people, now)
    count_people(intake.report, entered)
    tell_people(intake.report, people, entered, directory)
    return intake.finish()


def _read(given: RowInput, directory: PlaceDirectory, scope: Scope, today: date) -> PersonFacts | None:
    """What a row says of somebody; None where it is refused."""
    facts = take_person(given, directory, scope, today)
    outside, notes = (given.take_or_warn(key, notes_of, "") for key in ("outside_address", "notes"))
    if facts is None:
        return None
    if facts.fate in _GONE:
        given.refuse(
            "name",
            "has left",
            f"姓名后写着{_GONE[facts.fate]}，没有按在住登记。请在居民页面办理离开，或更正后再导入。",
        )
        return None
    if facts.fate is not None:
        given.warn("name", "remark", "姓名后的备注没有采用，其余已采用，请核对。")
    return replace(facts, outside_address=outside, notes=notes)
