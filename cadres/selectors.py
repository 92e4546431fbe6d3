"""Reading posts: holders, vacancies, and the post a visit counts for."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull

from accounts.rules import PEOPLE_ROLES
from buildings.choices import Level
from buildings.models import EmergencyAccess, Place, PlaceGrant
from buildings.scope import Scope
from buildings.selectors import TREE_ORDER, path_ids
from cadres.choices import BUILDING_POSTS, RUNG_POSTS
from cadres.models import Appointment, Cadre, Cover, EmergencyNotice, PartyOrganisation

if TYPE_CHECKING:
    from accounts.models import User


LOWEST_SECRETARY = 2  # the rung of 支部书记


def in_force(on: date) -> Q:
    """Build the condition that an appointment holds on a day, both end days included."""
    return Appointment.span.on(on)


def in_seat(place: Place, post: str, organisation: PartyOrganisation | None) -> Q:
    """Build the condition on appointments to a seat: a post of a place, or the secretary's of an organisation."""
    of = Q(organisation=organisation) if organisation else Q(place=place, organisation=None)
    return Q(of, post=post)


def same_seat(outer: str = "") -> Q:
    """Build the condition on appointments that hold the seat of one of the outer query: place, post and organisation.

    `outer` leads from the outer query's rows to that one: "appointment__".
    """
    of_place = Q(organisation=None) & IsNull(OuterRef(f"{outer}organisation"), True)
    of_body = Q(organisation=OuterRef(f"{outer}organisation"))
    return Q(of_place | of_body, place=OuterRef(f"{outer}place"), post=OuterRef(f"{outer}post"))


def successors(appointment_ids: Iterable[int], on: date) -> dict[int, int | None]:
    """Return by ended appointment the id of its successor in the seat on a day, None for a vacant seat.

    One query, and none for no appointments.
    """
    ids = list(appointment_ids)
    if not ids:
        return {}
    holds = Appointment.objects.filter(in_force(on), same_seat()).order_by("started_on", "pk")
    ended = Appointment.objects.filter(pk__in=ids, ended_on__lt=on).order_by()
    return dict(ended.annotate(heir=Subquery(holds.values("pk")[:1])).values_list("pk", "heir"))


def post_held_on(cadre: Cadre, building: Place, day: date) -> str:
    """Return the nearest of `posts_held_on`; "" for none."""
    return next(iter(posts_held_on(cadre, building, day)), "")


def posts_held_on(cadre: Cadre, building: Place, day: date) -> list[str]:
    """Return the posts through which a cadre is accountable for a building on a day, by appointment or as stand-in.

    A post of the building itself comes before one of a place above it. One query.
    """
    inside = Q(place__in=path_ids(building.path)) | Q(organisation__places__in=path_ids(building.path))
    covering = Cover.objects.running(day).filter(stand_in=cadre).values("appointment")
    held = Appointment.objects.filter(in_force(day), inside).filter(Q(cadre=cadre) | Q(pk__in=covering))
    nearest = held.order_by("-place__level", "post").values_list("post", flat=True)
    return list(dict.fromkeys(nearest))


def neighbours(appointment: Appointment, today: date) -> QuerySet[Appointment]:
    """Return appointments of those who may cover or succeed the holder of a post: others serving in the same 片区."""
    place = appointment.place
    around = place.parent if place.level == Level.BUILDING and place.parent else place
    held = Appointment.objects.filter(in_force(today), place__path__startswith=around.path)
    return held.exclude(cadre=appointment.cadre_id)


@dataclass(frozen=True, slots=True)
class Vacancy:
    """A post of a building without a holder."""

    building_id: int
    post: str


def filled_posts(building_ids: Iterable[int], on: date) -> set[tuple[int, str]]:
    """Return the (building, post) pairs that are held on a day. One query."""
    held = Appointment.objects.filter(in_force(on), place__in=list(building_ids), post__in=BUILDING_POSTS)
    return set(held.values_list("place", "post"))


def staffed_buildings(scope: Scope, on: date) -> list[int]:
    """Return the buildings of a scope in use on a day, each with six posts to fill. One query."""
    buildings = Place.objects.within(scope).standing_on(on).filter(level=Level.BUILDING)
    return list(buildings.order_by("sort_key", "pk").values_list("pk", flat=True))


def vacant_posts(building_ids: list[int], on: date) -> list[Vacancy]:
    """Return the vacant posts of 两长四员 in these buildings on a day. One query."""
    filled = filled_posts(building_ids, on)
    return [Vacancy(pk, post) for pk in building_ids for post in BUILDING_POSTS if (pk, post) not in filled]


def vacancies(scope: Scope, on: date) -> list[Vacancy]:
    """Return the vacant posts of 两长四员 in the scope's buildings in use on a day. Two queries."""
    return vacant_posts(staffed_buildings(scope, on), on)


@dataclass(frozen=True, slots=True)
class StaffingRow:
    """One line of the table of 配备率: an area, its buildings, and how many of each post are vacant."""

    place: Place
    buildings: int
    vacant: dict[str, int]

    @property
    def posts(self) -> int:
        return self.buildings * len(BUILDING_POSTS)

    @property
    def vacancies(self) -> int:
        return sum(self.vacant.values())

    @property
    def filled(self) -> int:
        return self.posts - self.vacancies

    @property
    def percent(self) -> float:
        """Return 配备率 with one decimal, rounded down: 100 means that nothing is vacant."""
        return math.floor(self.filled * 1000 / self.posts) / 10 if self.posts else 100.0


def staffing_table(scope: Scope, on: date, *, lowest: Level = Level.PRECINCT) -> list[StaffingRow]:
    """Return the staffing of the scope's places that have buildings, down to a level, in tree order. Three queries."""
    buildings = Place.objects.within(scope).standing_on(on).filter(level=Level.BUILDING)
    paths = dict(buildings.values_list("pk", "path"))
    filled = filled_posts(paths, on)
    counts, vacant = Counter[int](), defaultdict[int, Counter[str]](Counter)
    for building_id, path in paths.items():
        lacking = [post.value for post in BUILDING_POSTS if (building_id, post) not in filled]
        for place_id in path_ids(path)[:lowest]:
            counts[place_id] += 1
            vacant[place_id].update(lacking)
    areas = Place.objects.within(scope).filter(pk__in=counts).select_related("parent__parent")
    return [StaffingRow(area, counts[area.pk], dict(vacant[area.pk])) for area in areas.order_by(*TREE_ORDER)]


def scope_for(user: User, *, today: date, now: datetime | None = None) -> Scope:
    """Return the scope of a user on a day; both end days of appointments, covers and grants count. One query.

    With `now` it includes the emergency access open at that moment.
    """
    if not user.is_active:
        return Scope.NOTHING
    if user.is_superuser:
        return Scope(everywhere=True, full_names=True, user_id=user.pk)
    with connection.cursor() as cursor:
        cursor.execute(_SCOPE, {"user": user.pk, "today": today, "now": now})
        found = cursor.fetchall()
    paths = {path for _, path, is_emergency in found if path and not is_emergency}
    emergency = {path for _, path, is_emergency in found if path and is_emergency} - paths
    return Scope(
        paths=frozenset(paths | emergency),
        emergency=frozenset(emergency),
        full_names=bool(paths | emergency),
        user_id=user.pk,
        cadre_id=next((cadre_id for cadre_id, _, _ in found), None),
    )


# Run by every request. As querysets it took an eighth of a page's time, most of it to compile the statement. Rows:
# places granted; those of posts held or covered, for an organisation's secretary all that it covers; emergency access.
# One row at least: (cadre or null, path or null, whether by emergency access alone).
_SCOPE = """
    WITH own AS (SELECT id FROM cadres_cadre WHERE user_id = %(user)s),
    post AS (
        SELECT a.place_id, a.organisation_id FROM cadres_appointment a
        WHERE a.started_on <= %(today)s AND (a.ended_on IS NULL OR a.ended_on >= %(today)s)
        AND a.id IN (
            SELECT held.id FROM cadres_appointment held WHERE held.cadre_id = (SELECT id FROM own)
            UNION ALL
            SELECT c.appointment_id FROM cadres_cover c
            WHERE c.stand_in_id = (SELECT id FROM own) AND c.from_on <= %(today)s AND c.until_on >= %(today)s
        )
    ),
    part AS (
        SELECT place_id, false AS is_emergency FROM buildings_placegrant
        WHERE user_id = %(user)s AND (until_on IS NULL OR until_on >= %(today)s)
        UNION
        SELECT place_id, false FROM post WHERE organisation_id IS NULL
        UNION
        SELECT covered.place_id, false FROM post
        JOIN cadres_partyorganisation_places covered ON covered.partyorganisation_id = post.organisation_id
        UNION
        SELECT place_id, true FROM buildings_emergencyaccess
        WHERE user_id = %(user)s AND ended_at IS NULL AND started_at <= %(now)s AND until_at > %(now)s
    )
    SELECT own.id, place.path, part.is_emergency
    FROM (SELECT 1) AS request
    LEFT JOIN own ON true
    LEFT JOIN part ON true
    LEFT JOIN buildings_place place ON place.id = part.place_id
"""


def emergencies_open(user_id: int, now: datetime) -> QuerySet[EmergencyAccess]:
    """Return an account's open emergency access, the newest first."""
    rows = EmergencyAccess.objects.filter(user=user_id, ended_at=None, until_at__gt=now)
    return rows.select_related("place__parent__parent")


def emergencies_told(cadre_id: int) -> QuerySet[EmergencyNotice]:
    """Return a cadre's notices of emergency access to their buildings, the newest first."""
    rows = EmergencyNotice.objects.filter(cadre=cadre_id)
    return rows.select_related("access__user", "access__place__parent__parent").order_by("-access", "pk")


def emergency_notices_unseen(scope: Scope) -> QuerySet[EmergencyNotice]:
    """Return the notices of emergency access that the viewer has not opened."""
    if scope.cadre_id is None:
        return EmergencyNotice.objects.none()
    return EmergencyNotice.objects.filter(cadre=scope.cadre_id, seen_at=None)


def holders_of_buildings(scope: Scope) -> QuerySet[Appointment]:
    """Return the appointments to the six posts of buildings in a scope that have not ended."""
    return Appointment.objects.within(scope).unended().filter(post__in=BUILDING_POSTS)


def secretaries(scope: Scope) -> QuerySet[Appointment]:
    """Return the appointments of secretaries of 支部 and above in a scope that have not ended."""
    posts = [post for rung, (post, _) in RUNG_POSTS.items() if rung >= LOWEST_SECRETARY]
    return Appointment.objects.within(scope).unended().filter(post__in=posts)


def with_account(scope: Scope) -> QuerySet[Cadre]:
    """Return the cadres of a scope who have an account in use."""
    return Cadre.objects.within(scope).filter(user__is_active=True)


def secretary_on(user: User, day: date, *, lowest: int = LOWEST_SECRETARY) -> bool:
    """Return whether an account's cadre is, or stands in for, a secretary on a day: of 支部 (rung 2) or above."""
    posts = [post for rung, (post, _) in RUNG_POSTS.items() if rung >= lowest]
    own = Q(cadre__user=user)
    covered = Q(covers__stand_in__user=user) & Cover.span.on(day, prefix="covers__")
    return Appointment.objects.filter(in_force(day), own | covered, post__in=posts).exists()


def work_has_ended(user: User, *, today: date) -> bool:
    """Return whether an account had a post, cover or grant, and has none left; for accounts with an empty scope.

    One that was never given any may still be waiting for them.
    """
    if user.is_superuser or user.role not in PEOPLE_ROLES:
        return False
    return (
        PlaceGrant.objects.filter(user=user, until_on__lt=today).exists()
        or Appointment.objects.filter(cadre__user=user, ended_on__lt=today).exists()
        or Cover.objects.filter(stand_in__user=user, until_on__lt=today).exists()
    )
