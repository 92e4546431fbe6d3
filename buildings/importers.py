"""Rosters of places: one row a building."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from baibuting.common.days import local_day
from baibuting.common.tabular.fields import Content, Field, FieldSet
from baibuting.common.tabular.importing import Intake, RowInput, said_by_sheet
from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.report import ImportReport, Progress
from baibuting.common.tabular.text import compact, says_nothing
from baibuting.common.tabular.values import parse_count, parse_text
from buildings.addresses import area_key, building_key
from buildings.choices import Level
from buildings.directory import PlaceDirectory
from buildings.models import Place
from buildings.scope import Scope
from buildings.services import place_change, place_create, place_move

QUARTER = Field(
    "quarter",
    "苑区",
    (
        "所属苑区",
        "小区",
        "小区名称",
        "所属小区",
        "苑区名称",
        "院区",
        "园区",
        "苑",
        "苑区（小区）",
        "住宅小区",
    ),
    example="怡康苑北区",
    help="必填，同一苑区可合并单元格",
    fills_down=True,
)
PRECINCT = Field(
    "precinct",
    "片区",
    ("所属片区", "片区名称", "网格", "所属网格", "网格名称", "网格编号", "片", "片区（网格）"),
    example="第一片区",
    help="必填，如 第一片区",
    fills_down=True,
)
BUILDING = Field(
    "building",
    "楼栋",
    (
        "楼栋号",
        "楼栋名称",
        "楼号",
        "栋号",
        "楼幢",
        "幢号",
        "楼栋编号",
        "栋",
        "幢",
        "楼",
        "门栋",
        "所属楼栋",
        "楼宇",
    ),
    example="205栋",
    help="必填，如 205栋",
    content=Content.BUILDING,
)
PLACE_FIELDS = FieldSet(
    kind="places",
    title="楼栋清单",
    fields=(
        QUARTER,
        PRECINCT,
        BUILDING,
        Field("entrance_count", "单元数", ("单元", "单元个数", "门栋数", "单元数量"), example="4"),
        Field("floor_count", "层数", ("楼层", "楼层数", "总层数", "楼高", "层"), example="7"),
        Field(
            "household_count", "户数", ("总户数", "住户数", "户", "住户", "居民户数", "套数"), example="56"
        ),
        Field("remark", "备注", ("说明", "备注说明"), width=24),
    ),
    needed=(("building",), ("precinct",)),
)
_COUNTS = ("entrance_count", "floor_count", "household_count")


@dataclass(frozen=True, slots=True)
class _Listed:
    """A sound row: where a building stands and what is known of it."""

    given: RowInput
    quarter: str
    precinct: str
    building: str
    details: dict[str, Any]

    @property
    def key(self) -> tuple[str, str, str]:
        return area_key(self.quarter), area_key(self.precinct), building_key(self.building)


@transaction.atomic
def places_import(
    *,
    data: bytes,
    community_name: str,
    now: datetime,
    user: User | None,
    mapping: Mapping[str, str],
    progress: Progress | None = None,
    scope: Scope = Scope.EVERYWHERE,
) -> ImportReport:
    """Bring a community's tree in line with a list of buildings; places that are not listed stay as they are.

    A building listed in another precinct of its quarter is moved there. The community is created where it is missing.
    Raises TabularError where the file cannot be read.
    """
    intake = Intake(data, PLACE_FIELDS, mapping, progress)
    community = Place.objects.filter(level=Level.COMMUNITY, name=community_name).first()
    if community is None:
        community = place_create(level=Level.COMMUNITY, name=community_name)
        intake.report.created += 1
    else:
        intake.report.unchanged += 1
    Place.objects.select_for_update(of=("self",)).get(pk=community.pk)
    writer = _Writer(PlaceDirectory.load(community), intake, now, user, scope)
    listed: dict[tuple[str, str, str], _Listed] = {}
    for given in intake.rows():
        row = _read(given)
        if row is None:
            continue
        first = listed.setdefault(row.key, row)
        if first.details != row.details:
            given.refuse(
                "building", "duplicate", f"与第 {first.given.row.number} 行是同一栋，但内容不同，请只留一行。"
            )
            continue
        intake.report.accepted += 1
    writer.write(list(listed.values()))
    return intake.finish()


def _read(given: RowInput) -> _Listed | None:
    said = said_by_sheet(given.row.table, given.row)
    quarter = compact(given.cell("quarter")) or (said[0] if said and not given.has("quarter") else "")
    names = {
        "quarter": quarter,
        "precinct": compact(given.cell("precinct")),
        "building": compact(given.cell("building")),
    }
    for key, name in names.items():
        if says_nothing(name):
            given.refuse(key, "missing", f"请填写{given.row.table.fields.by_key[key].label}。")
        elif len(name) > 50:
            given.refuse(key, "too long", "名称超过 50 个字，请缩短。")
    details: dict[str, Any] = {key: given.take(key, parse_count, None) for key in _COUNTS if given.has(key)}
    if given.has("remark"):
        details["remark"] = given.take("remark", _remark, "")
    return _Listed(given, details=details, **names) if given.is_sound else None


def _remark(cell: Cell) -> str:
    return parse_text(cell, 200, "备注")


class _Writer:
    """Writes listed buildings through the services, creating the areas above them once."""

    def __init__(
        self, directory: PlaceDirectory, intake: Intake, now: datetime, user: User | None, scope: Scope
    ) -> None:
        self.directory, self.intake, self.report, self.scope = directory, intake, intake.report, scope
        self.now, self.user = now, user
        self.touched: set[int] = set()

    def write(self, rows: list[_Listed]) -> None:
        elsewhere = self._listed_precincts(rows)
        for row in rows:
            try:
                with transaction.atomic():
                    self._write_one(row, elsewhere)
            except CellError as error:
                self._reject(row, error.reason, error.message)
            except ValidationError as error:
                self._reject(row, "refused", "；".join(error.messages))

    def _reject(self, row: _Listed, reason: str, message: str) -> None:
        self.intake.reject(row.given, "building", reason, message)
        self.report.accepted -= 1

    def _listed_precincts(self, rows: list[_Listed]) -> dict[tuple[str, str], set[str]]:
        """The precincts in which the file lists a building of a quarter."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for row in rows:
            quarter, precinct, building = row.key
            found[quarter, building].add(precinct)
        return found

    def _write_one(self, row: _Listed, elsewhere: dict[tuple[str, str], set[str]]) -> None:
        quarter = self._area(Level.QUARTER, row.quarter, self.directory.community)
        precinct = self._area(Level.PRECINCT, row.precinct, quarter)
        here = self.directory.building(row.building, precinct)
        if here:
            self._bring_in_line(here[0], row.details)
            return
        in_quarter = self.directory.building(row.building, quarter)
        listed = elsewhere[row.key[0], row.key[2]]
        moving = [place for place in in_quarter if self._precinct_key(place) not in listed]
        if moving:
            self._move(moving[0], precinct, row.details)
            return
        self._refuse_outside(precinct)
        details = {key: value for key, value in row.details.items() if value is not None}
        made = place_create(level=Level.BUILDING, name=row.building, parent=precinct, **details)
        self.directory.add(made)
        self.report.created += 1
        self.report.note_created("buildings.place", made.pk)

    def _area(self, level: Level, name: str, parent: Place) -> Place:
        found = (
            self.directory.quarter(name) if level == Level.QUARTER else self.directory.precinct(name, parent)
        )
        if found is None:
            self._refuse_outside(parent)
            found = place_create(level=level, name=name, parent=parent)
            self.directory.add(found)
            self.report.created += 1
            self.report.note_created("buildings.place", found.pk)
        elif found.pk not in self.touched:
            self.report.unchanged += 1
        self.touched.add(found.pk)
        return found

    def _bring_in_line(self, place: Place, details: dict[str, Any]) -> None:
        changed = {
            key: value
            for key, value in details.items()
            if value not in (None, "") and getattr(place, key) != value
        }
        if changed:
            self._refuse_outside(place)
            self.report.note_changed(
                "buildings.place", place.pk, {key: getattr(place, key) for key in changed}
            )
            place_change(place=place, **changed)
            self.report.updated += 1
        else:
            self.report.unchanged += 1

    def _move(self, place: Place, precinct: Place, details: dict[str, Any]) -> None:
        self._refuse_outside(place)
        self._refuse_outside(precinct)
        before = {"parent": place.parent_id, **{key: getattr(place, key) for key in details}}
        self.report.note_changed("buildings.place", place.pk, before)
        place_move(place=place, to_parent=precinct, moved_on=local_day(self.now), user=self.user)
        place.refresh_from_db()
        changed = {key: value for key, value in details.items() if value not in (None, "")}
        if changed:
            place_change(place=place, **changed)
        self.report.updated += 1

    def _precinct_key(self, place: Place) -> str:
        return area_key(self.directory.by_id[place.parent_id].name) if place.parent_id else ""

    def _refuse_outside(self, place: Place) -> None:
        if not self.scope.covers(place.path):
            raise CellError("out of scope", f"{place.name}不在您的工作范围内，请联系社区管理员导入。")
