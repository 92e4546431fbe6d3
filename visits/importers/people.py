"""The columns that say who somebody is, and how a row of them is read."""

from __future__ import annotations

from datetime import date, datetime

from baibuting.common.tabular.fields import Content, Field
from baibuting.common.tabular.importing import RowInput
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.report import Written
from baibuting.common.tabular.values import (
    birthday_of,
    parse_gender,
    parse_id_number,
    parse_name,
    parse_optional_date,
    parse_phone,
    parse_text,
)
from buildings.directory import PlaceDirectory
from buildings.scope import Scope
from residents.bulk import People, PersonFacts
from residents.models import Household, Resident
from residents.rules import id_number_digest
from visits.importers.homes import take_place
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


def take_person(given: RowInput, directory: PlaceDirectory, scope: Scope, today: date) -> PersonFacts | None:
    """Who a row speaks of; None where a cell is refused."""
    name = given.take("name", parse_name, "")
    id_number = given.take("id_number", parse_id_number, "")
    phone = given.take("phone", parse_phone, "")
    gender = given.take("gender", parse_gender, "")
    born_on = given.take("born_on", parse_optional_date, None) or (
        birthday_of(id_number) if id_number else None
    )
    if born_on and born_on > today:
        given.refuse("born_on" if given.has("born_on") else "id_number", "date", "出生日期晚于今天，请核对。")
    home = take_place(given, directory, scope)
    if home is None or not given.is_sound:
        return None
    return PersonFacts(name, home, id_number, phone, gender, born_on)


def notes_of(cell: Cell) -> str:
    """Free text of a remark."""
    return parse_text(cell, 2000, "文字")


def move_people(people: People, now: datetime) -> None:
    """Put registered people into the flats a roster gives them; their open duties follow."""
    moving = [person for person in people.known.values() if person.moves_to]
    residents = Resident.objects.select_related("household__building").in_bulk(
        [person.pk for person in moving]
    )
    for person in moving:
        if person.moves_to:
            household = Household.objects.select_related("building").get(
                pk=people.households[person.moves_to]
            )
            before = {"household": residents[person.pk].household_id}
            people.journal.append(Written("residents.resident", person.pk, before))
            resident_relocate(resident=residents[person.pk], to_household=household, now=now)


def digest_of(given: RowInput) -> bytes | None:
    """What the ID number of a row is looked up by; None for none."""
    return id_number_digest(given.take("id_number", parse_id_number, ""))
