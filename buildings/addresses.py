"""An address as people write it, taken apart: 百步亭社区怡康苑北区321栋2单元1601室 → 怡康苑北区 / 321 / 2 / 1601."""

from __future__ import annotations

import re
from dataclasses import dataclass

from baibuting.common.tabular.text import compact
from buildings.rules import natural_key

_SUFFIX = r"(?:号楼|号栋|栋楼|#楼|#栋|栋|幢|座|号|楼|#)"
_NUMBER = r"[A-Za-z]?\d+[A-Za-z]?|[一二三四五六七八九十]+|[A-Za-z]"
_BUILDING = re.compile(rf"第?(?P<number>{_NUMBER})(?:{_SUFFIX}|(?=[-－—–/]|$))")
_ENTRANCE = re.compile(rf"第?(?P<number>{_NUMBER})(?:单元|门栋|门洞|门|梯|单)")
_ROOM = re.compile(
    r"(?:第?[\d一二三四五六七八九十]+(?:楼|层))?(?P<room>\d+[A-Za-z]?|[A-Za-z]\d*)(?:室|号房|号|房)?"
)
_DASHES = re.compile(r"[-－—–_/、,，]+")
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


@dataclass(frozen=True, slots=True)
class Flat:
    """What follows the area in an address; "" for what is not said."""

    building: str = ""
    entrance: str = ""
    room: str = ""


def building_key(name: str) -> str:
    """By what a building's name is compared: 301栋, ３０１ 号楼 and 301# are the same; so are 三栋 and 3栋."""
    text = compact(name)
    found = _BUILDING.fullmatch(text) or re.fullmatch(rf"第?(?P<number>{_NUMBER})", text)
    return number_key(found["number"]) if found else text.upper()


def area_key(name: str) -> str:
    """By what a quarter's or precinct's name is compared: 第一片区, 第1片区 and 1片区 are the same."""
    return natural_key(compact(name).removeprefix("第")).upper()


def number_key(text: str) -> str:
    """3, 03, 三 → "3"; a3 → "A3"."""
    return _LEADING_ZEROS.sub("", natural_key(text)).upper()


def parse_flat(text: str) -> Flat:
    """The part of an address after the area. What cannot be told apart is kept as the room."""
    rest = compact(text).lstrip("-－—–,，、。.")
    found = _BUILDING.match(rest)
    if found is None:
        return Flat()
    entrance, room = parse_entrance_and_room(rest[found.end() :])
    return Flat(number_key(found["number"]), entrance, room)


def parse_entrance_and_room(text: str) -> tuple[str, str]:
    """2单元1601室, 2-1601, 1601 → entrance and room, either may be ""."""
    rest = _DASHES.sub("-", compact(text)).strip("-")
    found = _ENTRANCE.match(rest)
    if found:
        return number_key(found["number"]), parse_room(rest[found.end() :])
    entrance, dash, room = rest.partition("-")
    if dash and re.fullmatch(_NUMBER, entrance):
        return number_key(entrance), parse_room(room)
    return "", parse_room(rest)


def parse_entrance(text: str) -> str:
    """2, 2单元, 二单元 → "2"; anything else as it stands."""
    rest = compact(text).strip("-")
    found = _ENTRANCE.fullmatch(rest) or re.fullmatch(rf"第?(?P<number>{_NUMBER})", rest)
    return number_key(found["number"]) if found else rest[:10]


def parse_room(text: str) -> str:
    """1601, 1601室, 16楼1601 → "1601"; anything else as it stands, at most 20 characters."""
    rest = compact(text).strip("-－—–,，、")
    found = _ROOM.fullmatch(rest)
    return found["room"].upper() if found else rest[:20]
