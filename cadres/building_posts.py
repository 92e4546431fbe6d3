"""Writing one building's six posts at once: filled, handed over, vacated, or a phone corrected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from baibuting.common.masking import mask_phone
from baibuting.common.names import normalise_name
from buildings.models import Place
from cadres.choices import BUILDING_POSTS, AppointmentEnd
from cadres.models import Appointment, Cadre
from cadres.selectors import in_force
from cadres.services import (
    appointment_end,
    appointment_hand_over,
    appointment_start,
    cadre_change,
    cadre_create,
)


@dataclass(frozen=True, slots=True)
class PostEntry:
    """The value wanted for one post. `name` "" means vacant, `phone` None leaves the phone as it is.

    `seen` is the appointment that held the post when the form was opened, None for a vacancy.
    """

    post: str
    name: str
    phone: str | None
    seen: int | None


def post_holders(building_ids: Iterable[int], on: date) -> dict[tuple[int, str], Appointment]:
    """Return the appointments to the six posts of buildings on a day, with cadre and covers. Two queries."""
    held = Appointment.objects.filter(in_force(on), place__in=list(building_ids), post__in=BUILDING_POSTS)
    held = held.select_related("cadre", "place", "organisation").prefetch_related("covers__stand_in")
    # of two, the one of the place itself comes before an organisation's
    ordered = sorted(held, key=lambda one: (one.organisation_id is not None, one.started_on), reverse=True)
    return {(one.place_id, one.post): one for one in ordered}


@transaction.atomic
def building_posts_save(*, building: Place, entries: Sequence[PostEntry], on: date, today: date) -> int:
    """Reconcile the posts with the entries as of a day, comparing with today's holders. Return how many changed.

    All or nothing: where one entry is refused, none is saved, and the ValidationError names every refused post. A new
    name is a hand-over to another person from `on`; a vacated post's last day is the day before.
    """
    building = Place.objects.select_for_update(of=("self",)).get(pk=building.pk)
    holders = post_holders([building.pk], today)
    refused: dict[str, list[str]] = {}
    changed = 0
    for entry in entries:
        try:
            with transaction.atomic():
                changed += _write(building, holders.get((building.pk, entry.post)), entry, on)
        except ValidationError as refusal:
            refused[entry.post] = refusal.messages
    if refused:
        raise ValidationError(refused)
    return changed


def _write(building: Place, holder: Appointment | None, entry: PostEntry, on: date) -> bool:
    name = normalise_name(entry.name)
    if entry.seen != (holder.pk if holder else None):
        now_there = f"现由{holder.cadre.name}担任" if holder else "现为空缺"
        raise ValidationError(f"这个职务刚由别人改过，{now_there}，请核对后再保存。")
    if not name:
        if entry.phone:
            raise ValidationError("填了电话却没有姓名，请补上姓名。")
        return _vacate(holder, on)
    if holder is None:
        cadre = _person(building, name, entry.phone or "")
        appointment_start(cadre=cadre, post=entry.post, place=building, started_on=on)
        return True
    if name == holder.cadre.name:
        return _put_phone_right(holder.cadre, entry.phone)
    if entry.phone is None and holder.cadre.phone:
        raise ValidationError(
            f"换人请把电话也改成新人的，没有电话就清空；如只是{holder.cadre.name}的名字写错了，请到“骨干”里修改。"
        )
    appointment_hand_over(appointment=holder, to_cadre=_person(building, name, entry.phone or ""), on=on)
    return True


def _vacate(holder: Appointment | None, on: date) -> bool:
    if holder is None:
        return False
    appointment_end(appointment=holder, ended_on=on - timedelta(days=1), end_reason=AppointmentEnd.OTHER)
    return True


def _put_phone_right(cadre: Cadre, phone: str | None) -> bool:
    if phone is None or phone == cadre.phone:
        return False
    cadre_change(cadre=cadre, phone=phone)
    return True


def _person(building: Place, name: str, phone: str) -> Cadre:
    """Return the registered cadre of that name and phone, or a new one. A name alone never identifies a person."""
    if phone:
        known = Cadre.known_by_phone(community=building.community_id, name=name, phone=phone)
        return known or cadre_create(community=building.community, name=name, phone=phone)
    namesake = Cadre.objects.filter(community=building.community_id, name=name).first()
    if namesake is not None:
        phone = mask_phone(namesake.phone) or "未填电话"
        raise ValidationError(
            f"本社区已有同名骨干{name}（{phone}），请填写电话以便分清；确是同一人而没有电话，请到“任职”里选用。"
        )
    return cadre_create(community=building.community, name=name)
