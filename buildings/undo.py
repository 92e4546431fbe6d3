"""Taking back places that an import has written; see docs/adr/0080."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction

from baibuting.common.days import local_day
from baibuting.common.pointing import columns_set
from buildings.models import Place, PlaceMove
from buildings.services import place_change, place_move


@transaction.atomic
def places_erase(*, place_ids: Collection[int]) -> None:
    """Erase places, those below first. Raises ProtectedError where something lies in one of them by now."""
    places = Place.objects.filter(pk__in=place_ids)
    for level in sorted(set(places.values_list("level", flat=True)), reverse=True):
        places.filter(level=level).delete()


@transaction.atomic
def place_restore(*, place_id: int, before: dict[str, Any], since: datetime, now: datetime) -> None:
    """Give a place the columns it had before, and put it back where it lay: the move of the import never was."""
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
        # nobody moved the building: there and back leave nothing
        PlaceMove.objects.filter(pk__in=[back.pk, *made.values_list("pk", flat=True)]).delete()
        place.refresh_from_db()
    if former:
        columns_set(place, former)
        place_change(place=place)
