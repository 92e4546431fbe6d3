"""Queries on the place tree."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from buildings.choices import Level
from buildings.models import Place, PlaceGrant, PlaceMove
from buildings.scope import Scope, path_condition

# Depth-first, every place after its parent; for a list of one community or of several.
TREE_ORDER: tuple[str, ...] = ("sort_path", "pk")


def place_matching(text: str, *, prefix: str = "") -> Q:
    """Return the condition that every word is in the name of a place or of one it lies in ("怡康苑 205").

    `prefix` leads to the place ("building__").
    """
    condition = Q()
    for word in text.split():
        names = (f"{prefix}{'parent__' * up}name__icontains" for up in range(3))
        condition &= reduce(or_, (Q(**{name: word}) for name in names))
    return condition


def path_ids(path: str) -> list[int]:
    """Return the ids in a path, from the community down: "/1/5/17/" → [1, 5, 17]."""
    return [int(part) for part in path.split("/") if part]


def covers_every_community(scope: Scope) -> bool:
    """Return whether a scope covers every community; where there is only one, its office's scope does. One query."""
    if scope.everywhere or not scope.paths:
        return scope.everywhere
    communities = Place.objects.active().filter(level=Level.COMMUNITY)
    return not communities.exclude(path_condition(scope)).exists()


def ancestors(place: Place) -> list[Place]:
    """Return the places above one, community first, without itself. One query."""
    ids = path_ids(place.path)[:-1]
    found = Place.objects.in_bulk(ids)
    return [found[pk] for pk in ids]


def path_names(places: Iterable[Place]) -> dict[int, str]:
    """Return the full name of each place by id: "怡和苑北区 第一片区 504栋". One query for all of them."""
    places = list(places)
    ids = {pk for place in places for pk in path_ids(place.path)}
    names = dict(Place.objects.filter(pk__in=ids, level__gt=Level.COMMUNITY).values_list("pk", "name"))
    return {
        place.pk: " ".join(names[pk] for pk in path_ids(place.path) if pk in names) or place.name
        for place in places
    }


def parent_on(place: Place, day: date) -> Place | None:
    """Return a place's parent on a day, by its recorded moves; a move counts from its own day on."""
    later = PlaceMove.objects.filter(place=place, moved_on__gt=day).select_related("from_parent")
    first = later.order_by("moved_on", "id").first()
    return first.from_parent if first else place.parent


def buildings_in_use(scope: Scope) -> QuerySet[Place]:
    """Return the buildings of a scope that are in use."""
    return Place.objects.within(scope).active().filter(level=Level.BUILDING)


def accounts_placed() -> set[int]:
    """Return the ids of accounts that were granted a whole community without a last day."""
    grants = PlaceGrant.objects.unscoped("whether the installation can be left to its keepers, whoever asks")
    whole = grants.filter(until_on=None, place__level=Level.COMMUNITY, place__closed_on=None)
    return set(whole.values_list("user_id", flat=True))
