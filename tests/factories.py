"""The standing cast: one community with every post held, a stranger next door, and who looks on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from typing import Any

from django.db import connection

from accounts.choices import Role
from accounts.models import User
from baibuting.common.days import SHANGHAI
from baibuting.common.names import pinyin_initials
from baibuting.common.persons import phone_digest
from buildings.choices import Level
from buildings.models import Place, PlaceGrant
from buildings.rules import natural_key, sort_path
from cadres.choices import BUILDING_POSTS, RUNG_POSTS, Post
from cadres.models import Appointment, Cadre
from cadres.services import appointment_start, cadre_create
from duties.models import GoLive
from residents.models import CareCategory, CareRecord, Resident
from residents.services import household_get_or_create, resident_create
from visits.services import care_record_start

LONG_AGO = date(2020, 1, 1)
EVER = date(2000, 1, 1)
_numbers = count(1)


def live_for_ever(name: str = "百步亭社区") -> None:
    """Let a community that a roster has founded count from long ago, as those of `community` do."""
    GoLive.objects.create(community=Place.objects.get(parent=None, name=name), on=EVER)


def moment(text: str) -> datetime:
    """A Shanghai moment from "2026-11-23T09:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def user(username: str, *, role: Role = Role.CADRE, **details: Any) -> User:
    return User.objects.create_user(username, password="long enough 1", role=role, **details)


def category(code: str) -> CareCategory:
    """A shipped category."""
    return CareCategory.objects.get(code=code)


@dataclass
class Community:
    """A community of 2 苑区 × 2 片区 × 2 楼栋; `holders` by (place id, post)."""

    place: Place
    quarters: list[Place] = field(default_factory=list)
    precincts: list[Place] = field(default_factory=list)
    buildings: list[Place] = field(default_factory=list)
    holders: dict[tuple[int, str], Appointment] = field(default_factory=dict)

    @property
    def building(self) -> Place:
        return self.buildings[0]

    def holder(self, place: Place, post: str) -> Cadre:
        return self.holders[place.pk, post].cadre


def community(name: str = "百步亭社区", *, staffed: bool = True, is_live: bool = True) -> Community:
    """A community; every post on every rung held unless `staffed` is false, and counting for ever if `is_live`."""
    ids = _place_ids(15)
    made = Community(_bare_place(next(ids), Level.COMMUNITY, name))
    for quarter_name in ("怡康苑", "文卉苑"):
        quarter = _bare_place(next(ids), Level.QUARTER, quarter_name, made.place)
        made.quarters.append(quarter)
        for precinct_name in ("第一片区", "第二片区"):
            precinct = _bare_place(next(ids), Level.PRECINCT, precinct_name, quarter)
            made.precincts.append(precinct)
            for _ in range(2):
                number = f"{len(made.buildings) + 101}栋"
                made.buildings.append(_bare_place(next(ids), Level.BUILDING, number, precinct))
    # past the services, which lock and check one by one: half of all tests begin here
    Place.objects.bulk_create([made.place, *made.quarters, *made.precincts, *made.buildings])
    if is_live:
        GoLive.objects.create(community=made.place, on=EVER)
    if staffed:
        _staff(made)
    return made


def _place_ids(count: int) -> Iterator[int]:
    with connection.cursor() as cursor:
        sequence = "pg_get_serial_sequence('buildings_place', 'id')"
        cursor.execute(f"SELECT nextval({sequence}) FROM generate_series(1, %s)", [count])
        return iter([pk for (pk,) in cursor.fetchall()])


def _bare_place(pk: int, level: Level, name: str, parent: Place | None = None) -> Place:
    """As `place_create` makes it; tests/buildings/test_places.py compares the two."""
    return Place(
        pk=pk,
        level=level,
        name=name,
        parent=parent,
        path=f"{parent.path if parent else '/'}{pk}/",
        community_id=parent.community_id if parent else pk,
        sort_key=natural_key(name),
        sort_path=sort_path(parent.sort_path if parent else "", name, pk),
    )


def _staff(made: Community) -> None:
    posts: list[tuple[Place, Post]] = [(place, post) for place in made.buildings for post in BUILDING_POSTS]
    for rung, places in ((2, made.precincts), (3, made.quarters), (4, [made.place])):
        posts += [(place, RUNG_POSTS[rung][0]) for place in places]
    cadres = Cadre.objects.bulk_create(_bare_cadre(made.place) for _ in posts)
    made_appointments = Appointment.objects.bulk_create(
        Appointment(cadre=holder, post=post, place=place, started_on=LONG_AGO)
        for holder, (place, post) in zip(cadres, posts, strict=True)
    )
    made.holders = {(held.place_id, held.post): held for held in made_appointments}


def _bare_cadre(place: Place) -> Cadre:
    number = next(_numbers)
    name, phone = f"骨干{number}", f"199{number:08d}"
    return Cadre(
        community=place,
        name=name,
        name_initials=pinyin_initials(name),
        phone=phone,
        phone_digest=phone_digest(phone, of="cadre"),
    )


def cadre(place: Place, **details: Any) -> Cadre:
    """A cadre of the place's community with a name and phone of his own."""
    number = next(_numbers)
    details.setdefault("name", f"骨干{number}")
    return cadre_create(community=place.community, phone=f"199{number:08d}", **details)


def appointment(place: Place, post: str, *, started_on: date = LONG_AGO, **details: Any) -> Appointment:
    return appointment_start(
        cadre=details.pop("cadre", None) or cadre(place),
        post=post,
        place=place,
        started_on=started_on,
        **details,
    )


def clerk(place: Place, username: str = "clerk") -> User:
    """Office staff granted a place."""
    made = user(username, role=Role.OFFICE, is_staff=True, name="社区办李敏")
    PlaceGrant.objects.create(user=made, place=place)
    return made


def resident(building: Place, *, now: datetime, room: str = "", name: str = "", **details: Any) -> Resident:
    number = next(_numbers)
    household = household_get_or_create(building=building, entrance="1", room=room or str(number))
    return resident_create(household=household, name=name or f"居民{number}", now=now, **details)


def care_record(
    building: Place, *, now: datetime, started_on: date, code: str = "elderly_alone", **details: Any
) -> CareRecord:
    """A person under care with the clock running."""
    person = details.pop("resident", None) or resident(building, now=now)
    return care_record_start(
        resident=person, category=category(code), started_on=started_on, now=now, **details
    )
