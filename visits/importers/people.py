"""The columns that identify a person, and how a row of them is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from baibuting.common.tabular.fields import Content, Field
from baibuting.common.tabular.importing import Intake, RowInput
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.report import ImportReport
from baibuting.common.tabular.values import parse_gender, parse_id_number, parse_phone, parse_text
from buildings.addresses import flat_shown
from buildings.directory import PlaceDirectory
from buildings.scope import Scope
from residents.bulk import HouseholdKey, Match, People, PersonConflictError, PersonFacts
from residents.choices import DocumentKind, Gender
from residents.models import Household, Resident
from residents.rules import id_number_digest
from visits.importers.birthdays import take_birthday
from visits.importers.documents import take_documents
from visits.importers.homes import take_place
from visits.importers.names import take_name
from visits.services import resident_relocate

NAME = Field(
    "name",
    "姓名",
    ("居民姓名", "对象姓名", "走访对象", "被走访人", "必访对象", "服务对象", "对象", "名字", "人员姓名", "住户姓名", "被访人", "受访人"),
    example="迪丽努尔·买买提",
    help="必填",
    weak_synonyms=("户主姓名", "户主"),
    content=Content.NAME,
)  # fmt: skip
GENDER = Field(
    "gender", "性别", ("男女",), example="女", choices=("男", "女"), width=8, content=Content.GENDER
)
ID_NUMBER = Field(
    "id_number",
    "身份证号",
    (
        "身份证号码",
        "身份证",
        "公民身份号码",
        "证件号码",
        "证件号",
        "身份号码",
        "居民身份证号",
        "居民身份证号码",
    ),
    example="429999197803051768",
    help="18 位，请设为文本",
    width=22,
    content=Content.ID_NUMBER,
)
PHONE = Field(
    "phone",
    "联系电话",
    (
        "电话",
        "手机",
        "手机号",
        "手机号码",
        "联系方式",
        "电话号码",
        "本人电话",
        "联系号码",
        "联系手机",
        "家庭电话",
    ),
    example="19900000000",
    width=16,
    content=Content.PHONE,
)
BORN_ON = Field(
    "born_on",
    "出生日期",
    ("出生年月", "出生年月日", "生日", "出生"),
    example="1978-03-05",
    content=Content.BIRTHDAY,
)
DOCUMENT_KIND = Field(
    "document_kind",
    "证件类型",
    ("证件种类", "证件类别", "证照类型", "证件名称"),
    example="护照",
    help="身份证以外的证件，如 护照",
    choices=DocumentKind.labels[1:],
    in_template=False,
)
DOCUMENT_NUMBER = Field(
    "document_number",
    "其他证件号码",
    ("其他证件号", "护照号", "护照号码", "通行证号", "通行证号码"),
    in_template=False,
)
_GENDERS: Mapping[str, str] = dict(Gender.choices)
_DOCUMENTS: Mapping[str, str] = dict(DocumentKind.choices)


def take_person(given: RowInput, directory: PlaceDirectory, scope: Scope, today: date) -> PersonFacts | None:
    """Return the person of a row; None where a cell is refused.

    A phone, sex or document that cannot be read, and a sex that contradicts the ID number, costs that cell, with a
    warning; a birthday that contradicts it costs the row.
    """
    name, fate = take_name(given)
    id_number, kind, number = take_documents(given)
    phone = given.take_or_warn("phone", parse_phone, "")
    gender = given.take_or_warn("gender", parse_gender, "")
    if id_number and gender and gender != gender_of(id_number):
        given.warn(
            "gender", "gender differs", "性别与身份证号不符，性别没有采用，其余已采用，请核对哪一处是对的。"
        )
        gender = ""
    birthday = take_birthday(given, id_number, today)
    home = take_place(given, directory, scope)
    if home is None or not given.is_sound:
        return None
    return PersonFacts(
        name, home, id_number, phone, gender, birthday.day, document_kind=kind, document_number=number,
        birthday_is_said=birthday.is_said, fate=fate,
    )  # fmt: skip


def gender_of(id_number: str) -> str:
    """Return the sex written in an ID number: its 17th digit is odd for a man. Source: GB 11643-1999."""
    return Gender.MALE if int(id_number[16]) % 2 else Gender.FEMALE


def notes_of(cell: Cell) -> str:
    """Return the text of a remark."""
    return parse_text(cell, 2000, "文字")


@dataclass(frozen=True, slots=True)
class Entered:
    """A row that was accepted, and the person it is about."""

    given: RowInput
    match: Match


def enter_person(intake: Intake, people: People, given: RowInput, facts: PersonFacts) -> Entered | None:
    """Enter the person of a row, with its warnings; None where it contradicts stored data, and is refused."""
    try:
        match = people.enter(facts)
    except PersonConflictError as error:
        intake.reject(given, error.column, error.reason, error.message)
        return None
    for remark in match.remarks:
        intake.warn(given, remark.column, remark.reason, remark.message)
    return Entered(given, match)


def people_write(people: People, now: datetime) -> None:
    """Create, change and move the people of a roster, with their clocks."""
    people.write(now)
    move_people(people, now)


def move_people(people: People, now: datetime) -> None:
    """Move registered people into the flats a roster gives them; their open duties follow."""
    moving = [person for person in people.known.values() if person.moves_to]
    residents = (
        Resident.objects.unscoped("people whom the import has found in its community")
        .select_related("household__building")
        .in_bulk([person.pk for person in moving])
    )
    for person in moving:
        if person.moves_to:
            household = Household.objects.select_related("building").get(
                pk=people.households[person.moves_to]
            )
            people.before.setdefault(person.pk, {})["household_id"] = residents[person.pk].household_id
            resident_relocate(resident=residents[person.pk], to_household=household, now=now)


def tell_people(
    report: ImportReport, people: People, entered: Sequence[Entered], directory: PlaceDirectory
) -> None:
    """Report the people of a roster once they are written: the changes, and what undoes them."""
    for home in people.new_households:
        report.note_created("residents.household", people.households[home])
    for person in people.added:
        report.note_created("residents.resident", person.pk)
    for pk, before in people.before.items():
        report.note_changed("residents.resident", pk, before)
    for one in entered:
        _report_changes(report, people, one, directory)


def count_people(report: ImportReport, entered: Sequence[Entered]) -> None:
    """Count every person of the rows once."""
    persons = {one.match.person.pk: one.match.person for one in entered}.values()
    created = sum(person.is_new for person in persons)
    updated = sum(person.is_changed for person in persons)
    report.count("人", created=created, updated=updated, unchanged=len(persons) - created - updated)


def _report_changes(report: ImportReport, people: People, one: Entered, directory: PlaceDirectory) -> None:
    match, before = one.match, people.before.get(one.match.person.pk, {})
    subject = match.person.name
    for column, value in match.changes.items():
        if column in one.given.row.table.fields.by_key:
            report.changes.append(
                one.given.change(column, subject, _shown(column, before.get(column)), _shown(column, value))
            )
    if match.moved_from is not None:
        old, new = (_address(home, directory) for home in (match.moved_from, match.person.lives_in))
        key = "address" if one.given.has("address") else "building"
        report.changes.append(one.given.change(key, subject, old, new))


def _shown(column: str, value: Any) -> str:
    """Return a value as a clerk reads it."""
    if column == "gender":
        return _GENDERS[value] if value else ""
    if column == "document_kind":
        return _DOCUMENTS[value] if value else ""
    return value.isoformat() if isinstance(value, date) else str(value or "")


def _address(home: HouseholdKey, directory: PlaceDirectory) -> str:
    building_id, entrance, room = home
    return f"{directory.by_id[building_id].name}{flat_shown(entrance, room)}"


def digest_of(given: RowInput) -> bytes | None:
    """Return the digest that the ID number of a row is looked up by; None for none."""
    return id_number_digest(given.take("id_number", parse_id_number, ""))
