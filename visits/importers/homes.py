"""The columns that say where somebody lives, and how a row of them is read."""

from __future__ import annotations

from dataclasses import replace

from baibuting.common.tabular.fields import Content, Field
from baibuting.common.tabular.importing import RowInput, said_by_sheet
from baibuting.common.tabular.text import compact, plain, says_nothing
from buildings.addresses import parse_entrance, parse_room
from buildings.directory import Found, PlaceDirectory
from buildings.importers import BUILDING, PRECINCT, QUARTER
from buildings.scope import Scope

ADDRESS = Field(
    "address",
    "住址",
    ("地址", "家庭住址", "现住址", "居住地址", "家庭地址", "详细地址", "现居住地", "居住地", "常住地址", "住所", "房屋地址", "详细住址", "走访地址", "走访地点", "地点"),
    example="怡康苑北区302栋2单元601室",
    help="必填，如 怡康苑北区302栋2单元601室",
    width=30,
    content=Content.ADDRESS,
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
