"""Looking up places of one community by their names in a roster. Loaded once, then plain Python."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.text import half_width
from buildings.addresses import (
    Flat,
    area_key,
    building_key,
    building_range,
    names_buildings,
    parse_flat,
    several_are_named,
    split_buildings,
    without_areas,
    written,
)
from buildings.addresses.names import NAME_END, has_building_word, is_bare_number
from buildings.choices import Level
from buildings.models import Place
from buildings.selectors import path_ids

_BEFORE = re.compile(
    r"^(?:中国|湖北省?|武汉市?|江岸区|(?:\w{2,8}?(?:省|自治区))?(?:\w{2,6}?市)?(?:\w{2,4}?[区县])(?=\w*(?:街|社区|花园)))"
)
_UP_TO_BUILDING = re.compile(r"(.+?(?:号楼|#楼|#栋|栋|幢|座|#))(.*)")
_LONGEST_NAME = 50
_ENDS_AS_BUILDING = re.compile(rf".*{NAME_END}$")
# what a heading says of a place, and words after it without a number: 怡康苑301栋1单元居民花名册
_HEADING = re.compile(
    r"(?P<place>\d{3,4}|[^、,;/&~至到]*?(?:号楼|栋楼?|幢|#楼?|座)(?:第?[\dA-Z东南西北中一二三四五六七八九十]{1,2}单元)?)(?:[^\d栋幢#]*)"
)
_ENTRANCES = re.compile(r"[(（][\s\d一二三四五六七八九十、,，和及至-]+单元[)）]")
# 3楼301 is a floor, 3号门面 a shop: these two words end a building only before what rules that out
_WEAK_END = re.compile(r".*(?<!号)楼$|.*号$")
_AFTER_WEAK_END = re.compile(r"$|-|\d|第?[\dA-Z东南西北中一二三四五六七八九十]{1,3}(?:单元|门栋|梯)")
_EVERY = re.compile(
    r"(?:全部|所有|全体|整个|各)(?:楼栋|栋|楼|片区|苑区|小区|网格)?|全(?:片区|苑区|小区|网格|苑)"
)


@dataclass(frozen=True, slots=True)
class Found:
    """The result of looking an address up. `building` is None where none was found; `is_ambiguous` then says whether
    several match, `names_several` whether the text itself names several. `quarter` is the area that was recognised,
    if any. `refusal` says why the flat in a found building is not understood; `left_out` that a remark or a phone was
    cut off."""

    building: Place | None
    entrance: str = ""
    room: str = ""
    quarter: Place | None = None
    is_ambiguous: bool = False
    names_several: bool = False
    left_out: bool = False
    refusal: CellError | None = None


@dataclass(frozen=True, slots=True)
class _Reading:
    """One parse of a text: buildings of one name, and the flat after it or why there is none."""

    buildings: list[Place]
    flat: Flat
    refusal: CellError | None
    is_certain: bool


@dataclass(slots=True)
class PlaceDirectory:
    """The active places of a community by name."""

    community: Place
    by_id: dict[int, Place] = field(default_factory=dict)
    areas: dict[Level, dict[str, list[Place]]] = field(default_factory=dict)
    buildings: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    heads: dict[tuple[str, str, str], Found] = field(default_factory=dict)
    headings: dict[tuple[str, str], Found | None] = field(default_factory=dict)
    areas_said: dict[str, Place | None] = field(default_factory=dict)
    has_long_names: bool = False  # 3栋附1号: a name continues after the word for a building
    names: dict[tuple[int, Level], list[tuple[str, Place]]] = field(default_factory=dict)

    @classmethod
    def load(cls, community: Place) -> PlaceDirectory:
        """Return the directory of a community's active places. One query."""
        directory = cls(
            community, areas={Level.QUARTER: defaultdict(list), Level.PRECINCT: defaultdict(list)}
        )
        for place in Place.objects.below(community).active().order_by("path"):
            directory.add(place)
        return directory

    def add(self, place: Place) -> None:
        """Add a place."""
        self.by_id[place.pk] = place
        self.names.clear()
        for known in (self.heads, self.headings, self.areas_said):
            known.clear()
        if place.level == Level.BUILDING:
            name = self.own_name(place)
            self.buildings[building_key(name)].append(place)
            found = _UP_TO_BUILDING.match(written(name))
            self.has_long_names |= bool(found and found[2])
        elif place.level != Level.COMMUNITY:
            self.areas[Level(place.level)][area_key(place.name)].append(place)

    def quarter(self, name: str) -> Place | None:
        """Return the quarter of that name, or the only one whose name begins with it; else None."""
        return self._area(Level.QUARTER, name, self.community)

    def precinct(self, name: str, quarter: Place) -> Place | None:
        """Return the precinct of that name in a quarter; None for none."""
        return self._area(Level.PRECINCT, name, quarter)

    def _area(self, level: Level, name: str, inside: Place) -> Place | None:
        for text in self._readings(name):
            same = self.areas[level].get(area_key(text), ())
            found = [place for place in same if place.path.startswith(inside.path)]
            if len(found) == 1:
                return found[0]
        return None

    def own_name(self, place: Place) -> str:
        """Return a building's name without those of the areas it lies in: 怡乐苑9栋 in 怡乐苑 is called 9栋."""
        above = [self.by_id[pk].name for pk in path_ids(place.path)[1:-1] if pk in self.by_id]
        return without_areas(place.name, above)

    def building(self, name: str, inside: Place | None = None) -> list[Place]:
        """Return the buildings of that name, those inside an area only where one is given.

        Of 1栋 and 1号楼 in one quarter the one with that very spelling.
        """
        area = inside or self.community
        found = [
            place for place in self.buildings.get(building_key(name), ()) if place.path.startswith(area.path)
        ]
        if len(found) > 1 and len({self.quarter_of(place) for place in found}) == 1:
            exactly = [place for place in found if written(self.own_name(place)) == written(name)]
            return exactly if len(exactly) == 1 else found
        return found

    def find(self, address: str, quarter: str = "", precinct: str = "") -> Found:
        """Return the building and flat of an address; `quarter` and `precinct` are from separate columns, if any.

        A building must match by its whole name, at the start of the text; where two names match and nothing decides,
        none is returned.
        """
        text = written(address)
        head = _UP_TO_BUILDING.match(text)
        if head is None or self.has_long_names:
            return self._find(text, quarter, precinct)
        # a roster repeats the same few buildings: what precedes the flat is looked up once
        key = (head[1], quarter, precinct)
        if key not in self.heads:
            self.heads[key] = self._find(*key)
        found = self.heads[key]
        if found.building is None or found.entrance or found.room or _names_more(head[2]):
            return self._find(text, quarter, precinct)
        return _told(found.building, found.quarter, *_flat_after(head[2], is_bare=False))

    def readings(self, address: str) -> list[tuple[Place, Flat]]:
        """Return every building that an address may name, each with the flat behind its name; for searches.

        504 is the building alone, 504-2-102 and 504栋2单元102室 lead to one flat.
        """
        # 101 1-102: a blank that a roster leaves in doubt separates for somebody who searches
        area, rest = self.leading_area(written(address).replace(" ", "-"))
        ways = (way for way in self._ways_to_read(rest, area) if way.refusal is None)
        found = {(place.pk, way.flat): (place, way.flat) for way in ways for place in way.buildings}
        return list(found.values())

    def several(self, text: str, quarter: str = "", precinct: str = "") -> list[Place]:
        """Return the buildings that a cell names, one or several: 302栋、12栋; 1-3号楼; 301、302、303栋; 全部 of an area.

        A range is read as one only where every number of it exists and no building has that name.
        Raises CellError "unknown place", "ambiguous place" or "several buildings" where it is not certain.
        """
        area = self._area_said(quarter, precinct)
        rest = _without_entrances(text)
        own, name = self.leading_area(written(rest))
        if _EVERY.fullmatch(name):
            return self._every(own or area)
        if self.building(name, own or area):
            return [self._only(name, own or area)]
        parts = split_buildings(rest)
        if len(parts) == 1 and building_range(name) is None:
            return [self._single(text, quarter, precinct)]
        found: list[Place] = []
        for part in parts:
            own, name = self.leading_area(part)
            area = own or area
            found += self._part(name, area)
        return list(dict.fromkeys(found))

    def _area_said(self, quarter: str, precinct: str) -> Place | None:
        area = self.quarter(quarter) if quarter else None
        if quarter and area is None:
            raise CellError("unknown place", "本社区没有这个苑区，请先导入楼栋清单，或核对名称。")
        return (self.precinct(precinct, area) or area) if precinct and area else area

    def _every(self, area: Place | None) -> list[Place]:
        if area is None:
            raise CellError("several buildings", "写的是全部楼栋，请写明是哪个苑区或片区，或逐栋写明。")
        inside = (place for place in self.by_id.values() if place.path.startswith(area.path))
        return [place for place in inside if place.level == Level.BUILDING]

    def _part(self, name: str, area: Place | None) -> list[Place]:
        numbers = None if self.building(name, area) else building_range(name)
        if numbers is None:
            return [self._only(name, area)]
        return [self._only(str(number), area) for number in numbers]

    def _only(self, name: str, area: Place | None) -> Place:
        found = self.building(name, area)
        if len(found) > 1:
            raise CellError("ambiguous place", "有几栋楼都叫这个名字，请写明苑区和片区。")
        if not found:
            raise CellError(
                "unknown place", "这里写的楼栋有的不在本社区的楼栋清单中，请逐栋写明，或先导入楼栋清单。"
            )
        return found[0]

    def _single(self, text: str, quarter: str, precinct: str) -> Place:
        found = self.find(text, quarter, precinct)
        if found.building is None:
            raise not_found(found)
        if (found.entrance or found.room) and not has_building_word(written(text)):
            raise CellError("several buildings", "看不出写的是一栋楼还是几栋楼，请逐栋写明，如 1栋、2栋。")
        return found.building

    def said_by(self, text: str, quarter: str = "") -> Found | None:
        """Return the building that a heading, a sheet's name or a caption names, with the entrance if given.

        301栋（楼栋长：某某）, 怡康苑301栋居民花名册, 楼栋：301栋1单元. None where it names no building; a Found without
        a building where it names several, or one that is not certain.
        """
        key = (text, quarter)
        if key not in self.headings:
            self.headings[key] = self._said_by(text, quarter)
        return self.headings[key]

    def _said_by(self, text: str, quarter: str) -> Found | None:
        plain = re.sub(r"[(\[【〔].*?[)\]】〕]", "", half_width(text))
        plain = re.sub(r"^.{0,6}(?:楼|栋|幢)[号栋]?[:：]|楼栋", "", plain)
        if not names_buildings(plain):
            return None
        head = _HEADING.match(written(plain))
        if head is None:
            return Found(None, names_several=several_are_named(plain))
        return self.find(head["place"], quarter)

    def area_said_by(self, text: str) -> Place | None:
        """Return the quarter, or the precinct in it, that a heading begins with: 怡康苑居民花名册."""
        if text not in self.areas_said:
            self.areas_said[text] = self.leading_area(text)[0]
        return self.areas_said[text]

    def _find(self, text: str, quarter: str, precinct: str) -> Found:
        area, rest = self.leading_area(text)
        given = self.quarter(quarter) if quarter else None
        if quarter and given is None:
            return Found(None)
        area = area or given
        if precinct and area is not None and area.level == Level.QUARTER:
            area = self.precinct(precinct, area) or area
        quarter_place = self.quarter_of(area)
        readings = self._ways_to_read(rest, area)
        chosen = next((reading for reading in readings if reading.is_certain), None)
        if chosen is None and len(readings) == 1:
            chosen = readings[0]
        if chosen is None or len(chosen.buildings) != 1:
            return Found(
                None,
                quarter=quarter_place,
                is_ambiguous=bool(readings),
                names_several=several_are_named(rest),
            )
        return _told(chosen.buildings[0], quarter_place, chosen.flat, chosen.refusal)

    def _ways_to_read(self, rest: str, area: Place | None) -> list[_Reading]:
        """Return every parse of a text into a building's name and a flat, the longest name first."""
        readings = []
        for end in range(min(len(rest), _LONGEST_NAME), 0, -1):
            name, after = rest[:end], rest[end:]
            if building_key(name) not in self.buildings or not _may_follow(name, after):
                continue
            found = self.building(name, area)
            is_bare = is_bare_number(name)
            flat, refusal = _flat_after(after, is_bare=is_bare)
            if not found or (refusal and (is_bare or not _ENDS_AS_BUILDING.match(name))):
                continue
            readings.append(_Reading(found, flat, refusal, is_certain=not is_bare or not after))
        return readings

    def leading_area(self, text: str) -> tuple[Place | None, str]:
        """Return the quarter, or the precinct after it, that a text begins with; and the rest of it."""
        rest = ""
        for rest in self._readings(text):
            area, after = _longest_prefix(self._names_inside(self.community, Level.QUARTER), rest)
            if area is not None:
                precinct, flat = _longest_prefix(self._names_inside(area, Level.PRECINCT), after)
                return (area, after) if precinct is None else (precinct, flat)
        return None, rest

    def _names_inside(self, area: Place, level: Level) -> list[tuple[str, Place]]:
        """Return the names of a level's areas inside another, also without 小区 at the end, the longest first."""
        key = (area.pk, level)
        if key not in self.names:
            every = (place for same in self.areas[level].values() for place in same)
            names = {written(place.name): place for place in every if place.path.startswith(area.path)}
            names |= {name.removesuffix("小区"): place for name, place in names.items() if name != "小区"}
            self.names[key] = sorted(names.items(), key=lambda item: len(item[0]), reverse=True)
        return self.names[key]

    def quarter_of(self, area: Place | None) -> Place | None:
        """Return the quarter of a place, itself included; None for none."""
        if area is None or area.level == Level.QUARTER:
            return area
        return next(
            (self.by_id[pk] for pk in path_ids(area.path) if self.by_id[pk].level == Level.QUARTER), None
        )

    def _readings(self, text: str) -> Iterator[str]:
        """Yield a text as written, then without leading province, city, district, street and the community's name."""
        rest = written(text)
        yield rest
        name = written(self.community.name)
        if name in rest:
            yield rest.split(name, 1)[1]
        while found := _BEFORE.match(rest):
            rest = rest[found.end() :]
            yield rest
        short = name.removesuffix("社区")
        for prefix in (
            f"{short}花园街道",
            f"{short}花园街",
            f"{short}花园",
            f"{short}街道",
            f"{short}街",
            short,
        ):
            if prefix and rest.startswith(prefix):
                yield rest[len(prefix) :].removeprefix("社区")
                return


def _longest_prefix(names: Iterable[tuple[str, Place]], text: str) -> tuple[Place | None, str]:
    """Return the first place whose name a text begins with, and what follows the name."""
    for name, place in names:
        if text.startswith(name):
            return place, text[len(name) :].removeprefix("小区")
    return None, text


def not_found(found: Found) -> CellError:
    """Return why no building was found, with a sentence for the clerk."""
    if found.names_several:
        return CellError("several buildings", "这里写了几栋楼，请只写一栋，或分成几行。")
    if found.is_ambiguous:
        return CellError(
            "ambiguous place", "有几栋楼都符合这个住址，请写明苑区和片区，并写全楼栋，如 12-1栋。"
        )
    return CellError("unknown place", "住址里的楼栋不在本社区的楼栋清单中，请核对，或先导入楼栋清单。")


def _told(building: Place, quarter: Place | None, flat: Flat, refusal: CellError | None) -> Found:
    return Found(building, flat.entrance, flat.room, quarter, left_out=flat.left_out, refusal=refusal)


def _may_follow(name: str, after: str) -> bool:
    """Return whether a name may be followed by this text: after 301 a dash, after 301栋 no other building."""
    if _names_more(after) or name.endswith(" "):
        return False
    if is_bare_number(name):
        return not after or after.startswith("-")
    if building_key(name) == name or not _WEAK_END.match(name):
        return True
    floor = re.match(rf"{building_key(name)}\d\d(?!\d)", after)
    return bool(_AFTER_WEAK_END.match(after)) and not (name.endswith("楼") and floor)


@lru_cache(maxsize=10_000)
def _names_more(after: str) -> bool:
    """Return whether what follows a building's name names another building."""
    return bool(re.match(r"[、,;/&+和及与~至到]", after)) or has_building_word(after)


def _flat_after(after: str, *, is_bare: bool) -> tuple[Flat, CellError | None]:
    """Return the flat after a building's name, or why it is not understood."""
    if not is_bare and re.match(r"-[12]\d\d(?!\d)", after):
        return Flat(), CellError(
            "room", "楼栋后面写的“-”看不出是分隔还是地下，请写成 101室 或 负101室 的样子。"
        )
    try:
        return parse_flat(after.removeprefix("-")), None
    except CellError as error:
        return Flat(), error


def _without_entrances(text: str) -> str:
    """Return a text without bracketed entrances after a building: 8栋（1、2单元）.

    Raises CellError where a bracket holds another number, which may be a building's.
    """
    rest = _ENTRANCES.sub("", text)
    if any(re.search(r"\d", remark) for remark in re.findall(r"[(（]([^)）]*)", rest)):
        raise CellError("several buildings", "括号里也写了数字，看不出是不是楼栋，请逐栋写明，如 1栋、2栋。")
    return re.sub(r"[(（][^)）]*[)）]?", "", rest)
