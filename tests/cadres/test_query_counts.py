"""Every list of accounts, buildings, cadres and volunteers takes as many queries for a hundred rows as for one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db.models import Model
from django.utils import timezone

from accounts.models import User
from audit.choices import Action
from audit.models import AuditEvent
from audit.services import audit_event_record
from buildings.choices import Level, UnitLevel
from buildings.models import AdministrativeUnit, Place, PlaceGrant
from buildings.services import place_create
from cadres.choices import BUILDING_POSTS, Post
from cadres.models import Appointment, BuildingStaff, Cadre, Cover, PartyOrganisation
from cadres.services import cover_start, organisation_create
from tests.factories import Community, appointment, cadre, community, user
from tests.pages import list_url, queries_of, signed_in, superuser
from volunteers.models import Pairing, Team, TeamMembership, Volunteer
from volunteers.services import membership_start, pairing_start, team_create, volunteer_create

DAY = date(2026, 11, 23)


def users(ours: Community, number: int) -> None:
    who = user(f"user{number}", phone=f"1390000{number:04d}")
    PlaceGrant.objects.create(user=who, place=ours.buildings[number % 8])
    audit_event_record(
        now=timezone.now(),
        user=who,
        action=Action.CHANGE,
        object_type="buildings.place",
        object_id=str(number),
        fields=["name", "move"],
    )


def units(ours: Community, number: int) -> None:
    above = AdministrativeUnit.objects.create(code=f"9{number}", name=f"区{number}", level=UnitLevel.DISTRICT)
    AdministrativeUnit.objects.create(
        code=f"8{number}", name=f"街道{number}", level=UnitLevel.STREET, parent=above
    )


def building(ours: Community, number: int) -> Place:
    return place_create(level=Level.BUILDING, name=f"{number + 900}栋", parent=ours.precincts[0])


def posts(ours: Community, number: int) -> None:
    """A building with a holder who has an account and a stand-in, and a secretary of an organisation."""
    who = cadre(ours.place, user=user(f"user{number}"))
    held = appointment(building(ours, number), Post.HEALTH_WORKER, cadre=who)
    cover_start(appointment=held, stand_in=cadre(ours.place), from_on=DAY, until_on=DAY)
    above = organisation_create(community=ours.place, kind="committee", name=f"党委{number}", places=[])
    branch = organisation_create(
        community=ours.place, kind="branch", name=f"支部{number}", places=[], parent=above
    )
    appointment(ours.precincts[0], Post.BRANCH_SECRETARY, organisation=branch, cadre=who)


def volunteers(ours: Community, number: int) -> None:
    """A 下沉党员 in a team of his own, paired with a building of his own."""
    who = volunteer_create(
        community=ours.place, name=f"志愿者{number}", phone=f"1390000{number:04d}", is_party_member=True
    )
    head = appointment(building(ours, number), Post.BUILDING_HEAD)
    team = team_create(place=head.place, name=f"{number}队", kind="care", leader=head.cadre)
    membership_start(team=team, volunteer=who, joined_on=DAY)
    pairing_start(building=head.place, volunteer=who, partner=head, started_on=DAY)


# What makes the n-th row, and the lists it stands in.
MAKERS: list[tuple[Callable[[Community, int], Any], list[type[Model]]]] = [
    (users, [User, PlaceGrant, AuditEvent]),
    (units, [AdministrativeUnit]),
    (posts, [Place, BuildingStaff, Cadre, Appointment, Cover, PartyOrganisation]),
    (volunteers, [Volunteer, Team, TeamMembership, Pairing]),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("make", "models"), MAKERS, ids=[make.__name__ for make, _ in MAKERS])
def test_a_list_takes_as_many_queries_for_many_rows_as_for_one(
    make: Callable[[Community, int], Any], models: list[type[Model]]
) -> None:
    ours = community(staffed=False)
    client = signed_in(superuser())
    make(ours, 0)
    few = {model: queries_of(client, list_url(model)) for model in models}
    for number in range(1, 100):
        make(ours, number)
    assert all(model._default_manager.count() >= 100 for model in models)
    assert {model: queries_of(client, list_url(model)) for model in models} == few
    assert max(few.values()) <= 15


@pytest.mark.django_db
def test_the_page_of_six_posts_and_the_rates_too() -> None:
    ours = community(staffed=False)
    client = signed_in(superuser())
    appointment(ours.building, Post.CULTURE_WORKER)
    pages = [f"/admin/cadres/buildingstaff/{ours.building.pk}/change/", "/admin/cadres/buildingstaff/rates/"]
    few = [queries_of(client, page) for page in pages]
    for post in set(BUILDING_POSTS) - {Post.CULTURE_WORKER}:
        appointment(ours.building, post)
    for number in range(30):
        building(ours, number)
    assert [queries_of(client, page) for page in pages] == few
