"""Who is accountable for a place on each rung, on a day.

Loaded once for a set of places in a constant number of queries; every answer after that is plain Python. Where a
building was moved, today's tree is used: the ladder of today is accountable for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Prefetch, Q, QuerySet

from buildings.models import Place
from buildings.selectors import path_ids
from cadres.choices import ORGANISATION_POSTS, RUNG_POSTS, OrganisationKind, Post, rung_of
from cadres.models import Appointment, Cover, PartyOrganisation

TOP_RUNG = max(RUNG_POSTS)


@dataclass(frozen=True, slots=True)
class Accountable:
    """Who is accountable: the holder of a post of a place, or, where `appointment_id` names it, one appointment.

    An appointment that has ended, or not begun, passes it to the holder of the same seat: the same post at the same
    place and, for a secretary of an organisation, in the same organisation.
    """

    place_id: int
    post: str
    appointment_id: int | None = None


_Seat = tuple[int, str, int | None]
"""Place, post and organisation: what passes from one appointment to the next."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The holder of a post on a day: the cadre appointed, or the stand-in."""

    cadre_id: int
    cadre_name: str
    post: str
    appointment_id: int
    is_cover: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """Whom a step reached: the rung and post notified, its holder (None: vacant up to the top), rungs passed over."""

    told_rung: int
    post: str
    cadre_id: int | None
    passed_over: list[int]


@dataclass(slots=True)
class Ladder:
    """The appointments that can matter to a set of places."""

    paths: dict[int, list[int]] = field(default_factory=dict)
    at_place: dict[tuple[int, str], list[Appointment]] = field(default_factory=lambda: defaultdict(list))
    in_organisation: dict[int, list[Appointment]] = field(default_factory=lambda: defaultdict(list))
    covering: dict[tuple[int, str], int] = field(default_factory=dict)
    named: dict[int, Appointment] = field(default_factory=dict)
    in_seat: dict[_Seat, list[Appointment]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def load(cls, wanted: Iterable[int | Accountable]) -> Ladder:
        """Load what concerns these places and the places above them, and appointments that are named.

        `wanted` holds ids of places, or `Accountable` values. Four queries; three more where an appointment is named.
        """
        ladder = cls()
        wanted = set(wanted)
        if not wanted:
            return ladder
        place_ids = {one.place_id if isinstance(one, Accountable) else one for one in wanted}
        paths = dict(Place.objects.filter(pk__in=place_ids).values_list("pk", "path"))
        ladder.paths = {pk: path_ids(path) for pk, path in paths.items()}
        ladder._read_places({pk for path in ladder.paths.values() for pk in path})
        ladder._read_seats({one.appointment_id for one in wanted if isinstance(one, Accountable)} - {None})
        return ladder

    def _read_places(self, place_ids: set[int]) -> None:
        coverage = PartyOrganisation.places.through.objects.filter(place__in=place_ids)
        for place_id, kind, pk in coverage.values_list(
            "place", "partyorganisation__kind", "partyorganisation"
        ):
            self.covering[place_id, ORGANISATION_POSTS[OrganisationKind(kind)]] = pk
        concerned = Q(place__in=place_ids, organisation=None) | Q(
            organisation__in=set(self.covering.values())
        )
        for appointment in _with_covers(concerned):
            if appointment.organisation_id is None:
                self.at_place[appointment.place_id, appointment.post].append(appointment)
            else:
                self.in_organisation[appointment.organisation_id].append(appointment)

    def _read_seats(self, appointment_ids: set[int | None]) -> None:
        if not appointment_ids:
            return
        seats = Appointment.objects.filter(pk__in=appointment_ids).order_by()
        for appointment in _with_covers(Q(place__in=seats.values("place"), post__in=seats.values("post"))):
            self.in_seat[_seat_of(appointment)].append(appointment)
            if appointment.pk in appointment_ids:
                self.named[appointment.pk] = appointment

    def holder(self, place_id: int, post: str, on: date) -> Holder | None:
        """Return the holder of a post of the place itself on a day, a stand-in first; None where it is vacant."""
        return _in_force(self.at_place.get((place_id, post), ()), on)

    def rung_holder(self, place_id: int, rung: int, on: date) -> Holder | None:
        """Return the holder of a rung from 1 to 4 for a place: the secretaries of 五级负责制.

        An organisation of the rung's kind that covers the place, or the nearest place above it, comes first; without
        one the secretary appointed at the place of that level. None on a rung whose level is below the place.
        """
        return _in_force(self._of_rung(place_id, rung), on)

    def _of_rung(self, place_id: int, rung: int) -> Sequence[Appointment]:
        post, level = RUNG_POSTS[rung]
        path = self.paths.get(place_id, [])
        # a path begins at the community, and each place lies exactly one level below the one before it
        if len(path) < level:
            return ()
        for above_id in reversed(path):
            organisation_id = self.covering.get((above_id, post))
            if organisation_id is not None:
                return self.in_organisation.get(organisation_id, ())
        return self.at_place.get((path[level - 1], post), ())

    def answering(self, whose: Accountable, rung: int, on: date) -> Holder | None:
        """Return the holder of a rung: 0 is the accountable post, 1 to 4 the secretaries above.

        Raises KeyError for an appointment that the ladder was not loaded for.
        """
        if rung:
            return self.rung_holder(whose.place_id, rung, on) if self.has_rung(whose, rung) else None
        if whose.appointment_id is None:
            return self.holder(whose.place_id, whose.post, on)
        named = self.named[whose.appointment_id]
        return _in_force([named], on) or _in_force(self.in_seat[_seat_of(named)], on)

    def appointments(self, whose: Accountable, rung: int) -> Sequence[Appointment]:
        """Return the appointments that ever answered on a rung, past ones too, the earliest first.

        Raises KeyError for an appointment that the ladder was not loaded for.
        """
        if rung:
            return self._of_rung(whose.place_id, rung) if self.has_rung(whose, rung) else ()
        if whose.appointment_id is None:
            return self.at_place.get((whose.place_id, whose.post), ())
        return self.in_seat[_seat_of(self.named[whose.appointment_id])]

    def has_rung(self, whose: Accountable, rung: int) -> bool:
        """Return whether a rung is above the accountable post: neither below the place, nor below the post's own."""
        if not rung:
            return True
        is_below_place = RUNG_POSTS[rung][1] > len(self.paths.get(whose.place_id, []))
        return not is_below_place and rung >= rung_of(whose.post)

    def told(self, whose: Accountable, rung: int, on: date) -> Told:
        """Return whom a step of the ladder reaches: a vacant, uncovered rung is passed to the next at once.

        A rung that is not above the accountable post is skipped, and not vacant.
        """
        passed_over: list[int] = []
        for higher in range(rung, TOP_RUNG + 1):
            if not self.has_rung(whose, higher):
                continue
            holder = self.answering(whose, higher, on)
            if holder is not None:
                return Told(higher, holder.post, holder.cadre_id, passed_over)
            passed_over.append(higher)
        return Told(TOP_RUNG, "", None, passed_over)


def _with_covers(condition: Q) -> QuerySet[Appointment]:
    """Return appointments with their cadres and covers, the earliest first. Two queries."""
    covers = Prefetch("covers", Cover.objects.select_related("stand_in").order_by("from_on", "pk"))
    found = Appointment.objects.filter(condition).select_related("cadre").prefetch_related(covers)
    return found.order_by("started_on", "pk")


def _seat_of(appointment: Appointment) -> _Seat:
    return (appointment.place_id, appointment.post, appointment.organisation_id)


def _in_force(appointments: Iterable[Appointment], on: date) -> Holder | None:
    """Return the holder on a day among a post's appointments, or the stand-in of that day."""
    for appointment in appointments:
        if appointment.span.holds(appointment, on):
            stand_ins = [cover for cover in appointment.covers.all() if cover.span.holds(cover, on)]
            cadre = stand_ins[-1].stand_in if stand_ins else appointment.cadre
            return Holder(cadre.pk, cadre.name, appointment.post, appointment.pk, bool(stand_ins))
    return None


def rung_post(rung: int, accountable_post: str) -> str:
    """Return the post of a rung."""
    return Post(accountable_post) if rung == 0 else RUNG_POSTS[rung][0]


def have_answered(cadre_ids: Iterable[int], paths: Mapping[int, str]) -> set[tuple[int, int]]:
    """Return pairs of a cadre and a place that they are or once were accountable for, on any rung.

    `paths` are those of the places, by id. What happened to a person before they moved in was done by cadres of
    another building, whose names do not concern those accountable for this one. Three queries at most.
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
        for place_id, path in paths.items():
            if not areas.isdisjoint(path_ids(path)):
                found |= {(cadre_id, place_id) for cadre_id in people}
    return found
