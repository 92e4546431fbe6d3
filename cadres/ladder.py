"""Who answers for a building on each rung, on a day.

Loaded once for a set of buildings in a constant number of queries; every answer after that is plain Python. Where a
building was moved, today's tree is used: the ladder of today answers for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Prefetch, Q

from buildings.models import Place
from buildings.selectors import path_ids
from cadres.choices import ORGANISATION_POSTS, RUNG_POSTS, OrganisationKind, Post
from cadres.models import Appointment, Cover, PartyOrganisation

TOP_RUNG = max(RUNG_POSTS)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who answers for a post on a day: the one appointed, or the one standing in for him."""

    cadre_id: int
    cadre_name: str
    post: str
    appointment_id: int
    is_cover: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """Whom a step reached: the rung and post told, its holder (None: nobody up to the top), rungs passed over."""

    told_rung: int
    post: str
    cadre_id: int | None
    passed_over: list[int]


@dataclass(slots=True)
class Ladder:
    """The appointments that can matter to a set of buildings."""

    paths: dict[int, list[int]] = field(default_factory=dict)
    at_place: dict[tuple[int, str], list[Appointment]] = field(default_factory=lambda: defaultdict(list))
    in_organisation: dict[int, list[Appointment]] = field(default_factory=lambda: defaultdict(list))
    covering: dict[tuple[int, str], int] = field(default_factory=dict)

    @classmethod
    def load(cls, building_ids: Iterable[int]) -> Ladder:
        """Read what concerns these buildings and the places above them; four queries."""
        ladder = cls()
        wanted = set(building_ids)
        if not wanted:
            return ladder
        paths = dict(Place.objects.filter(pk__in=wanted).values_list("pk", "path"))
        ladder.paths = {pk: path_ids(path) for pk, path in paths.items()}
        place_ids = {pk for path in ladder.paths.values() for pk in path}
        coverage = PartyOrganisation.places.through.objects.filter(place__in=place_ids)
        for place_id, kind, pk in coverage.values_list(
            "place", "partyorganisation__kind", "partyorganisation"
        ):
            ladder.covering[place_id, ORGANISATION_POSTS[OrganisationKind(kind)]] = pk
        covers = Prefetch("covers", Cover.objects.select_related("stand_in").order_by("from_on", "pk"))
        concerned = Q(place__in=place_ids, organisation=None) | Q(
            organisation__in=set(ladder.covering.values())
        )
        appointments = Appointment.objects.filter(concerned).select_related("cadre").prefetch_related(covers)
        for appointment in appointments.order_by("started_on", "pk"):
            if appointment.organisation_id is None:
                ladder.at_place[appointment.place_id, appointment.post].append(appointment)
            else:
                ladder.in_organisation[appointment.organisation_id].append(appointment)
        return ladder

    def holder(self, building_id: int, post: str, on: date) -> Holder | None:
        """Who holds a post of the building itself on a day, a stand-in first; None where it is vacant."""
        return _in_force(self.at_place.get((building_id, post), ()), on)

    def rung_holder(self, building_id: int, rung: int, on: date, accountable_post: str) -> Holder | None:
        """Who answers on a rung: 0 is the accountable post, 1 to 4 the secretaries of 五级负责制.

        An organisation of the rung's kind that covers the building, or the nearest place above it, goes first;
        without one the secretary appointed at the place of that level answers.
        """
        if rung == 0:
            return self.holder(building_id, accountable_post, on)
        post, level = RUNG_POSTS[rung]
        path = self.paths.get(building_id, [])
        for place_id in reversed(path):
            organisation_id = self.covering.get((place_id, post))
            if organisation_id is not None:
                return _in_force(self.in_organisation.get(organisation_id, ()), on)
        # a path begins at the community, and each place lies exactly one level below the one before it
        return self.holder(path[level - 1], post, on) if len(path) >= level else None

    def told(self, building_id: int, rung: int, on: date, accountable_post: str) -> Told:
        """Whom a step of the ladder reaches: a vacant, uncovered rung is passed to the next at once."""
        passed_over: list[int] = []
        for higher in range(rung, TOP_RUNG + 1):
            holder = self.rung_holder(building_id, higher, on, accountable_post)
            if holder is not None:
                return Told(higher, holder.post, holder.cadre_id, passed_over)
            passed_over.append(higher)
        return Told(TOP_RUNG, "", None, passed_over)


def _in_force(appointments: Iterable[Appointment], on: date) -> Holder | None:
    """The holder on a day among a post's appointments, or whoever stands in for him then."""
    for appointment in appointments:
        if appointment.span.holds(appointment, on):
            stand_ins = [cover for cover in appointment.covers.all() if cover.span.holds(cover, on)]
            cadre = stand_ins[-1].stand_in if stand_ins else appointment.cadre
            return Holder(cadre.pk, cadre.name, appointment.post, appointment.pk, bool(stand_ins))
    return None


def rung_post(rung: int, accountable_post: str) -> str:
    """The post that answers on a rung."""
    return Post(accountable_post) if rung == 0 else RUNG_POSTS[rung][0]


def have_answered(cadre_ids: Iterable[int], paths: Mapping[int, str]) -> set[tuple[int, int]]:
    """Pairs of a cadre and a building for which he answers, or once answered, on whichever rung.

    `paths` are those of the buildings, by id. What happened to somebody before he moved in was done by people of
    another building, whose names are of no concern to those who answer for this one. Three queries at most.
    """
    cadre_ids = set(cadre_ids)
    if not cadre_ids:
        return set()
    posts = Appointment.objects.filter(Q(cadre__in=cadre_ids) | Q(covers__stand_in__in=cadre_ids)).distinct()
    found: set[tuple[int, int]] = set()
    for held in posts.prefetch_related("covers", "organisation__places"):
        areas = {held.place_id}
        if held.organisation is not None:
            areas |= {place.pk for place in held.organisation.places.all()}
        people = {held.cadre_id, *(cover.stand_in_id for cover in held.covers.all())} & cadre_ids
        for building_id, path in paths.items():
            if not areas.isdisjoint(path_ids(path)):
                found |= {(cadre_id, building_id) for cadre_id in people}
    return found
