"""The rows of a list of buildings, read and merged: each building once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from baibuting.common.tabular.importing import Intake, RowInput, said_by_sheet
from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.text import compact, half_width, says_nothing
from baibuting.common.tabular.values import parse_count, parse_text
from buildings.addresses import area_key, building_key
from buildings.directory import PlaceDirectory
from buildings.importers.names import ListedNames, NamedBuildings

_COUNTS = ("entrance_count", "floor_count", "household_count")


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A valid row as written: `building` may name several."""

    given: RowInput
    quarter: str
    precinct: str
    building: str
    details: dict[str, Any]


@dataclass(slots=True)
class Listed:
    """A building to be created or updated: where it lies and what the file says of it."""

    given: RowInput
    quarter: str
    precinct: str
    building: str
    details: dict[str, Any]
    entrances: frozenset[str] = frozenset()

    @property
    def key(self) -> tuple[str, str, str]:
        return area_key(self.quarter), area_key(self.precinct), building_key(self.building)


def read_row(given: RowInput) -> PlaceRow | None:
    """Return a row as written; None where a cell is refused."""
    said = said_by_sheet(given.row.table, given.row)
    quarter = compact(given.cell("quarter")) or (said[0] if said and not given.has("quarter") else "")
    names = {
        "quarter": quarter,
        "precinct": compact(given.cell("precinct")),
        "building": half_width(given.cell("building")),
    }
    for key, name in names.items():
        if says_nothing(name):
            given.refuse(key, "missing", f"请填写{given.row.table.fields.by_key[key].label}。")
        elif len(name) > 50:
            given.refuse(key, "too long", "名称超过 50 个字，请缩短。")
    details: dict[str, Any] = {
        key: given.take_or_warn(key, _count, None) for key in _COUNTS if given.has(key)
    }
    if given.has("remark"):
        details["remark"] = given.take("remark", _remark, "")
    return PlaceRow(given, details=details, **names) if given.is_sound else None


def _count(cell: Cell) -> int | None:
    """Return a count; reads 3个单元 too. Raises CellError "number", also for 约42户."""
    return parse_count(re.sub(r"个(?:单元|门栋)$", "个", cell.strip()) if isinstance(cell, str) else cell)


def _remark(cell: Cell) -> str:
    return parse_text(cell, 200, "备注")


class Collected:
    """The buildings of a list, each once: rows that name several split, rows of one building merged."""

    def __init__(self, intake: Intake, directory: PlaceDirectory, rows: Sequence[PlaceRow]) -> None:
        self.intake, self.rows = intake, rows
        self.names = ListedNames(directory, [(row.quarter, row.precinct, row.building) for row in rows])
        self.found: dict[tuple[str, str, str], Listed] = {}

    def listed(self) -> list[Listed]:
        """Return the buildings in the order of the file; rows that are not certain are refused."""
        for row in self.rows:
            try:
                named = self.names.read(row.quarter, row.precinct, row.building)
                self._take(row, named)
            except CellError as error:
                self.intake.reject(row.given, "building", error.reason, error.message)
            else:
                self.intake.report.accepted += 1
        return list(self.found.values())

    def _take(self, row: PlaceRow, named: NamedBuildings) -> None:
        if len(named.names) > 1:
            self._take_several(row, named)
            return
        if named.left_out:
            self.intake.warn(
                row.given,
                "building",
                "left out",
                "括号里的文字不算楼栋名称，没有采用；需要保留的请写到备注栏。",
            )
        listed = Listed(row.given, row.quarter, row.precinct, named.names[0], row.details, named.entrances)
        first = self.found.setdefault(listed.key, listed)
        if first is not listed:
            self._put_together(first, listed)

    def _take_several(self, row: PlaceRow, named: NamedBuildings) -> None:
        for name in named.names:
            listed = Listed(row.given, row.quarter, row.precinct, name, {})
            self.found.setdefault(listed.key, listed)
        message = f"这一行写了几栋楼，按 {len(named.names)} 栋分别登记：{'、'.join(named.names)[:60]}。"
        if any(value not in (None, "") for value in row.details.values()):
            message += "单元数、层数、户数和备注看不出是哪一栋的，没有采用；请逐栋写明后再导入。"
        self.intake.warn(row.given, "building", "several buildings", message)

    def _put_together(self, first: Listed, again: Listed) -> None:
        """Merge a building listed again: other entrances are added, an equal row changes nothing.

        Raises CellError "duplicate" where the two contradict each other.
        """
        if first.entrances and again.entrances and not first.entrances & again.entrances:
            first.details = _sum_of(first.details, again.details)
            first.entrances |= again.entrances
            self.intake.warn(
                again.given,
                "building",
                "put together",
                f"与第 {first.given.row.number} 行是同一栋楼（{first.building}）的不同单元，已合成一栋，单元数和户数相加。",
            )
        elif not first.details and again.details:
            first.details, first.given = (
                again.details,
                again.given,
            )  # the first was a row of several buildings
        elif first.details != again.details or first.entrances != again.entrances:
            raise CellError(
                "duplicate", f"与第 {first.given.row.number} 行是同一栋，但内容不同，请只留一行。"
            )


def _sum_of(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return the sum of two parts of a building; None for a count that one of them lacks."""
    together: dict[str, Any] = {}
    for key in one.keys() | other.keys():
        mine, theirs = one.get(key), other.get(key)
        if key == "remark":
            together[key] = "；".join(dict.fromkeys(filter(None, (mine, theirs))))[:200]
        elif key == "floor_count":
            together[key] = mine if mine == theirs else None
        else:
            together[key] = None if mine is None or theirs is None else mine + theirs
    return together
