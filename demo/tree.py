"""The demo community's places and party organisations. The names are those of 百步亭, from public reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from buildings.choices import Level
from buildings.models import AdministrativeUnit, Place
from buildings.services import place_create
from cadres.choices import OrganisationKind
from cadres.models import PartyOrganisation
from cadres.services import organisation_create

STREET_CODE = "420102400"  # 百步亭花园
_PRECINCTS = ("第一片区", "第二片区", "第三片区")
_QUARTERS: dict[str, tuple[tuple[int, int], ...]] = {
    # first and last building of each 片区
    "怡康苑北区": ((301, 305), (321, 324), (341, 343)),
    "文卉苑": ((101, 105), (121, 126), (141, 143)),
    "安居苑": ((401, 405), (421, 424), (441, 443)),
    "景兰苑": ((201, 205), (221, 224), (241, 243)),
    "怡和苑北区": ((501, 506), (521, 524), (541, 543)),
    "温馨苑": ((601, 604), (621, 624), (641, 643)),
}
# A 党总支 is not a 苑区: these buildings of 怡和苑北区 belong to another one.
_ELSEWHERE = ("康和党总支", ("502栋", "503栋", "504栋"))


@dataclass
class Tree:
    """The places in the order of the list above, and the organisations with the place each is listed at."""

    community: Place
    quarters: list[Place] = field(default_factory=list)
    precincts: list[Place] = field(default_factory=list)
    buildings: list[Place] = field(default_factory=list)
    organisations: list[tuple[PartyOrganisation, Place]] = field(default_factory=list)

    def building(self, name: str) -> Place:
        """Return the building of that name; names are unique in the demo community."""
        return next(place for place in self.buildings if place.name == name)

    def organisation(self, name: str) -> PartyOrganisation:
        """Return the organisation of that name."""
        return next(found for found, _ in self.organisations if found.name == name)


def plant_tree(name: str, random: Random) -> Tree:
    """Create the community with its 苑区, 片区 and 楼栋, and the organisations that cover them."""
    unit = AdministrativeUnit.objects.filter(code=STREET_CODE).first()
    tree = Tree(place_create(level=Level.COMMUNITY, name=name, unit=unit))
    for quarter_name, ranges in _QUARTERS.items():
        quarter = place_create(level=Level.QUARTER, name=quarter_name, parent=tree.community)
        tree.quarters.append(quarter)
        for precinct_name, (first, last) in zip(_PRECINCTS, ranges, strict=True):
            precinct = place_create(level=Level.PRECINCT, name=precinct_name, parent=quarter)
            tree.precincts.append(precinct)
            tree.buildings += [_building(number, precinct, random) for number in range(first, last + 1)]
    _organise(tree)
    return tree


def _building(number: int, precinct: Place, random: Random) -> Place:
    entrances, floors = random.randint(2, 4), random.choice((6, 7, 7, 11, 18))
    return place_create(
        level=Level.BUILDING,
        name=f"{number}栋",
        parent=precinct,
        entrance_count=entrances,
        floor_count=floors,
        household_count=entrances * floors * 2,
    )


def _organise(tree: Tree) -> None:
    committee = _organisation(
        tree, OrganisationKind.COMMITTEE, f"{tree.community.name}党委", [tree.community]
    )
    general = {
        quarter.pk: _organisation(
            tree, OrganisationKind.GENERAL_BRANCH, f"{quarter.name[:2]}党总支", [quarter], committee
        )
        for quarter in tree.quarters
    }
    for precinct in tree.precincts:
        quarter = next(place for place in tree.quarters if place.pk == precinct.parent_id)
        name = f"{quarter.name}{precinct.name.removesuffix('片区')}党支部"
        _organisation(tree, OrganisationKind.BRANCH, name, [precinct], general[quarter.pk])
    name, buildings = _ELSEWHERE
    places = [tree.building(building) for building in buildings]
    _organisation(tree, OrganisationKind.GENERAL_BRANCH, name, places, committee)


def _organisation(
    tree: Tree,
    kind: OrganisationKind,
    name: str,
    places: list[Place],
    parent: PartyOrganisation | None = None,
) -> PartyOrganisation:
    made = organisation_create(community=tree.community, kind=kind, name=name, places=places, parent=parent)
    tree.organisations.append((made, places[0]))
    return made
