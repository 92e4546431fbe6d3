"""Writes on the place tree; the one writer of paths and sort keys."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr

from accounts.models import User
from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.days import local_day
from buildings.choices import Level, UnitLevel
from buildings.models import AdministrativeUnit, Place, PlaceCode, PlaceGrant, PlaceMove
from buildings.rules import natural_key, new_code, sort_path


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
    _refuse_unit_below(level, unit)
    if parent is not None and parent.closed_on:
        raise ValidationError({"parent": f"{parent.name}已停用，请选择在用的上级。"})
    pk = _next_place_id()
    place = Place(pk=pk, level=level, name=name.strip(), parent=parent, code=code, unit=unit, **details)
    place.path = f"{parent.path if parent else '/'}{pk}/"
    place.community_id = parent.community_id if parent else pk
    place.sort_key = natural_key(place.name)
    place.sort_path = sort_path(parent.sort_path if parent else "", place.name, pk)
    place.full_clean(exclude=["community"])
    place.save(force_insert=True)
    return place


def _next_place_id() -> int:
    """Return an id for the next place; path and community contain it."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval(pg_get_serial_sequence('buildings_place', 'id'))")
        return int(cursor.fetchone()[0])


@transaction.atomic
def place_change(*, place: Place, **details: Any) -> Place:
    """Change plain columns (name, code, counts, remark, unit). The parent is changed by `place_move` alone."""
    for name, value in details.items():
        if name in ("parent", "level", "path", "sort_path", "community"):
            raise ValueError(f"{name} is not a plain column")
        setattr(place, name, value)
    _refuse_unit_below(place.level, place.unit)
    place.name = place.name.strip()
    place.sort_key = natural_key(place.name)
    place.full_clean(exclude=["path", "community"])
    place.save()
    _sort_anew(place, above=place.parent.sort_path if place.parent else "")
    return place


def _sort_anew(place: Place, *, above: str) -> None:
    """Update the sort paths of a renamed or moved place and of all below it."""
    old, new = place.sort_path, sort_path(above, place.name, place.pk)
    if old != new:
        Place.objects.filter(path__startswith=place.path).update(
            sort_path=Concat(Value(new), Substr(F("sort_path"), len(old) + 1))
        )
        place.sort_path = new


@transaction.atomic
def place_move(*, place: Place, to_parent: Place, moved_on: date, user: User | None = None) -> PlaceMove:
    """Move a place, with everything below it, to another parent of the same community; returns the move.

    Duties, visits and records hold the building's own id, so their history stays. Raises ValidationError when the
    new parent has the wrong level, lies in another community, or is its parent already.
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
    if to_parent.closed_on:
        raise ValidationError({"to_parent": f"{to_parent.name}已停用，请选择在用的上级。"})
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
    place.path = new_path
    _sort_anew(place, above=to_parent.sort_path)
    return move


@transaction.atomic
def place_close(*, place: Place, closed_on: date) -> Place:
    """Take a place out of use from a day on. Raises ValidationError while a place below it is in use."""
    place = Place.objects.select_for_update().get(pk=place.pk)
    if place.closed_on:
        raise ValidationError(f"{place.name}已于 {place.closed_on:%Y-%m-%d} 停用。")
    if Place.objects.filter(parent=place, closed_on=None).exists():
        raise ValidationError(f"{place.name}之下还有在用的区域或楼栋，请先停用它们。")
    place.closed_on = closed_on
    place.save(update_fields=["closed_on"])
    return place


@transaction.atomic
def place_reopen(*, place: Place) -> Place:
    """Put a closed place in use again. Raises ValidationError while its parent is closed."""
    place = Place.objects.select_for_update(of=("self",)).select_related("parent").get(pk=place.pk)
    if place.closed_on is None:
        raise ValidationError(f"{place.name}正在使用，无需恢复。")
    if place.parent is not None and place.parent.closed_on:
        raise ValidationError(f"{place.parent.name}已停用，请先恢复它。")
    place.closed_on = None
    place.save(update_fields=["closed_on"])
    return place


@transaction.atomic
def units_load(*, district: tuple[str, str], streets: Iterable[tuple[str, str]]) -> tuple[int, int]:
    """Update a district and its street-level units, each (code, name), from an official list.

    Returns how many were added and how many renamed. Units not on the list stay: communities may refer to them.
    """
    top, is_new, was_renamed = _unit_load(*district, UnitLevel.DISTRICT, None)
    added, renamed = int(is_new), int(was_renamed)
    for code, name in streets:
        _, is_new, was_renamed = _unit_load(code, name, UnitLevel.STREET, top)
        added, renamed = added + is_new, renamed + was_renamed
    return added, renamed


def _unit_load(
    code: str, name: str, level: UnitLevel, parent: AdministrativeUnit | None
) -> tuple[AdministrativeUnit, bool, bool]:
    unit, is_new = AdministrativeUnit.objects.get_or_create(
        code=code, defaults={"name": name, "level": level, "parent": parent}
    )
    was_renamed = unit.name != name
    if was_renamed:
        unit.name = name
        unit.save(update_fields=["name"])
    return unit, is_new, was_renamed


@transaction.atomic
def place_grant_give(
    *, user: User, place: Place, now: datetime, by: User | None, until_on: date | None = None
) -> PlaceGrant:
    """Let an account work for a place, through `until_on` where it is given; granting again replaces the last day.

    Raises ValidationError for one's own account, and for a last day that has passed.
    """
    if by is not None and by.pk == user.pk:
        raise ValidationError({"user": "不能给自己开通工作范围，请由另一位管理员办理。"})
    if until_on is not None and until_on < local_day(now):
        raise ValidationError({"until_on": "截止日期已经过去，请填写今天或以后的日期。"})
    grant, _ = PlaceGrant.objects.update_or_create(user=user, place=place, defaults={"until_on": until_on})
    _audit_grant(grant, now, by, ["user", "place", "until_on"])
    return grant


@transaction.atomic
def place_grant_end(*, grant: PlaceGrant, now: datetime, by: User | None) -> PlaceGrant:
    """Revoke an account's grant for a place at once; the row stays as a record."""
    grant = PlaceGrant.objects.select_for_update(of=("self",)).select_related("place").get(pk=grant.pk)
    yesterday = local_day(now) - timedelta(days=1)
    if grant.until_on is not None and grant.until_on <= yesterday:
        raise ValidationError("这项工作范围已经到期，无需收回。")
    grant.until_on = yesterday
    grant.save(update_fields=["until_on"])
    _audit_grant(grant, now, by, ["until_on"])
    return grant


def _audit_grant(grant: PlaceGrant, now: datetime, by: User | None, fields: list[str]) -> None:
    audit_event_record(
        now=now,
        user=by,
        action=Action.PERMISSION,
        object_type=PlaceGrant._meta.label_lower,
        object_id=str(grant.pk),
        community_id=grant.place.community_id,
        fields=fields,
    )


def _refuse_unit_below(level: int, unit: AdministrativeUnit | None) -> None:
    if unit is not None and level != Level.COMMUNITY:
        raise ValidationError({"unit": "只有社区填写所属街道。"})


def _refuse_wrong_parent(level: int, parent: Place | None) -> None:
    if level == Level.COMMUNITY:
        if parent is not None:
            raise ValidationError({"parent": "社区是最上一级，不填上级。"})
        return
    above = Level(level - 1).label
    if parent is None or parent.level != level - 1:
        raise ValidationError({"parent": f"{Level(level).label}的上级必须是{above}，请重新选择。"})


def place_code_of(*, place: Place, now: datetime) -> str:
    """Return the code in the public address of a place, created when it is first needed."""
    row, _ = PlaceCode.objects.get_or_create(place=place, defaults={"made_at": now})
    return row.code


@transaction.atomic
def place_code_renew(*, place: Place, by: User | None, now: datetime) -> PlaceCode:
    """Replace the public address of a place: printed codes with the old one lead nowhere from now on."""
    row, _ = PlaceCode.objects.select_for_update().get_or_create(place=place, defaults={"made_at": now})
    row.code, row.made_at = new_code(), now
    row.save()
    audit_event_record(
        now=now,
        user=by,
        action=Action.CHANGE,
        object_type=PlaceCode._meta.label_lower,
        object_id=str(row.pk),
        community_id=place.community_id,
        fields=["code"],
    )
    return row
