"""A community of one's own, a building next door in it, and a foreign community: each full of words found nowhere else.

Whoever may not see the building next door must never receive a byte of its words; nobody here the foreign ones'.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.apps import apps
from django.db import connection, transaction

from accounts.choices import Role
from accounts.models import User
from buildings.models import Place, PlaceGrant
from buildings.scope import Scope
from cadres.choices import Post
from cadres.models import Appointment, Cadre
from cadres.selectors import scope_for
from tests.duties.steps import sweep_at
from tests.factories import community, user
from tests.privacy.families import NOW, Family, collect, cross, rename, settle, tell
from tests.privacy.filling import complete
from tests.privacy.words import FAR, NEAR, OWN, Words


@dataclass
class World:
    """All of it, and who looks on: by name, with the families each must never hear of."""

    own: Family
    near: Family
    far: Family
    viewers: dict[str, User | None] = field(default_factory=dict)
    blind_to: dict[str, tuple[Words, ...]] = field(default_factory=dict)

    def viewer(self, name: str, account: User | None, *blind_to: Words) -> None:
        self.viewers[name], self.blind_to[name] = account, blind_to

    def strange_to(self, name: str) -> list[Family]:
        """The families a viewer must never hear of."""
        return [family for family in (self.own, self.near, self.far) if family.words in self.blind_to[name]]

    def strange_rows(self, name: str, label: str, most: int) -> list[Any]:
        """So many rows of each strange family; not those that lie in one's own place as well, as who serves in both."""
        strange = self.strange_to(name)
        own = set() if self.own in strange else {row.pk for row in self.own.of(label)}
        return [
            row
            for family in strange
            for row in few([found for found in family.of(label) if found.pk not in own], most)
        ]

    def scope(self, name: str) -> Scope:
        account = self.viewers[name]
        return scope_for(account, today=NOW.date()) if account else Scope.NOTHING


def few(rows: list[Any], most: int) -> list[Any]:
    """The first and the last of many."""
    if len(rows) <= most:
        return list(rows)
    half = most // 2
    return [*rows[: most - half], *(rows[-half:] if half else [])]


@contextmanager
def savepoint() -> Iterator[None]:
    """What happens inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def build() -> World:
    """Make the world inside the transaction that is open."""
    ours, theirs = community("江岸里社区"), community(FAR.text("社区"), staffed=False)
    rename(ours, theirs)
    own = Family(OWN, ours.building, ours)
    near = Family(NEAR, ours.buildings[-1], ours)
    far = Family(FAR, theirs.building, theirs)
    for family in (own, near, far):
        settle(family)
    cross(own, near)
    sweep_at(NOW)
    for family in (own, near, far):
        tell(family)
        collect(family)
        complete(family)
    world = World(own, near, far)
    _invite(world)
    return world


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


def _invite(world: World) -> None:
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
    world.viewer("office of a precinct", _granted("office1", Role.OFFICE, precinct), NEAR, FAR)
    world.viewer(
        "office no more", _granted("office2", Role.OFFICE, ours.place, date(2026, 3, 1)), OWN, NEAR, FAR
    )
    for role in Role:
        if role not in {Role.OFFICE, Role.CADRE}:
            world.viewer(role.value, _granted(role.value, role, ours.place), FAR)
    world.viewer("cadre without a post", user("idle"), OWN, NEAR, FAR)
    world.viewer("nobody", None, OWN, NEAR, FAR)


FLEETING = {"sessions.session"}


def digests() -> dict[str, str]:
    """What stands in every table, as one word each; sessions left out, which a look at a page may write."""
    tables = [
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.label_lower not in FLEETING
    ]
    parts = [
        f"""SELECT '{table}', md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), '')) FROM "{table}" t"""
        for table in tables
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())
