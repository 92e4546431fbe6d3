"""Names of buildings and areas, and the keys by which their spellings are compared."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from baibuting.common.tabular.text import compact, half_width
from buildings.addresses.writing import NUMERALS, in_digits, written
from buildings.rules import natural_key

SUFFIX = r"(?:号楼|号栋|栋楼|幢楼|座楼|#楼|#栋|栋|幢|座|号|楼|#)"
NAME_END = r"(?:号楼|号栋|栋楼?|幢楼?|座|#[楼栋]?)"  # an unambiguous end of a building's name
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_NUMBER = rf"[A-Z]{{0,2}}\d+[A-Z{_STEMS}]?|[{NUMERALS}]+|[A-Z]|[{_STEMS}]"
_STEM = rf"(?:{_NUMBER})(?:[-附](?:{_NUMBER}))*"
_NUMBERED = re.compile(rf"第?(?P<stem>{_STEM})(?P<suffix>{SUFFIX}?)")
# B区3号楼 and B区3栋, 1期2# and 1期2栋
_NUMBERED_AT_END = re.compile(rf"(?P<before>.+?)第?(?P<stem>\d+[A-Z]?|[{NUMERALS}]+)(?:{SUFFIX})")
_WORD = re.compile(r"号楼|栋|幢|#|(?:[A-Z\d]|[甲乙丙丁])座")

# 怡和苑 contains 和: the words join only after what ends as a building does
_SEPARATOR = re.compile(r"[、,;/&+\n]|(?<=[\d栋幢座楼号#])(?:[和及与]|\s+(?=[\dA-Z]))")
_RANGE = re.compile(
    rf"第?(?P<first>\d{{1,4}})(?:{SUFFIX})?(?:-|~|～|至|到)第?(?P<last>\d{{1,4}})(?:{SUFFIX})?"
)
LONGEST_RANGE = 200


@lru_cache(maxsize=50_000)
def building_key(name: str) -> str:
    """Return the key of a building's name: 301栋, ３０１ 号楼 and 301# are the same; so are 三栋 and 3栋.

    The whole name counts: 12-1栋 is not 12栋, and 幸福楼 has no other spelling.
    """
    text = written(name)
    found = _NUMBERED.fullmatch(text)
    if found:
        return in_digits(found["stem"])
    found = _NUMBERED_AT_END.fullmatch(text)
    return f"{found['before']}{in_digits(found['stem'])}" if found else text


def is_bare_number(text: str) -> bool:
    """Return whether a text is a building's number without 栋: 301, 12-1, A."""
    found = _NUMBERED.fullmatch(text)
    return bool(found and not found["suffix"])


def area_key(name: str) -> str:
    """Return the key of a quarter's or precinct's name: 第一片区, 第1片区 and 1片区 are the same."""
    return natural_key(compact(name).removeprefix("第")).upper()


def names_buildings(text: str) -> bool:
    """Return whether a heading, a sheet's name or a caption seems to name one building or several."""
    return bool(re.search(rf"[\dA-Z{_STEMS}{NUMERALS}](?:号楼|栋|幢|#|座)", written(text))) or bool(
        re.fullmatch(r"\d{3,4}", written(text))
    )


def has_building_word(text: str) -> bool:
    """Return whether a text prepared by `written` contains 栋, 号楼 or the like."""
    return bool(_WORD.search(text))


def split_buildings(text: str) -> list[str]:
    """Return the parts of a cell that may name several buildings: 1-3号楼、5栋 → ["1-3号楼", "5栋"]."""
    parts = (written(part) for part in _SEPARATOR.split(half_width(text).upper()))
    return [part for part in parts if part]


def building_range(text: str) -> range | None:
    """Return the numbers of 1-3号楼, 1号楼至3号楼, 303~305; None for what does not ascend.

    Only the office's list says which of them exist, and whether a building is called 1-3.
    """
    found = _RANGE.fullmatch(in_digits(written(text)))
    if found is None:
        return None
    first, last = int(found["first"]), int(found["last"])
    return range(first, last + 1) if first < last <= first + LONGEST_RANGE else None


def without_areas(name: str, above: Iterable[str]) -> str:
    """Return a building's name without leading names of the areas it lies in: 怡乐苑9栋 → 9栋."""
    rest = compact(name)
    for area in above:
        rest = rest.removeprefix(compact(area)) or rest
    return rest


def several_are_named(text: str) -> bool:
    """Return whether a text names buildings in a list or a range: 302栋、12栋, 1-3号楼."""
    parts = split_buildings(text)
    return has_building_word(written(text)) and (len(parts) > 1 or building_range(parts[0]) is not None)
