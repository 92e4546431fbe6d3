"""Writes on the place tree; the one writer of paths and sort keys."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr

from accounts.models import User
from buildings.choices import Level
from buildings.models import AdministrativeUnit, Place, PlaceMove
from buildings.rules import natural_key


@transaction.atomic
def place_create(
    *,
    level: int,
    name: str,
    parent: Place | None = None,
    code: str = "",
    unit: AdministrativeUnit | None = None,
    **details: Any,
) -> Place:
    """Add a place under its parent. `details` are the plain columns (entrance_count, household_count, remark, …).

    Raises ValidationError when the level does not fit the parent or the name is taken there.
    """
    _refuse_wrong_parent(level, parent)
    pk = _next_place_id()
    place = Place(pk=pk, level=level, name=name.strip(), parent=parent, code=code, unit=unit, **details)
    place.path = f"{parent.path if parent else '/'}{pk}/"
    place.community_id = parent.community_id if parent else pk
    place.sort_key = natural_key(place.name)
    place.full_clean(exclude=["community"])
    place.save(force_insert=True)
    return place


def _next_place_id() -> int:
    """The id the next place will have; path and community are made of it."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval(pg_get_serial_sequence('buildings_place', 'id'))")
        return int(cursor.fetchone()[0])


@transaction.atomic
def place_change(*, place: Place, **details: Any) -> Place:
    """Change plain columns (name, code, counts, remark, unit). The parent is changed by `place_move` alone."""
    for name, value in details.items():
        if name in ("parent", "level", "path", "community"):
            raise ValueError(f"{name} is not a plain column")
        setattr(place, name, value)
    place.name = place.name.strip()
    place.sort_key = natural_key(place.name)
    place.full_clean(exclude=["path", "community"])
    place.save()
    return place


@transaction.atomic
def place_move(*, place: Place, to_parent: Place, moved_on: date, user: User | None = None) -> PlaceMove:
    """Put a place under another parent of the same community; everything below goes with it.

    Duties, visits and records carry the building's own id, so their history stays. Raises ValidationError when the
    new parent has the wrong level, lies in another community, or is where it stands already.
    """
    locked = {
        found.pk: found
        for found in Place.objects.select_for_update().filter(pk__in=[place.pk, to_parent.pk]).order_by("pk")
    }
    place, to_parent = locked[place.pk], locked[to_parent.pk]
    if place.parent_id is None:
        raise ValidationError("社区是最上一级，不能调整隶属。")
    _refuse_wrong_parent(place.level, to_parent)
    if to_parent.community_id != place.community_id:
        raise ValidationError("只能在同一社区内调整隶属。")
    if to_parent.pk == place.parent_id:
        raise ValidationError(f"{place.name}已经在{to_parent.name}之下，无需调整。")
    if Place.objects.filter(parent=to_parent, name=place.name).exists():
        raise ValidationError(f"{to_parent.name}之下已有{place.name}，请先核对。")
    move = PlaceMove.objects.create(
        place=place, from_parent_id=place.parent_id, to_parent=to_parent, moved_on=moved_on, moved_by=user
    )
    old_path, new_path = place.path, f"{to_parent.path}{place.pk}/"
    Place.objects.filter(path__startswith=old_path).update(
        path=Concat(Value(new_path), Substr(F("path"), len(old_path) + 1))
    )
    Place.objects.filter(pk=place.pk).update(parent=to_parent)
    return move


@transaction.atomic
def place_close(*, place: Place, closed_on: date) -> Place:
    """Take a place out of use from a day on. Raises ValidationError while something below it still stands."""
    place = Place.objects.select_for_update().get(pk=place.pk)
    if Place.objects.filter(parent=place, closed_on=None).exists():
        raise ValidationError(f"{place.name}之下还有在用的区域或楼栋，请先停用它们。")
    place.closed_on = closed_on
    place.save(update_fields=["closed_on"])
    return place


def _refuse_wrong_parent(level: int, parent: Place | None) -> None:
    if level == Level.COMMUNITY:
        if parent is not None:
            raise ValidationError({"parent": "社区是最上一级，不填上级。"})
        return
    above = Level(level - 1).label
    if parent is None or parent.level != level - 1:
        raise ValidationError({"parent": f"{Level(level).label}的上级必须是{above}，请重新选择。"})
