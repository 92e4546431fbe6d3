"""Finding places of one community by what a roster calls them. Loaded once, then plain Python."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from baibuting.common.tabular.text import compact
from buildings.addresses import Flat, area_key, building_key, parse_entrance_and_room, parse_flat
from buildings.choices import Level
from buildings.models import Place
from buildings.selectors import path_ids

_BEFORE = re.compile(
    r"^(?:中国|湖北省?|武汉市?|江岸区|(?:\w{2,8}?(?:省|自治区))?(?:\w{2,6}?市)?(?:\w{2,4}?[区县])(?=\w*(?:街|社区|花园)))"
)
_UP_TO_BUILDING = re.compile(r"(.+?(?:号楼|#楼|#栋|栋|幢|座|#))(.*)")


@dataclass(frozen=True, slots=True)
class Found:
    """What an address turned out to mean. `building` is None where it could not be told; `is_ambiguous` then says
    whether several fit. `quarter` is the area that was recognised, if any."""

    building: Place | None
    entrance: str = ""
    room: str = ""
    quarter: Place | None = None
    is_ambiguous: bool = False


@dataclass(slots=True)
class PlaceDirectory:
    """The standing places of a community by name."""

    community: Place
    by_id: dict[int, Place] = field(default_factory=dict)
    areas: dict[Level, dict[str, list[Place]]] = field(default_factory=dict)
    buildings: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    heads: dict[tuple[str, str, str], Found] = field(default_factory=dict)
    names: dict[tuple[int, Level], list[tuple[str, Place]]] = field(default_factory=dict)

    @classmethod
    def load(cls, community: Place) -> PlaceDirectory:
        """One query."""
        directory = cls(
            community, areas={Level.QUARTER: defaultdict(list), Level.PRECINCT: defaultdict(list)}
        )
        for place in Place.objects.below(community).standing().order_by("path"):
            directory.add(place)
        return directory

    def add(self, place: Place) -> None:
        """Take in a place."""
        self.by_id[place.pk] = place
        self.names.clear()
        self.heads.clear()
        if place.level == Level.BUILDING:
            self.buildings[building_key(place.name)].append(place)
        elif place.level != Level.COMMUNITY:
            self.areas[Level(place.level)][area_key(place.name)].append(place)

    def quarter(self, name: str) -> Place | None:
        """The quarter of that name; a name that only one quarter begins with will do."""
        return self._area(Level.QUARTER, name, self.community)

    def precinct(self, name: str, quarter: Place) -> Place | None:
        """The precinct of that name in a quarter."""
        return self._area(Level.PRECINCT, name, quarter)

    def _area(self, level: Level, name: str, inside: Place) -> Place | None:
        for text in self._readings(name):
            same = self.areas[level].get(area_key(text), ())
            found = [place for place in same if place.path.startswith(inside.path)]
            if len(found) == 1:
                return found[0]
        return None

    def building(self, name: str, inside: Place | None = None) -> list[Place]:
        """The buildings of that name, those inside an area only where one is given."""
        area = inside or self.community
        return [
            place for place in self.buildings.get(building_key(name), ()) if place.path.startswith(area.path)
        ]

    def find(self, address: str, quarter: str = "", precinct: str = "") -> Found:
        """Take an address apart and look it up; `quarter` and `precinct` are columns of their own, if there are any."""
        head = _UP_TO_BUILDING.match(compact(address))
        if head is None:
            return self._find(address, quarter, precinct)
        # a roster names the same few buildings over and over: what is before the flat is looked up once
        key = (head[1], quarter, precinct)
        if key not in self.heads:
            self.heads[key] = self._find(*key)
        found = self.heads[key]
        if found.building is None:
            return self._find(address, quarter, precinct)
        entrance, room = parse_entrance_and_room(head[2])
        return Found(found.building, entrance, room, found.quarter)

    def _find(self, address: str, quarter: str, precinct: str) -> Found:
        area, rest = self._leading_area(address)
        given = self.quarter(quarter) if quarter else None
        if quarter and given is None:
            return Found(None)
        area = area or given
        if precinct and area is not None and area.level == Level.QUARTER:
            area = self.precinct(precinct, area) or area
        flat, found = self._building_at_start(rest, area)
        quarter_place = self._quarter_of(area)
        if len(found) != 1:
            return Found(None, flat.entrance, flat.room, quarter_place, len(found) > 1)
        return Found(found[0], flat.entrance, flat.room, quarter_place)

    def _building_at_start(self, rest: str, area: Place | None) -> tuple[Flat, list[Place]]:
        """By number, else by the longest name of a building that the text begins with (幸福楼)."""
        flat = parse_flat(rest)
        if flat.building:
            return flat, self.building(flat.building, area)
        for key in sorted(self.buildings, key=len, reverse=True):
            if key and rest.upper().startswith(key):
                entrance, room = parse_entrance_and_room(rest[len(key) :])
                return Flat(key, entrance, room), self.building(key, area)
        return flat, []

    def _leading_area(self, text: str) -> tuple[Place | None, str]:
        """The quarter, and the precinct after it, that a text begins with; and the rest of it."""
        rest = ""
        for rest in self._readings(text):
            area, after = _longest_prefix(self._names_inside(self.community, Level.QUARTER), rest)
            if area is not None:
                precinct, flat = _longest_prefix(self._names_inside(area, Level.PRECINCT), after)
                return (area, after) if precinct is None else (precinct, flat)
        return None, rest

    def _names_inside(self, area: Place, level: Level) -> list[tuple[str, Place]]:
        """The names of the areas of a level inside another, 小区 at their end left out too, the longest first."""
        key = (area.pk, level)
        if key not in self.names:
            every = (place for same in self.areas[level].values() for place in same)
            names = {compact(place.name): place for place in every if place.path.startswith(area.path)}
            names |= {name.removesuffix("小区"): place for name, place in names.items() if name != "小区"}
            self.names[key] = sorted(names.items(), key=lambda item: len(item[0]), reverse=True)
        return self.names[key]

    def _quarter_of(self, area: Place | None) -> Place | None:
        if area is None or area.level == Level.QUARTER:
            return area
        return next(
            (self.by_id[pk] for pk in path_ids(area.path) if self.by_id[pk].level == Level.QUARTER), None
        )

    def _readings(self, text: str) -> Iterator[str]:
        """A text as it stands, then without province, city, district, street and the community's name before it."""
        rest = compact(text)
        yield rest
        name = self.community.name
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
    """The first place whose name a text begins with, and what follows the name."""
    for name, place in names:
        if text.startswith(name):
            return place, text[len(name) :].removeprefix("小区")
    return None, text
