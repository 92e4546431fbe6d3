"""The grammar of entrance and room, and their one normal form.

What offices write of a flat is either normalised or refused; nothing else may be stored as a room, since the columns
are not sealed. The normal form parses to itself, alone and as an export writes it (2单元601室).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache

from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.text import plain, says_nothing
from buildings.addresses.names import building_key, has_building_word
from buildings.addresses.writing import in_digits, written

LONGEST_ENTRANCE = 4
LONGEST_ROOM = 20

_STEMS = "甲乙丙丁戊己庚辛壬癸"
_SIDE = "[东南西北中左右前后上下内外]"
_KINDS = "门面|门市|商铺|商业|底商|铺面|铺位|店面|车库|车位|阁楼|架空层|杂物间|储藏室|储物间|平房|门卫室|值班室|传达室|地下室|配电房|物业|跃层|夹层"
_ENTRANCE = re.compile(
    rf"第?(?P<name>\d{{1,3}}[A-Z]?|[A-Z]\d{{0,2}}|{_SIDE}{{1,2}}|[{_STEMS}])(?:号?单元|号?门栋|号?门洞|号门|门|号?梯|单)(?![面市卫])"
)
_ENTRANCE_NAME = re.compile(rf"第?(?P<name>\d{{1,3}}[A-Z]?|[A-Z]\d{{0,2}}|{_SIDE}{{1,2}}|[{_STEMS}])号?")
_SHORT_ENTRANCE = re.compile(rf"\d{{1,2}}[A-Z]?|[A-Z]\d?|{_SIDE}|[{_STEMS}]")

_REMARK = re.compile(r"[(\[【〔<《{]([^()\[\]【】〔〕<>《》{}]*)[)\]】〕>》}]?")
_PART_OF_ROOM = re.compile(rf"{_SIDE}{{1,2}}[户侧边]?|[A-Z]|[{_STEMS}]")
_ROOM_IN_BRACKETS = re.compile(r"-?\d{3,5}[A-Z]?室?")
_CONTACT = re.compile(
    r"[,;:.。、 /-]*(?:(?:本人|家庭|联系|儿子|女儿|家属)*(?:电话|手机|座机|TEL)(?:号码?)?[:.]?\s?(?:\+?86-?)?[\d -]{7,16}"
    r"|(?<!\d)1[3-9]\d{9})$"
)

_DAY = re.compile(
    r"(?:19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}.*|\d{1,2}月\d{1,2}[日号]?|\d{4}年\d{1,2}月?|"
    r"(?:\d{1,2}-)?(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[A-Z]*(?:-\d{1,4})?"
)

_BELOW_GROUND = re.compile(
    r"^(?:负|地下第?|-(?=\d{1,2}[楼层F]|\d-\d{3}))(?P<floor>\d{1,2})(?:[楼层F]-?|-)(?P<door>.*)$"
)
_FLOOR = re.compile(r"第?(?P<floor>\d{1,2})[楼层F]-?(?P<door>.*)")
_NUMBER = rf"(?:\d{{1,5}}[A-Z{_STEMS}]{{0,2}}|[A-Z]{{1,2}}\d{{0,4}})"
_PLAIN = re.compile(rf"(?P<number>-?{_NUMBER})")
_SIDED = re.compile(rf"(?P<number>{_NUMBER}?)(?:室|号|-)?(?P<side>{_SIDE}{{1,2}})[户侧边]?")
_PARTED = re.compile(r"(?P<number>-?\d{1,5}[A-Z]?)(?:室|号)?[-之](?P<part>\d{1,5}[A-Z]?|[A-Z])")
_ANNEX = re.compile(
    r"(?P<number>\d{0,5}[A-Z]?)(?:室|号)?-?附-?(?P<annex>\d{1,3})(?:号|-)*(?P<room>\d{0,5}[A-Z]?)"
)
_KIND = re.compile(
    rf"(?P<before>\d{{0,4}}[A-Z]?)(?:号|-)?(?P<kind>{_KINDS})(?:-|第)?(?P<after>{_NUMBER}?)号?"
)
_END = re.compile(
    r"(?<=[\dA-Z东南西北中左右前后上下内外甲乙丙丁戊己庚辛壬癸楼面市铺商库位间房])(?:室|号房间?|号室?|房间?|住?户|间)$"
)
_ROOM_WORD_INSIDE = re.compile(rf"(?<=\d)室(?=[A-Z{_STEMS}东南西北中左右前后])")
_SEVERAL = re.compile(r"[、,;/&+和及与]")

_UNKNOWN = "室号里有看不懂的内容。这一栏只写单元和室号，如 2单元601室；电话、证件号码、病情等请写到备注栏。"


@dataclass(frozen=True, slots=True)
class Flat:
    """Entrance and room in normal form; "" for what is not given. `left_out`: a remark or a phone was cut off."""

    entrance: str = ""
    room: str = ""
    left_out: bool = False


def cell_text(cell: Cell) -> str:
    """Return a cell about a flat as text. Raises CellError "date room" where Excel has made a date of it."""
    if isinstance(cell, date | time | timedelta):  # a datetime is a date
        raise _made_a_date()
    return "" if says_nothing(cell) else plain(cell)


@lru_cache(maxsize=10_000)  # a roster names the same few flats in building after building
def parse_flat(text: str) -> Flat:
    """Return 2单元1601室, 2-1601, 1601, 负一楼101, 门面3号 … in normal form.

    Raises CellError "room" for what the grammar does not know, "date room" for a date. The message does not quote it.
    """
    if says_nothing(text):
        return Flat()
    rest, left_out = _without_remarks(written(text))
    rest = in_digits(rest.strip(",:.。"))
    if not rest:
        return Flat(left_out=left_out)
    if _DAY.fullmatch(rest):
        raise _made_a_date()
    entrance, room = _several(rest)
    if len(room) > LONGEST_ROOM:
        raise CellError("room", f"室号超过 {LONGEST_ROOM} 个字，请缩短。")
    return Flat(entrance, room, left_out)


def parse_entrance(text: str) -> str:
    """Return 2, 2单元, 二单元, 东单元 as "2", "东". Raises CellError "entrance" for anything else, "date room" for a date."""
    rest, _ = _without_remarks(written(text))
    rest = in_digits(rest)
    if says_nothing(text) or not rest or rest in ("无单元", "不分单元"):
        return ""
    if _DAY.fullmatch(rest):
        raise _made_a_date()
    found = _ENTRANCE.fullmatch(rest) or _ENTRANCE_NAME.fullmatch(rest)
    if found is None:
        raise CellError("entrance", "看不懂这个单元，请只写单元号，如 2 或 东；没有单元请留空。")
    return found["name"]


def normal_flat(entrance: str, room: str) -> tuple[str, str]:
    """Return entrance and room, from separate columns, in normal form: ("", "1-101") and ("一单元", "0101") are one flat.

    Raises CellError where one of them is not understood or holds more, "entrance twice" where the room names another
    entrance.
    """
    flat = join_flat(parse_entrance(entrance), parse_flat(room))
    if flat.left_out:
        raise CellError("room", "括号里的文字或电话不属于室号，请去掉；需要保留的请写到备注栏或电话栏。")
    return flat.entrance, flat.room


def flat_shown(entrance: str, room: str) -> str:
    """Return entrance and room as an office writes them after the building, so that they parse back: 2单元601室.

    A room below ground is 负101室 there: in 5栋-101室 the sign might separate two numbers.
    """
    door = f"负{room[1:]}" if room.startswith("-") and not entrance else room
    return (f"{entrance}单元" if entrance else "") + (f"{door}室" if door else "")


def join_flat(entrance: str, flat: Flat) -> Flat:
    """Return the flat with a separate entrance. Raises CellError "entrance twice" where it names another one."""
    if entrance and flat.entrance and entrance != flat.entrance:
        raise CellError(
            "entrance twice",
            f"单元写了两次，一处是 {entrance}，一处是 {flat.entrance}，请核对。如果室号里的 {flat.entrance} 是楼层，"
            f"请写成 {flat.entrance}楼。",
        )
    return Flat(entrance or flat.entrance, flat.room, flat.left_out)


def parse_flat_beside(text: str, building: str, entrance: str = "") -> Flat:
    """Return the flat in a cell, given its building's name and its entrance: 301-1-104 in 301栋 is 1-104.

    Raises CellError as `parse_flat` does, "entrance twice" where it contradicts the entrance, and "room" where it
    may or may not begin with the building's number (1-3-301 in 1栋).
    """
    shorter = _behind_own_name(in_digits(written(text)), building)
    plain_reading = _try(text, entrance)
    other = _try(shorter, entrance) if shorter else None
    if (
        isinstance(other, Flat)
        and isinstance(plain_reading, Flat)
        and text.count("-") > 1
        and other != plain_reading
    ):
        raise CellError("room", "看不出最前面的数字是楼栋还是单元，请写成 2单元601室 的样子。")
    chosen = plain_reading if isinstance(plain_reading, Flat) or not isinstance(other, Flat) else other
    if isinstance(chosen, CellError):
        raise chosen
    return chosen


def _try(text: str, entrance: str) -> Flat | CellError:
    try:
        return join_flat(entrance, parse_flat(text))
    except CellError as error:
        return error


def _behind_own_name(text: str, building: str) -> str:
    """Return what follows the building's own name or number; "" where the text does not begin with it."""
    key = building_key(building)
    for end in range(len(text) - 1, 0, -1):
        if building_key(text[:end]) == key:
            rest = text[end:]
            return rest[1:] if rest.startswith("-") else rest if has_building_word(text[:end]) else ""
    return ""


def flat_is_coarser(said: tuple[int, str, str], known: tuple[int, str, str]) -> bool:
    """Return whether a home (building id, entrance, room) is less specific than another and does not contradict it."""
    return (
        said != known
        and said[0] == known[0]
        and all(one in ("", other) for one, other in zip(said[1:], known[1:], strict=True))
    )


def _made_a_date() -> CellError:
    return CellError(
        "date room", "室号被表格软件变成了日期。请把这一格设为文本，重新填写单元和室号，如 3-101。"
    )


def _not_understood() -> CellError:
    return CellError("room", _UNKNOWN)


def _without_remarks(text: str) -> tuple[str, bool]:
    """Return a text without bracketed remarks and without a phone at its end, and whether there was one.

    301(左) keeps what is part of the room, (301室) the room itself.
    """
    left_out = False

    def keep(found: re.Match[str]) -> str:
        nonlocal left_out
        said, before = found[1], found.string[: found.start()]
        if _PART_OF_ROOM.fullmatch(said):
            return said
        if _ROOM_IN_BRACKETS.fullmatch(said) and not re.search(r"[\d室]$", before):
            return said
        left_out = True
        return ""

    rest = _REMARK.sub(keep, text)
    shorter = _CONTACT.sub("", rest)
    return shorter, left_out or shorter != rest


def _several(text: str) -> tuple[str, str]:
    """Return entrance and room of joined flats: 301、302室 is one room "301、302"; 2/601 is an entrance and a room."""
    parts = _SEVERAL.split(text)
    if len(parts) == 1:
        return _one(text)
    if len(parts) == 2 and re.fullmatch(r"\d{1,2}", parts[0]) and re.fullmatch(r"\d{3,5}[A-Z]?室?", parts[1]):
        return parts[0], _room(parts[1])
    flats = [_one(part) for part in parts]
    entrances = {entrance for entrance, _ in flats[1:]} - {"", flats[0][0]}
    if entrances or not all(re.fullmatch(r"-?[A-Z]?\d{3,5}[A-Z]?", room) for _, room in flats):
        raise _not_understood()
    return flats[0][0], "、".join(dict.fromkeys(room for _, room in flats))


def _one(text: str) -> tuple[str, str]:
    if has_building_word(text):
        raise CellError("room", "室号里写了楼栋，请只写单元和室号，如 2单元601室，楼栋写到楼栋一栏。")
    is_dashed = text.startswith("-") and bool(_ENTRANCE.match(text[1:]))
    found = _ENTRANCE.match(text[1:] if is_dashed else text)
    if found is None:
        return _by_dashes(text)
    rest = found.string[found.end() :]
    if rest.startswith("-") and (is_dashed or not re.match(r"-[12]\d\d(?!\d)", rest)):
        rest = rest[1:]  # in 1单元-601 the sign separates, 1单元-101 is below ground
    again, room = _by_dashes(rest)
    if again not in ("", found["name"]):
        room = _on_floor(again, room)
    return found["name"], room


def _by_dashes(text: str) -> tuple[str, str]:
    """Return entrance and room of 2-1601, 1-3-301 where 3 is the floor, 1-301-2 where 301 is let in parts."""
    if text.startswith("-"):
        return "", _room(text)
    head, dash, rest = text.partition("-")
    if not dash or not _SHORT_ENTRANCE.fullmatch(head):
        return "", _room(text)
    middle, again, door = rest.partition("-")
    if again and re.fullmatch(r"\d{1,2}", middle):
        return head, _on_floor(middle, _room(door))
    return head, _room(rest)


def _on_floor(floor: str, room: str) -> str:
    """Return the room on a given floor. Raises CellError where the room's number implies another floor."""
    said = _floor_of(room)
    if said is None:
        return f"{floor}-{room}" if re.fullmatch(r"\d{1,2}[A-Z]?", room) and floor.isdigit() else _refuse()
    if said != floor:
        raise CellError("room", f"写的是 {floor} 楼，室号却不在这一层，请核对单元、楼层和室号。")
    return room


def _refuse() -> str:
    raise _not_understood()


def _floor_of(room: str) -> str | None:
    """Return the floor of a room: 601 → "6", 1601 → "16"; None for what is no room's number."""
    found = re.match(r"(\d{1,3})\d\d(?!\d)", room)
    return found[1] if found else None


def _room(text: str) -> str:
    """Return one room in normal form. Raises CellError "room"."""
    if text in ("", "室"):
        return ""
    if (kind := _of_a_kind(text)) is not None:
        return kind  # 地下室 and 门卫室 end in 室, which also follows a number
    text = _ROOM_WORD_INSIDE.sub("", _END.sub("", _END.sub("", text)))
    for read in (_plain_room, _below_ground, _by_floor, _parted, _annex, _sided, _of_a_kind):
        room = read(text)
        if room is not None:
            return in_digits(room)
    raise _not_understood()


def _plain_room(text: str) -> str | None:
    found = _PLAIN.fullmatch(f"-{text[1:]}" if re.match(r"负\d{3}", text) else text)
    return found["number"] if found else None


def _below_ground(text: str) -> str | None:
    """Return a room below ground: 负一楼101 → -101, 负一楼 → 负1楼."""
    found = _BELOW_GROUND.fullmatch(text)
    if found is None:
        return None
    door = _room(found["door"].removeprefix("-")) if found["door"] else ""
    if re.fullmatch(r"\d{3,5}[A-Z]?", door):
        return f"-{_on_floor(found['floor'], door)}"
    return f"负{found['floor']}楼{_door(door)}"


def _by_floor(text: str) -> str | None:
    """Return a room given with its floor: 3楼301 → 301, 3楼左 → 3楼左, 3楼01 → 3楼1."""
    found = _FLOOR.fullmatch(text)
    if found is None:
        return None
    door = _room(found["door"]) if found["door"] else ""
    if _floor_of(door) is not None:
        return _on_floor(found["floor"], door)
    return f"{found['floor']}楼{_door(door)}"


def _door(door: str) -> str:
    """Return a unit on a floor: a side, a letter or a short number. Raises CellError "room"."""
    if door and not re.fullmatch(rf"{_SIDE}{{1,2}}|\d{{1,2}}[A-Z]?|[A-Z]\d?", door):
        raise _not_understood()
    return door


def _parted(text: str) -> str | None:
    """Return a part of a room: 301-2 and 301之2 are one; 301-302 are two flats side by side."""
    found = _PARTED.fullmatch(text)
    if found is None:
        return None
    number, part = in_digits(found["number"]), in_digits(found["part"])
    if number.isdigit() and part.isdigit() and len(number) >= 3 and int(part) == int(number) + 1:
        return f"{number}、{part}"
    return f"{number}-{part}" if len(part) < 3 else None


def _annex(text: str) -> str | None:
    """Return a room with an annex: 附1号101 and 301附1号."""
    found = _ANNEX.fullmatch(text)
    if found is None or (found["number"] and found["room"]):
        return None
    return f"{found['number']}附{found['annex']}号{found['room']}"


def _sided(text: str) -> str | None:
    """Return a room named by its side: 301左, 东户."""
    found = _SIDED.fullmatch(text)
    return f"{found['number']}{found['side']}" if found else None


def _of_a_kind(text: str) -> str | None:
    """Return a room named by its use: 门面3号, 3号门面, 门卫室."""
    found = _KIND.fullmatch(text)
    if found is None or (found["before"] and found["after"]):
        return None
    number = in_digits(found["before"] or found["after"])
    return f"{found['kind']}{number}号" if number else found["kind"]
