"""The places that a cell names: the community, quarters, precincts, buildings, several of them at once."""

from __future__ import annotations

import re

from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.text import half_width
from buildings.addresses import written
from buildings.addresses.writing import NUMERALS, in_digits
from buildings.choices import Level
from buildings.directory import PlaceDirectory
from buildings.models import Place

# 怡和苑 contains 和: the words join only after what ends as an area or a building does
_SEPARATOR = re.compile(r"[、,;/&+\n。]|(?<=[区格栋幢座楼号#])[和及与]|(?<=苑)[和及与](?=.{2})")
_COMMUNITY = re.compile(r"(?:本|全|整个)?(?:社区|辖区)(?:全部|全域|全辖区|范围)?")
_EVERY = re.compile(
    r"(?:全部|所有|全体|整个|各)(?:楼栋|栋|楼|片区|苑区|小区|网格)?|全(?:片区|苑区|小区|网格|苑)"
)
_NUMBER = rf"\d{{1,2}}|[{NUMERALS}]{{1,3}}"
_ENDS_IN_NUMBER = re.compile(rf"(?<![\d{NUMERALS}])第?(?:{_NUMBER})$")
_PRECINCT_WORD = re.compile(r"片区?$|网格$")
_PRECINCT_RANGE = re.compile(
    r"第?(?P<first>\d{1,2})(?:片区?|网格)?[-~～至到]第?(?P<last>\d{1,2})(?P<word>片区?|网格)"
)


class CoverageReader:
    """Parses cells that say which places an organisation covers."""

    def __init__(self, directory: PlaceDirectory) -> None:
        self.directory = directory

    def places(self, text: str, inside: Place | None) -> list[Place]:
        """Return the places a cell names, in its order; `inside` is the area that the row gives elsewhere, if any.

        第一片区、321-324栋; 怡康苑北区第一至第三片区; 全社区. An area named once holds for the parts after it.
        Raises CellError where one of them is unknown, or not certain.
        """
        found: list[Place] = []
        for part in _parts(text):
            if _COMMUNITY.fullmatch(part) or part == written(self.directory.community.name):
                found.append(self.directory.community)
                continue
            area, rest = self._area(part, inside)
            found += self._named(rest, area)
            inside = self.directory.quarter_of(area) or inside
        return list(dict.fromkeys(found))

    def _area(self, part: str, inside: Place | None) -> tuple[Place | None, str]:
        """Return the area that a part begins with, or else lies in, and the rest of the part."""
        area, rest = self.directory.leading_area(part)
        if area is None and inside is not None and inside.level in (Level.QUARTER, Level.PRECINCT):
            if _EVERY.fullmatch(part):
                return inside, ""
            quarter = self.directory.quarter_of(inside)
            area, rest = self.directory.leading_area(f"{quarter.name if quarter else ''}{part}")
        return area, rest

    def _named(self, rest: str, area: Place | None) -> list[Place]:
        if not rest or _EVERY.fullmatch(rest):
            if area is None:
                raise CellError("several buildings", "写的是“全部”，请写明是哪个苑区或片区，或写“全社区”。")
            return [area]
        if _PRECINCT_WORD.search(rest):
            return self._precincts(rest, area)
        return self._buildings(rest, area)

    def _precincts(self, text: str, quarter: Place | None) -> list[Place]:
        found = _PRECINCT_RANGE.fullmatch(in_digits(text))
        if found is None:
            return [self._precinct(text, quarter)]
        first, last = int(found["first"]), int(found["last"])
        if first >= last:
            raise CellError(
                "unknown place", "看不出写的是从第几片区到第几片区，请逐个写明，如“第一片区、第二片区”。"
            )
        return [self._precinct(f"第{number}{found['word']}", quarter) for number in range(first, last + 1)]

    def _precinct(self, name: str, quarter: Place | None) -> Place:
        name = f"{name}区" if name.endswith("片") else name
        place = self.directory.precinct(name, quarter or self.directory.community)
        if place is None:
            raise CellError(
                "unknown place",
                "没有找到这个片区，或几个苑区都有这样的片区。请写明苑区，如“怡康苑北区第一片区”。",
            )
        return place

    def _buildings(self, text: str, area: Place | None) -> list[Place]:
        quarter = self.directory.quarter_of(area)
        precinct = area.name if area is not None and area.level == Level.PRECINCT else ""
        return self.directory.several(text, quarter.name if quarter else "", precinct)


def _parts(text: str) -> list[str]:
    """Return the parts of a cell; a bare number takes the word of the next part: 一、二片区 → 一片区, 二片区."""
    parts = [part for one in _SEPARATOR.split(half_width(text).upper()) if (part := written(one))]
    word = ""
    for index in reversed(range(len(parts))):
        found = _PRECINCT_WORD.search(parts[index])
        if word and _ENDS_IN_NUMBER.search(parts[index]):
            parts[index] += word
        else:
            word = found[0] if found else ""
    return parts
