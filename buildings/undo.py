"""Taking back places that an import has written; see docs/adr/0080."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model

from baibuting.common.days import local_day
from baibuting.common.pointing import columns_set
from baibuting.common.portal import RowUndo
from buildings.choices import Level
from buildings.models import Place, PlaceMove
from buildings.services import place_change, place_move


@transaction.atomic
def places_erase(*, place_ids: Collection[int]) -> None:
    """Erase places, lowest first. Raises ProtectedError where something lies in one of them by now."""
    places = Place.objects.filter(pk__in=place_ids)
    for level in sorted(set(places.values_list("level", flat=True)), reverse=True):
        places.filter(level=level).delete()


@transaction.atomic
def place_restore(*, place_id: int, before: dict[str, Any], since: datetime, now: datetime) -> None:
    """Restore a place's former columns and parent; the import's move is erased."""
    former = dict(before)
    parent_id = former.pop("parent_id", None)
    for derived in ("path", "sort_key", "community_id"):
        former.pop(derived, None)
    place = Place.objects.get(pk=place_id)
    if parent_id is not None and parent_id != place.parent_id:
        made = PlaceMove.objects.filter(
            place=place, to_parent=place.parent_id, moved_on__gte=local_day(since)
        )
        back = place_move(place=place, to_parent=Place.objects.get(pk=parent_id), moved_on=local_day(now))
        # the import's move and its reversal leave no record
        PlaceMove.objects.filter(pk__in=[back.pk, *made.values_list("pk", flat=True)]).delete()
        place.refresh_from_db()
    if former:
        columns_set(place, former)
        place_change(place=place)


def places_from_below(place_ids: set[int]) -> list[set[int]]:
    """Return places level by level, buildings first, without the community, to which the import's run belongs."""
    levels: dict[int, set[int]] = defaultdict(set)
    for pk, level in Place.objects.filter(pk__in=place_ids).values_list("pk", "level"):
        levels[level].add(pk)
    levels.pop(Level.COMMUNITY, None)
    return [levels[level] for level in sorted(levels, reverse=True)]


def moves_put_back(place_id: int) -> dict[type[Model], set[int]]:
    """Return the moves that brought a place to its parent, by model: they are erased when it is moved back."""
    here = Place.objects.filter(pk=place_id).values("parent_id")
    moves = PlaceMove.objects.filter(place=place_id, to_parent__in=here)
    return {PlaceMove: set(moves.values_list("pk", flat=True))}


UNDOES = (
    RowUndo(
        "buildings.place",
        70,
        "个",
        "楼栋或区域",
        erase=lambda pks, now: places_erase(place_ids=pks),
        restore=lambda pk, before, since, now: place_restore(
            place_id=pk, before=before, since=since, now=now
        ),
        parts=places_from_below,
        put_back=moves_put_back,
        derived=frozenset({"buildings.placemove"}),
        restored="before",
    ),
)
