"""Whose a duty is: lists ask the database, pages a ladder; both say the same, and what names nobody is as it was."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from django.db.models import Exists, OuterRef, Q

from baibuting.common.days import midnight
from buildings.models import Place
from cadres.choices import BUILDING_POSTS, ORGANISATION_POSTS, RUNG_POSTS, OrganisationKind, Post
from cadres.ladder import TOP_RUNG, Accountable, Ladder, Told
from cadres.models import Appointment, Cadre, Cover, PartyOrganisation
from cadres.selectors import in_force
from duties.as_of import AsOf, duty_filter
from duties.choices import Family
from duties.kinds import Kind
from duties.models import Duty, DutyClock
from duties.selectors import held_by
from tests.duties.registering import registered
from tests.factories import Community, cadre, community

pytestmark = pytest.mark.django_db

FIRST = date(2026, 3, 1)
DAYS = [FIRST + timedelta(days=ahead) for ahead in (-1, 0, 9, 10, 11, 25, 60)]
POSTS = [*BUILDING_POSTS[1:3], *(post for post, _ in RUNG_POSTS.values())]


class Matter(Kind):
    code, label, family, source = "matter", "事项", Family.PERIODIC, "matters"


@dataclass
class World:
    """Seats that were held, left, covered, taken up again or never filled, and duties that name one or nobody."""

    home: Community
    cadres: list[Cadre] = field(default_factory=list)
    organisations: list[PartyOrganisation] = field(default_factory=list)

    @property
    def places(self) -> list[Place]:
        home = self.home
        return [home.place, *home.quarters[:1], *home.precincts[:2], *home.buildings[:3]]


def world(chance: random.Random) -> World:
    made = World(community(staffed=False))
    made.cadres = [cadre(made.home.place) for _ in range(5)]
    for kind in (OrganisationKind.BRANCH, OrganisationKind.GENERAL_BRANCH, OrganisationKind.GROUP):
        body = PartyOrganisation.objects.create(community=made.home.place, kind=kind, name=f"组织{kind}")
        body.places.set(chance.sample(made.places, 2))
        made.organisations.append(body)
    for place in made.places:
        for post in POSTS:
            _fill(made, chance, place, post, None)
    for body in made.organisations:
        _fill(made, chance, chance.choice(made.places), ORGANISATION_POSTS[OrganisationKind(body.kind)], body)
    return made


def _fill(
    made: World, chance: random.Random, place: Place, post: str, body: PartyOrganisation | None
) -> None:
    """One holder after the other, with gaps, the last perhaps still there."""
    begins = FIRST - timedelta(days=chance.randint(0, 20))
    for _ in range(chance.randint(0, 3)):
        ends = begins + timedelta(days=chance.randint(0, 25))
        is_last = chance.random() < 0.4
        held = Appointment.objects.create(
            cadre=chance.choice(made.cadres),
            post=post,
            place=place,
            organisation=body,
            started_on=begins,
            ended_on=None if is_last else ends,
            end_reason="" if is_last else "term",
        )
        if chance.random() < 0.3:
            Cover.objects.create(
                appointment=held,
                stand_in=chance.choice([one for one in made.cadres if one != held.cadre]),
                from_on=begins,
                until_on=ends,
            )
        if is_last:
            return
        begins = ends + timedelta(days=chance.randint(1, 12))


def owe(made: World, place: Place, post: str, named: Appointment | None) -> Duty:
    clock = DutyClock.objects.create(source="matters", community=made.home.place)
    return Duty.objects.create(
        clock=clock,
        community=made.home.place,
        place=place,
        kind=Matter.code,
        key="",
        accountable_post=post,
        appointment=named,
        opened_on=FIRST,
        due_on=FIRST,
        due_at=midnight(FIRST + timedelta(days=90)),
        created_at=midnight(FIRST),
    )


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with registered(monkeypatch, Matter(), lambda clocks, now: []):
        yield


@pytest.mark.parametrize("seed", range(4))
def test_lists_and_pages_say_the_same(seed: int) -> None:
    chance = random.Random(seed)
    made = world(chance)
    for place in made.places:
        for post in POSTS:
            owe(made, place, post, None)
    for named in Appointment.objects.all():
        owe(made, named.place, named.post, named)
        owe(made, chance.choice(made.places), named.post, named)
    duties = list(Duty.objects.all())
    ladder = Ladder.load(duty.accountable for duty in duties)
    for day in DAYS:
        holders = {duty.pk: ladder.answering(duty.accountable, 0, day) for duty in duties}
        for who in made.cadres:
            asked = set(Duty.objects.filter(held_by(who.pk, day)).values_list("pk", flat=True))
            assert asked == {pk for pk, one in holders.items() if one and one.cadre_id == who.pk}, (day, who)
        nobodys = Duty.objects.filter(duty_filter("no_owner", AsOf.end_of(day)))
        expected = {pk for pk, one in holders.items() if one is None} if day >= FIRST else set()
        assert set(nobodys.values_list("pk", flat=True)) == expected, day


@pytest.mark.parametrize("seed", range(4))
def test_what_names_nobody_is_as_it_was(seed: int) -> None:
    """Who is told and who owes it, for every post of every building, as before duties could name an appointment."""
    made = world(random.Random(seed))
    buildings = [place for place in made.places if place in made.home.buildings]
    for place in buildings:
        for post in BUILDING_POSTS:
            owe(made, place, post, None)
    ladder = Ladder.load(place.pk for place in buildings)
    for day in DAYS:
        for duty in Duty.objects.all():
            for rung in range(TOP_RUNG + 1):
                before = told_before(ladder, duty.place_id, rung, day, duty.accountable_post)
                assert ladder.told(duty.accountable, rung, day) == before, (duty, rung, day)
        for who in made.cadres:
            before_ids = Duty.objects.filter(held_by_before(who.pk, day)).values_list("pk", flat=True)
            assert set(Duty.objects.filter(held_by(who.pk, day)).values_list("pk", flat=True)) == set(
                before_ids
            )


def told_before(ladder: Ladder, building_id: int, rung: int, on: date, post: str) -> Told:
    """As `Ladder.told` was while every duty lay at a building and named a post."""
    passed_over: list[int] = []
    for higher in range(rung, TOP_RUNG + 1):
        if higher == 0:
            holder = ladder.holder(building_id, post, on)
        else:
            holder = _rung_holder_before(ladder, building_id, higher, on)
        if holder is not None:
            return Told(higher, holder.post, holder.cadre_id, passed_over)
        passed_over.append(higher)
    return Told(TOP_RUNG, "", None, passed_over)


def _rung_holder_before(ladder: Ladder, building_id: int, rung: int, on: date):  # type: ignore[no-untyped-def]
    post, level = RUNG_POSTS[rung]
    path = ladder.paths[building_id]
    for place_id in reversed(path):
        body = ladder.covering.get((place_id, post))
        if body is not None:
            held = [one for one in ladder.in_organisation.get(body, ()) if one.span.holds(one, on)]
            whose = Accountable(held[0].place_id, post, held[0].pk) if held else None
            return Ladder.load([whose]).answering(whose, 0, on) if whose else None
    return ladder.holder(path[level - 1], post, on)


def held_by_before(cadre_id: int, today: date) -> Exists:
    """As `held_by` was."""
    covers = Cover.objects.running(today).filter(appointment=OuterRef("pk"))
    posts = Appointment.objects.filter(
        in_force(today), place=OuterRef("place"), post=OuterRef("accountable_post"), organisation=None
    )
    own = Q(cadre=cadre_id) & ~Q(Exists(covers))
    return Exists(posts.filter(own | Q(Exists(covers.filter(stand_in=cadre_id)))))


def test_of_two_in_one_seat_the_one_named_answers() -> None:
    """A 片区 may have several grid workers: what one of them owes is not the other's while he is there."""
    made = World(community(staffed=False))
    made.cadres = [cadre(made.home.place) for _ in range(3)]
    place = made.home.precincts[0]
    one, other = (
        Appointment.objects.create(cadre=who, post=Post.GRID_WORKER, place=place, started_on=FIRST)
        for who in made.cadres[:2]
    )
    duty = owe(made, place, Post.GRID_WORKER, other)
    assert Duty.objects.filter(held_by(other.cadre_id, FIRST)).get() == duty
    assert not Duty.objects.filter(held_by(one.cadre_id, FIRST)).exists()
    holder = Ladder.load([duty.accountable]).answering(duty.accountable, 0, FIRST)
    assert holder is not None
    assert holder.appointment_id == other.pk
