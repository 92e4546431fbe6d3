"""What a search finds in its viewer's scope: residents, flats, places and cadres, each as the viewer's lists show it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from baibuting.common.crypto import digest_candidates
from baibuting.common.names import name_condition
from baibuting.common.persons import phone_digest
from baibuting.common.tabular.problems import CellError
from buildings.addresses import Flat, parse_flat
from buildings.addresses.writing import NUMERALS
from buildings.choices import Level
from buildings.directory import PlaceDirectory
from buildings.models import Place
from buildings.scope import Scope
from buildings.selectors import TREE_ORDER, place_matching
from buildings.viewer import Viewer
from cadres.choices import Post
from cadres.ladder import Accountable
from cadres.models import Appointment, Cadre
from cadres.selectors import in_force
from duties.visibility import disclosure_for, reads_names
from residents.models import CareRecord, Household, Resident
from residents.rules import id_number_digest
from search.rules import Asked, sounds_as
from visits.selectors import record_posts

SHOWN = 8  # rows of a group
MOST_READ = 200  # people looked at for a viewer who may not read everybody's name
MOST_SOUNDING = 5_000  # names with fitting initials that are compared with syllables
MOST_COMMUNITIES = 5  # whose buildings are read for a flat; nobody but who sets up has more
_HAS_NUMBER = re.compile(rf"[\d{NUMERALS}]")


@dataclass(frozen=True, slots=True)
class Hit:
    """One row: what it is called, where it is, in which state; `key` is that of its page, `kind` "building" for one."""

    key: int
    label: str
    about: str = ""
    chips: tuple[str, ...] = ()
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind (resident, flat, place, cadre); `has_more` where not all of it is shown."""

    code: str
    label: str
    hits: Sequence[Hit]
    has_more: bool = False


@dataclass(slots=True)
class _Places:
    """The buildings and flats that a search names."""

    buildings: list[Place] = field(default_factory=list)
    flats: list[tuple[Place | None, Flat]] = field(default_factory=list)

    @property
    def is_in_building(self) -> bool:
        return any(building is not None for building, _ in self.flats)


def found_by_number(asked: Asked, viewer: Viewer) -> list[Group]:
    """Return who has a phone or an ID number, found by its digest; only people whose names the viewer may read."""
    cadres = Cadre.objects.none()
    if asked.phone:
        condition = Q(phone_digest__in=digest_candidates(phone_digest(asked.phone, of="resident")))
        own = digest_candidates(phone_digest(asked.phone, of="cadre"))
        cadres = Cadre.objects.within(viewer.scope).filter(phone_digest__in=own)
    else:
        condition = Q(id_number_digest__in=digest_candidates(id_number_digest(asked.id_number)))
    people = _known_to(viewer, _people(viewer).filter(condition))
    return _groups(_resident_group(people), _cadre_group(cadres, viewer))


def found_by_words(asked: Asked, viewer: Viewer) -> list[Group]:
    """Return what a name, pinyin, initials, a flat or a place's name finds."""
    named = _places_named(asked.text, viewer.scope)
    flats = _flats(named, viewer)
    if named.flats:
        living = _people(viewer).filter(household__in=[flat.pk for flat in flats[:SHOWN]])
        people = _shown(viewer, living.order_by("household_id", "left_on", "pk")[: SHOWN * 3])
    else:
        people = []
    people += [
        one for one in _people_named(asked, viewer) if one[0].pk not in {row.pk for row, _, _ in people}
    ]
    residents, homes = _resident_group(people), _flat_group(flats)
    places = _place_group(_places(asked.text, named, viewer.scope))
    cadres = _cadre_group(_cadres(asked, named, viewer), viewer)
    if named.is_in_building:
        return _groups(homes, residents, places, cadres)
    if named.flats or named.buildings:
        return _groups(places, cadres, homes, residents)
    return _groups(residents, places, cadres)


def _groups(*found: Group) -> list[Group]:
    return [group for group in found if group.hits]


# --- people ---------------------------------------------------------------------------------------------------------
def _people(viewer: Viewer) -> QuerySet[Resident]:
    """Return the residents who may be found: by the office all, by others those under care."""
    records = CareRecord.objects.within(viewer.scope).filter(ended_on=None).select_related("category")
    people = Resident.objects.within(viewer.scope).filter(erased_at=None)
    if not reads_names(viewer):
        under_care = CareRecord.objects.unscoped("a condition on rows that are scoped themselves").filter(
            resident=OuterRef("pk"), ended_on=None
        )
        people = people.filter(Exists(under_care))
    return people.select_related("household__building__parent__parent").prefetch_related(
        Prefetch("care_records", records, to_attr="open_records")
    )


def _people_named(asked: Asked, viewer: Viewer) -> list[tuple[Resident, str, list[str]]]:
    """Return people by a part of the name, by initials or by pinyin; not those whose names the viewer may not read."""
    # by names alone first; who of them lies in the scope is asked afterwards
    every = Resident.objects.unscoped("a condition on rows that are scoped themselves")
    if not viewer.scope.everywhere:
        every = every.filter(community__in=viewer.scope.communities())
    found = Q(pk__in=every.filter(name_condition(asked.text)).values("pk"))
    if asked.syllables:
        found |= Q(pk__in=_sounding(asked, every))
    return _known_to(viewer, _people(viewer).filter(found).order_by("name", "pk"))


def _sounding(asked: Asked, every: QuerySet[Resident]) -> list[int]:
    """Return the ids of people whose names begin with the syllables."""
    initials = {"".join(syllable[0] for syllable in reading) for reading in asked.syllables}
    fitting = Q(pk__in=())
    for one in initials:
        fitting |= Q(name_initials__startswith=one)
    names = every.filter(fitting).values_list("pk", "name")[:MOST_SOUNDING]
    return [pk for pk, name in names if any(sounds_as(name, reading) for reading in asked.syllables)]


def _known_to(viewer: Viewer, people: QuerySet[Resident]) -> list[tuple[Resident, str, list[str]]]:
    """Return the people whose names the viewer may read; a search by a name or number must not disclose it."""
    if reads_names(viewer):
        return _shown(viewer, people[: SHOWN + 1])
    return [one for one in _shown(viewer, people[:MOST_READ]) if one[1] == one[0].name]


def _shown(viewer: Viewer, people: Iterable[Resident]) -> list[tuple[Resident, str, list[str]]]:
    """Return people with name and categories as far as disclosed. Constant queries."""
    rows: list[Any] = list(people)
    records = [record for row in rows for record in row.open_records]
    if not rows:
        return []
    posts = record_posts(records, viewer.today)
    disclosure = disclosure_for(viewer, {row.household.building_id for row in rows})
    found = []
    for row in rows:
        whose = [Accountable(record.building_id, posts.get(record.pk, "")) for record in row.open_records]
        own = next((one for one in whose if one.post and disclosure.answers_for(one)), None)
        name = disclosure.person(row, own or Accountable(row.household.building_id, ""))
        labels = [
            disclosure.category(record.category, one)
            for record, one in zip(row.open_records, whose, strict=True)
        ]
        found.append((row, name, labels))
    return found


def _resident_group(people: Sequence[tuple[Resident, str, list[str]]]) -> Group:
    hits = [
        Hit(
            row.pk,
            name,
            f"{row.household.building.full_name} {row.household.short}",
            (*labels, *([row.get_left_reason_display()] if row.left_on else [])),
        )
        for row, name, labels in people[:SHOWN]
    ]
    return Group("resident", "居民", hits, len(people) > SHOWN)


# --- flats and places -----------------------------------------------------------------------------------------------
def _places_named(text: str, scope: Scope) -> _Places:
    """Return the buildings and flats of the scope that a text names: 504栋2-102, 504 102, 2单元102, 504, 102."""
    named = _Places()
    if not _HAS_NUMBER.search(text):
        return named
    communities = Place.objects.filter(level=Level.COMMUNITY, closed_on=None)
    if not scope.everywhere:
        communities = communities.filter(pk__in=scope.communities())
    for community in communities.order_by("pk")[:MOST_COMMUNITIES]:
        for building, flat in PlaceDirectory.load(community).readings(text):
            if scope.covers(building.path):
                named.buildings.append(building)
                if flat.room or flat.entrance:
                    named.flats.append((building, flat))
    if not named.is_in_building:
        try:
            flat = parse_flat(text)
        except CellError:
            return named
        if flat.room:
            named.flats.append((None, flat))
    return named


def _flats(named: _Places, viewer: Viewer) -> list[Household]:
    """Return the flats of that number; for who is not of the office, only where somebody is under care."""
    condition = Q(pk__in=())
    for building, flat in named.flats:
        one = Q() if building is None else Q(building=building)
        one &= Q(entrance=flat.entrance) if flat.entrance else Q()
        condition |= one & (Q(room=flat.room) if flat.room else Q())
    if not named.flats:
        return []
    flats = Household.objects.within(viewer.scope).filter(condition)
    if not reads_names(viewer):
        under_care = CareRecord.objects.unscoped("a condition on rows that are scoped themselves").filter(
            resident__household=OuterRef("pk"), ended_on=None
        )
        flats = flats.filter(Exists(under_care))
    ordered = flats.select_related("building__parent__parent").order_by(
        "building__sort_path", "entrance", "room"
    )
    return list(ordered[: SHOWN + 1])


def _flat_group(flats: Sequence[Household]) -> Group:
    hits = [
        Hit(
            one.pk,
            f"{one.building.name} {one.short}",
            one.building.full_name.removesuffix(one.building.name).strip(),
        )
        for one in flats[:SHOWN]
    ]
    return Group("flat", "户", hits, len(flats) > SHOWN)


def _places(text: str, named: _Places, scope: Scope) -> list[Place]:
    """Return the places of that name, those named with their flat first."""
    inside = Place.objects.within(scope).active().select_related("parent__parent")
    own = {building.pk for building in named.buildings}
    matching = inside.filter(place_matching(text) & Q(name__icontains=text.split()[-1])).exclude(pk__in=own)
    first = list(inside.filter(pk__in=own).order_by(*TREE_ORDER)[:SHOWN])
    return first + list(matching.order_by("level", *TREE_ORDER)[: SHOWN + 1 - len(first)])


def _place_group(places: Sequence[Place]) -> Group:
    hits = [
        Hit(
            one.pk,
            one.name,
            one.full_name.removesuffix(one.name).strip(),
            (str(Level(one.level).label),),
            "building" if one.level == Level.BUILDING else "",
        )
        for one in places[:SHOWN]
    ]
    return Group("place", "楼栋与区域", hits, len(places) > SHOWN)


# --- cadres ---------------------------------------------------------------------------------------------------------
def _cadres(asked: Asked, named: _Places, viewer: Viewer) -> QuerySet[Cadre]:
    """Return cadres by name, pinyin or initials, and the 楼栋长 of the buildings that are named."""
    found = name_condition(asked.text)
    if asked.syllables:
        initials = {"".join(syllable[0] for syllable in reading) for reading in asked.syllables}
        fitting = Cadre.objects.within(viewer.scope).filter(
            _any(Q(name_initials__startswith=one) for one in initials)
        )
        names = fitting.values_list("pk", "name")[:MOST_SOUNDING]
        found |= Q(pk__in=[pk for pk, name in names if any(sounds_as(name, one) for one in asked.syllables)])
    heads = Appointment.objects.within(viewer.scope).filter(
        in_force(viewer.today), post=Post.BUILDING_HEAD, place__in=[one.pk for one in named.buildings[:SHOWN]]
    )
    return Cadre.objects.within(viewer.scope).filter(found | Q(pk__in=heads.values("cadre")))


def _any(conditions: Iterable[Q]) -> Q:
    found = Q(pk__in=())
    for one in conditions:
        found |= one
    return found


def _cadre_group(cadres: QuerySet[Cadre], viewer: Viewer) -> Group:
    """Return cadres with the posts they hold today in the scope. Two queries."""
    rows = list(cadres.order_by("name", "pk")[: SHOWN + 1])
    posts: dict[int, list[str]] = defaultdict(list)
    held = Appointment.objects.within(viewer.scope).filter(in_force(viewer.today), cadre__in=rows)
    for one in (
        held.select_related("place__parent__parent").order_by("place__sort_path", "pk") if rows else ()
    ):
        posts[one.cadre_id].append(f"{one.place.full_name} {one.get_post_display()}")
    hits = [Hit(row.pk, row.name, "；".join(posts[row.pk][:2]) or "没有任职") for row in rows[:SHOWN]]
    return Group("cadre", "骨干", hits, len(rows) > SHOWN)
