"""The buildings that the rows of a list of buildings name: one, several, or a part of one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from baibuting.common.tabular.problems import CellError
from buildings.addresses import (
    area_key,
    building_key,
    building_range,
    parse_entrance,
    split_buildings,
    without_areas,
    written,
)
from buildings.addresses.names import NAME_END, is_bare_number
from buildings.directory import PlaceDirectory

# 8栋（1、2单元）, 8栋1-3单元
_ENTRANCES = re.compile(
    rf"(?P<name>.*?{NAME_END})(?:\((?P<inside>[^()]+?)单元\)|(?P<behind>[\dA-Z一二三四五六七八九十、,~-]+)单元)$"
)
_REMARK = re.compile(r"[(\[【〔](?P<said>[^)\]】〕]*)[)\]】〕]?")
_RANGE_BEHIND_WORDS = re.compile(
    r".*[^\d\-~～至到第]第?(?P<first>\d{1,4})(?:号|栋|幢|座|#)?[-~～至到]第?(?P<last>\d{1,4})(?:号楼?|栋|幢|座|#)?"
)
_COMPOUND = re.compile(r"(\d+)-(\d+)")


@dataclass(frozen=True, slots=True)
class NamedBuildings:
    """The buildings that a row names. `entrances`: only these of the one; `left_out`: a remark was cut off."""

    names: tuple[str, ...]
    entrances: frozenset[str] = frozenset()
    left_out: bool = False


class ListedNames:
    """Reads the names in a list of buildings, in view of one another and of the existing buildings."""

    def __init__(self, directory: PlaceDirectory, rows: Sequence[tuple[str, str, str]]) -> None:
        """Index `rows`: quarter, precinct and building of each row, as written."""
        self.directory = directory
        self.keys: dict[str, list[str]] = {}
        for quarter, precinct, building in rows:
            names = split_buildings(without_areas(_bare(building), (quarter, precinct)))
            self.keys.setdefault(area_key(quarter), []).extend(map(building_key, names))

    def read(self, quarter: str, precinct: str, building: str) -> NamedBuildings:
        """Return the buildings a row names. The name of an existing building is always that building.

        Raises CellError where it may be one building or several.
        """
        text = without_areas(building, (quarter, precinct))
        if self._is_known(quarter, text):
            return NamedBuildings((text,))
        found = _ENTRANCES.fullmatch(written(text))
        if found:
            entrances = _entrances(found["inside"] or found["behind"])
            return NamedBuildings((found["name"],), entrances)
        name = _bare(text)
        if "(" in name:
            raise CellError(
                "building", "括号里写了数字，看不出是几栋楼还是哪几个单元，请逐栋写明，每栋一行。"
            )
        left_out = name != written(text)
        _refuse_range_behind_words(name)
        names = self._several(quarter, precinct, name)
        if not left_out and len(names) == 1:
            return NamedBuildings((text,))
        return NamedBuildings(tuple(dict.fromkeys(names)), left_out=left_out)

    def _is_known(self, quarter: str, name: str) -> bool:
        place = self.directory.quarter(quarter)
        return place is not None and bool(self.directory.building(name, place))

    def _several(self, quarter: str, precinct: str, name: str) -> list[str]:
        parts = split_buildings(name)
        suffix = next(
            (found[0] for part in reversed(parts) if (found := re.search(f"{NAME_END}$", part))), ""
        )
        names: list[str] = []
        for part in parts:
            own = without_areas(part, (quarter, precinct))
            numbers = None if self._is_known(quarter, own) else building_range(own)
            if numbers is not None:
                self._refuse_doubtful(quarter, own, numbers)
                names += [f"{number}{suffix}" for number in numbers]
            else:
                names.append(own if len(parts) == 1 else self._one_of_several(quarter, own, suffix))
        return names

    def _one_of_several(self, quarter: str, own: str, suffix: str) -> str:
        """Return one of several: 301 in 301、302栋 is 301栋. Raises CellError for no certain building (商铺 in 14栋、商铺)."""
        if re.search(f"{NAME_END}$", own) or self._is_known(quarter, own):
            return own
        if is_bare_number(own):
            return f"{own}{suffix}"
        raise CellError("several buildings", "这一格写了几处，有的看不出是不是楼栋，请逐栋写明，每栋一行。")

    def _refuse_doubtful(self, quarter: str, name: str, numbers: range) -> None:
        """Raise CellError where 1-3栋 may be one building: 1-1栋 is listed beside it, or 2栋 on its own."""
        found = _COMPOUND.match(building_key(name))
        if found is None:
            return  # 1号楼至3号楼 is a range
        place = self.directory.quarter(quarter)
        listed = list(self.keys.get(area_key(quarter), ()))
        listed += [key for key in self.directory.buildings if place and self.directory.building(key, place)]
        others = [key for key in listed if key != building_key(name)]
        if any(key.startswith(f"{found[1]}-") or key in map(str, numbers) for key in others):
            raise CellError(
                "several buildings", "看不出写的是一栋楼还是从几栋到几栋，请逐栋写明，每栋一行，如 1栋。"
            )


def _refuse_range_behind_words(name: str) -> None:
    """Raise CellError for 别墅区1-20号, an ascending range that is no building's name; not for B区12-1栋."""
    found = _RANGE_BEHIND_WORDS.fullmatch(name)
    if found and int(found["first"]) < int(found["last"]):
        raise CellError(
            "several buildings", "看不出写的是一栋楼还是从几号到几号，请逐栋写明，每栋一行，如 1栋。"
        )


def _bare(name: str) -> str:
    """Return a name without a remark in brackets; one with a number stays."""
    return _REMARK.sub(lambda found: found[0] if re.search(r"[\dA-Z]", found["said"]) else "", written(name))


def _entrances(text: str) -> frozenset[str]:
    """Return the entrances in a text: 1、2 → {"1", "2"}; 1-3 → {"1", "2", "3"}."""
    found: set[str] = set()
    for part in re.split(r"[、,和及]", text):
        numbers = building_range(part)
        found |= {str(number) for number in numbers} if numbers else {parse_entrance(part)}
    return frozenset(found)
