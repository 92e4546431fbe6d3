"""The columns that say who somebody is and where he lives, and how a row of them is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from baibuting.common.tabular.fields import Field
from baibuting.common.tabular.importing import RowInput, said_by_sheet
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.text import compact, plain, says_nothing
from baibuting.common.tabular.values import (
    birthday_of,
    parse_gender,
    parse_id_number,
    parse_name,
    parse_optional_date,
    parse_phone,
    parse_text,
)
from buildings.addresses import parse_entrance, parse_room
from buildings.directory import Found, PlaceDirectory
from buildings.importers import BUILDING, PRECINCT, QUARTER
from buildings.scope import Scope
from residents.bulk import People, PersonFacts
from residents.models import Household, Resident
from residents.rules import id_number_digest
from visits.services import resident_relocate

NAME = Field(
    "name",
    "姓名",
    ("居民姓名", "对象姓名", "走访对象", "被走访人", "必访对象", "服务对象", "对象", "户主姓名", "名字", "人员姓名", "住户姓名", "被访人", "受访人"),
    example="迪丽努尔·买买提",
    help="必填",
)  # fmt: skip
GENDER = Field("gender", "性别", ("男女",), example="女", choices=("男", "女"), width=8)
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
)
ADDRESS = Field(
    "address",
    "住址",
    ("地址", "家庭住址", "现住址", "居住地址", "家庭地址", "详细地址", "现居住地", "居住地", "常住地址", "住所", "房屋地址", "详细住址", "走访地址", "走访地点", "地点"),
    example="怡康苑北区302栋2单元601室",
    help="必填，如 怡康苑北区302栋2单元601室",
    width=30,
)  # fmt: skip
SPLIT_ADDRESS = (
    QUARTER,
    PRECINCT,
    BUILDING,
    Field("entrance", "单元", ("单元号", "门栋号", "门洞", "所在单元")),
    Field(
        "room",
        "室号",
        ("房号", "室", "房间号", "门牌号", "房屋号", "户号", "房间", "门牌", "户室", "门号", "室号房号"),
    ),
)
BORN_ON = Field("born_on", "出生日期", ("出生年月", "出生年月日", "生日", "出生"), example="1978-03-05")


def in_template(fields: tuple[Field, ...], *, shown: bool) -> tuple[Field, ...]:
    """The same columns, left out of the template or not, where one address column says it all."""
    return tuple(replace(item, in_template=shown, fills_down=False) for item in fields)


def take_place(given: RowInput, directory: PlaceDirectory, scope: Scope) -> tuple[int, str, str] | None:
    """The flat a row speaks of, as (building id, entrance, room); None after a refusal."""
    found, key = look_up_place(given, directory)
    if found is None:
        given.refuse(key, "missing", "请填写住址，如 怡康苑北区302栋2单元601室。")
        return None
    if found.building is None:
        if found.is_ambiguous:
            given.refuse(key, "ambiguous place", "有几栋楼都符合这个住址，请写明苑区和片区。")
        else:
            given.refuse(
                key, "unknown place", "住址里的楼栋不在本社区的楼栋清单中，请核对，或先导入楼栋清单。"
            )
        return None
    if not scope.covers(found.building.path):
        given.refuse(key, "out of scope", f"{found.building.name}不在您的工作范围内，请联系社区管理员导入。")
        return None
    return found.building.pk, found.entrance, found.room


def look_up_place(given: RowInput, directory: PlaceDirectory) -> tuple[Found | None, str]:
    """What the row's address means, from one column or several, and the column to blame. None: nothing is said."""
    quarter, precinct = (compact(given.cell(key)) for key in ("quarter", "precinct"))
    key = "address" if not says_nothing(given.cell("address")) else "building"
    text = compact(given.cell(key))
    if says_nothing(text):
        return None, "address" if given.has("address") else "building"
    found = directory.find(text, quarter, precinct)
    if found.building is None and not given.has("quarter"):
        said = said_by_sheet(given.row.table, given.row)
        quarter = next((title for title in said if directory.quarter(title)), "")
        found = directory.find(text, quarter, precinct) if quarter else found
    if found.building is None and quarter and not directory.quarter(quarter) and given.has("quarter"):
        return found, "quarter"
    entrance = parse_entrance(plain(given.cell("entrance"))) or found.entrance
    room = parse_room(plain(given.cell("room"))) or found.room
    return Found(found.building, entrance, room, found.quarter, found.is_ambiguous), key


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
            resident_relocate(resident=residents[person.pk], to_household=household, now=now)


def digest_of(given: RowInput) -> bytes | None:
    """What the ID number of a row is looked up by; None for none."""
    return id_number_digest(given.take("id_number", parse_id_number, ""))
