"""The columns that say where a person lives, and how a row of them is read."""

from __future__ import annotations

from dataclasses import replace

from baibuting.common.tabular.fields import Content, Field
from baibuting.common.tabular.importing import RowInput, said_by_sheet
from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.text import compact, says_nothing
from buildings.addresses import Flat, cell_text, join_flat, parse_entrance, parse_flat_beside, written
from buildings.addresses.names import has_building_word
from buildings.directory import Found, PlaceDirectory, not_found
from buildings.importers import BUILDING, PRECINCT, QUARTER
from buildings.models import Place
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
    """Return the same columns, shown in the template or not, for where one address column is enough."""
    return tuple(replace(item, in_template=shown, fills_down=False) for item in fields)


def take_place(given: RowInput, directory: PlaceDirectory, scope: Scope) -> tuple[int, str, str] | None:
    """Return the flat of a row as (building id, entrance, room), "" for what is not given; None after a refusal."""
    found, key = look_up_place(given, directory)
    if found is None:
        given.refuse(key, "missing", _missing(given))
        return None
    refusal = found.refusal or (not_found(found) if found.building is None else None)
    if refusal is not None or found.building is None:
        refusal = refusal or not_found(found)
        given.refuse(key, refusal.reason, refusal.message)
        return None
    if not scope.covers(found.building.path):
        given.refuse(key, "out of scope", f"{found.building.name}不在您的工作范围内，请联系社区管理员导入。")
        return None
    if found.left_out:
        given.warn(
            key, "left out", "住址里括号中的文字或电话不属于室号，没有采用；需要保留的请写到备注栏或电话栏。"
        )
    return found.building.pk, found.entrance, found.room


def look_up_place(given: RowInput, directory: PlaceDirectory) -> tuple[Found | None, str]:
    """Return what the row's address means, from one column or several, and the column to blame. None: not given.

    Where the columns name no building it may be in the heading above, in the sheet's name or in the caption.
    """
    key = "address" if not says_nothing(given.cell("address")) else "building"
    try:
        text = cell_text(given.cell(key))
    except CellError as error:
        return Found(None, refusal=error), key
    column = compact(given.cell("quarter"))
    quarter = column or _quarter_said(given, directory)
    found = _by_sheet(given, directory, text, quarter)
    if found is None and not text:
        return None, "address" if given.has("address") else "building"
    found = found or directory.find(text, quarter, compact(given.cell("precinct")))
    if found.building is None:
        unknown = given.has("quarter") and bool(quarter) and directory.quarter(quarter) is None
        return found, "quarter" if unknown else key
    if column and directory.quarter(column) != found.quarter:
        refusal = CellError("quarter twice", "苑区一栏与住址里写的苑区不一样，请核对。")
        return replace(found, refusal=refusal), "quarter"
    return _with_columns(given, found, found.building, key)


def _by_sheet(given: RowInput, directory: PlaceDirectory, text: str, quarter: str) -> Found | None:
    """Return the place in the sheet's building, where the row names a flat at most; None otherwise."""
    if given.has("building") or has_building_word(written(text)):
        return None
    said = next((found for one in _said(given) if (found := directory.said_by(one, quarter))), None)
    if said is None or said.building is None:
        return said if not text else None
    try:
        flat = parse_flat_beside(text, said.building.name, said.entrance)
    except CellError as error:
        return replace(said, refusal=error) if not given.has("address") else None
    return replace(said, entrance=flat.entrance, room=flat.room, left_out=flat.left_out)


def _with_columns(given: RowInput, found: Found, building: Place, key: str) -> tuple[Found, str]:
    """Return the place with entrance and room from their columns, and the column to blame for a contradiction."""
    if not given.has("entrance") and not given.has("room"):
        return found, key
    at = "entrance"
    try:
        entrance = parse_entrance(cell_text(given.cell("entrance")))
        entrance = join_flat(entrance, Flat(found.entrance)).entrance
        at = "room"
        flat = parse_flat_beside(cell_text(given.cell("room")), building.name, entrance)
        if found.room and flat.room and flat.room != found.room:
            raise CellError("room twice", "住址和室号两栏写的室号不一样，请核对。")
    except CellError as error:
        return replace(found, refusal=error), at
    left_out = found.left_out or flat.left_out
    return replace(found, entrance=flat.entrance, room=flat.room or found.room, left_out=left_out), key


def _said(given: RowInput) -> list[str]:
    """Return the texts of the sheet outside its columns, the nearest first; a caption cell by cell."""
    return [part for text in said_by_sheet(given.row.table, given.row) for part in reversed(text.split())]


def _quarter_said(given: RowInput, directory: PlaceDirectory) -> str:
    """Return the quarter that a heading, the sheet's name or the caption begins with."""
    areas = (directory.area_said_by(text) for text in _said(given))
    return next((quarter.name for area in areas if (quarter := directory.quarter_of(area))), "")


def _missing(given: RowInput) -> str:
    if given.has("address") or given.has("building"):
        return "请填写住址，如 怡康苑北区302栋2单元601室。"
    return "小标题、工作表名和标题里都没有写明楼栋。请加一列“楼栋”，逐行写明，如 205栋。"
