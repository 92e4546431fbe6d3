"""Who looks on: every kind of account, programs, and nobody."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from accounts.choices import Role
from accounts.models import User
from api.choices import Grant
from buildings.models import Place, PlaceGrant
from cadres.choices import Post
from cadres.models import Appointment, Cadre
from tests.api.callers import caller
from tests.factories import user
from tests.privacy.words import FAR, NEAR, OWN

if TYPE_CHECKING:
    from tests.privacy.world import World


def _holder(world: World, place: Place, post: str, name: str) -> User:
    """An account for whoever holds a post of our community."""
    cadre = world.own.community.holder(place, post)
    cadre.user = user(name, name=cadre.name)
    cadre.save(update_fields=["user"])
    return cadre.user


def _granted(name: str, role: Role, place: Place, until_on: date | None = None) -> User:
    account = user(name, role=role, is_staff=True, name="张一")
    PlaceGrant.objects.create(user=account, place=place, until_on=until_on)
    return account


def invite(world: World, now: datetime) -> None:
    """Every kind of account, and nobody."""
    ours = world.own.community
    head: Cadre = Appointment.objects.get(place=world.own.place, post=Post.BUILDING_HEAD, ended_on=None).cadre
    head.user = user("head", name=head.name)
    head.save(update_fields=["user"])
    world.viewer("building head", head.user, NEAR, FAR)
    precinct, quarter = ours.precincts[0], ours.quarters[0]
    world.viewer("precinct", _holder(world, precinct, Post.BRANCH_SECRETARY, "precinct"), NEAR, FAR)
    world.viewer("quarter", _holder(world, quarter, Post.GENERAL_BRANCH_SECRETARY, "quarter"), NEAR, FAR)
    world.viewer("community", _holder(world, ours.place, Post.COMMITTEE_SECRETARY, "committee"), FAR)
    world.viewer("office", _granted("office", Role.OFFICE, ours.place), FAR)
    every = _granted("office3", Role.OFFICE, ours.place)
    PlaceGrant.objects.create(user=every, place=world.far.community.place)
    world.viewer("office of all", every)  # writes what holds for every community
    world.viewer("office of a precinct", _granted("office1", Role.OFFICE, precinct), NEAR, FAR)
    world.viewer(
        "office no more", _granted("office2", Role.OFFICE, ours.place, date(2026, 3, 1)), OWN, NEAR, FAR
    )
    for role in Role:
        if role not in {Role.OFFICE, Role.CADRE}:
            # the district has no pages at all
            blind_to = (OWN, NEAR, FAR) if role == Role.DISTRICT else (FAR,)
            world.viewer(role.value, _granted(role.value, role, ours.place), *blind_to)
    world.viewer("cadre without a post", user("idle"), OWN, NEAR, FAR)
    world.viewer("nobody", None, OWN, NEAR, FAR)
    for name, place, blind_to in (
        ("program", ours.place, (FAR,)),
        ("program of a precinct", precinct, (NEAR, FAR)),
    ):
        world.viewer(name, None, *blind_to)
        world.tokens[name] = caller(place, now=now, grants=list(Grant)).token
