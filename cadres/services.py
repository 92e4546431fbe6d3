"""Writes on cadres, appointments, covers and party organisations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from buildings.choices import Level
from buildings.models import Place
from cadres.choices import ORGANISATION_POSTS, POST_LEVELS, SHARED_POSTS, OrganisationKind, Post
from cadres.models import Appointment, Cadre, Cover, PartyOrganisation
from cadres.selectors import in_seat


@transaction.atomic
def cadre_create(*, community: Place, name: str, phone: str = "", **details: Any) -> Cadre:
    """Register a cadre. Raises ValidationError when one of that name and phone is registered already."""
    return _cadre_save(Cadre(community=community), name=name, phone=phone, **details)


@transaction.atomic
def cadre_change(*, cadre: Cadre, **details: Any) -> Cadre:
    """Change columns of a cadre."""
    return _cadre_save(cadre, **details)


def _cadre_save(cadre: Cadre, **details: Any) -> Cadre:
    cadre.put_right(**details)
    cadre.refuse_double()
    cadre.save()
    return cadre


@transaction.atomic
def appointment_start(
    *,
    cadre: Cadre,
    post: str,
    place: Place,
    started_on: date,
    organisation: PartyOrganisation | None = None,
    ended_on: date | None = None,
) -> Appointment:
    """Appoint a cadre. The place's row is locked, so of two clerks at once exactly one succeeds.

    Raises ValidationError when post and place do not fit, the place is closed or in another community, or the post is
    held by another cadre in that time.
    """
    place = Place.objects.select_for_update(of=("self",)).get(pk=place.pk)
    _refuse_misfit(cadre, post, place, organisation)
    if ended_on and ended_on < started_on:
        raise ValidationError({"ended_on": "离任日期不能早于任职日期。"})
    if post not in SHARED_POSTS:
        _refuse_overlap(post, place, organisation, started_on, ended_on)
    return Appointment.objects.create(
        cadre=cadre,
        post=post,
        place=place,
        organisation=organisation,
        started_on=started_on,
        ended_on=ended_on,
        end_reason="term" if ended_on else "",
    )


@transaction.atomic
def appointment_end(*, appointment: Appointment, ended_on: date, end_reason: str) -> Appointment:
    """End an appointment; `ended_on` is its last day. Covers that reach further are cut to it."""
    appointment = Appointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
    _refuse_ended(appointment)
    if ended_on < appointment.started_on:
        raise ValidationError({"ended_on": f"离任日期不能早于任职日期 {appointment.started_on:%Y-%m-%d}。"})
    appointment.ended_on, appointment.end_reason = ended_on, end_reason
    appointment.save(update_fields=["ended_on", "end_reason"])
    covers_cut(appointment=appointment)
    return appointment


def covers_cut(*, appointment: Appointment) -> None:
    """Cut the covers of an appointment to its last day; one that would begin after it is deleted."""
    appointment.covers.filter(from_on__gt=appointment.ended_on).delete()
    appointment.covers.filter(until_on__gt=appointment.ended_on).update(until_on=appointment.ended_on)


@transaction.atomic
def appointment_hand_over(*, appointment: Appointment, to_cadre: Cadre, on: date) -> Appointment:
    """Hand a post to another cadre from a day on; the old holder's last day is the day before.

    Duties name the post, not the person: their clocks run on, and each visit stays with the holder of that time.
    """
    if to_cadre.pk == appointment.cadre_id:
        raise ValidationError({"cadre": "接任人不能是本人。"})
    if on <= appointment.started_on:
        raise ValidationError({"started_on": f"交接日期应晚于原任职日期 {appointment.started_on:%Y-%m-%d}。"})
    old = appointment_end(appointment=appointment, ended_on=on - timedelta(days=1), end_reason="replaced")
    return appointment_start(
        cadre=to_cadre, post=old.post, place=old.place, started_on=on, organisation=old.organisation
    )


@transaction.atomic
def appointment_reassign(*, appointment: Appointment, to_cadre: Cadre) -> Appointment:
    """Put the right person on an appointment that was entered with the wrong one; its dates stay.

    For a mistake found the same day. A real change of holder is `appointment_hand_over`.
    """
    appointment = Appointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
    _refuse_ended(appointment)
    _refuse_misfit(to_cadre, appointment.post, appointment.place, appointment.organisation)
    appointment.cadre = to_cadre
    appointment.save(update_fields=["cadre"])
    return appointment


@transaction.atomic
def appointment_change(*, appointment: Appointment, started_on: date) -> Appointment:
    """Correct the first day of an appointment. Raises ValidationError when another cadre held the post then."""
    place = Place.objects.select_for_update(of=("self",)).get(pk=appointment.place_id)
    appointment = Appointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
    if appointment.ended_on and started_on > appointment.ended_on:
        raise ValidationError({"started_on": f"任职日期不能晚于离任日期 {appointment.ended_on:%Y-%m-%d}。"})
    if appointment.covers.filter(from_on__lt=started_on).exists():
        raise ValidationError({"started_on": "任职日期不能晚于已安排的代管，请先调整代管。"})
    if appointment.post not in SHARED_POSTS:
        _refuse_overlap(
            appointment.post, place, appointment.organisation, started_on, appointment.ended_on, appointment
        )
    appointment.started_on = started_on
    appointment.save(update_fields=["started_on"])
    return appointment


@transaction.atomic
def cover_start(
    *, appointment: Appointment, stand_in: Cadre, from_on: date, until_on: date, reason: str = ""
) -> Cover:
    """Arrange a stand-in for some days. Raises ValidationError for the holder, another community, or an overlap."""
    appointment = Appointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
    if stand_in.pk == appointment.cadre_id:
        raise ValidationError({"stand_in": "代管人不能是本人。"})
    if stand_in.community_id != appointment.cadre.community_id:
        raise ValidationError({"stand_in": "代管人必须是本社区的骨干。"})
    if until_on < from_on:
        raise ValidationError({"until_on": "结束日期不能早于开始日期。"})
    if from_on < appointment.started_on or (appointment.ended_on and until_on > appointment.ended_on):
        raise ValidationError({"from_on": "代管日期应在任职期内。"})
    if appointment.covers.filter(from_on__lte=until_on, until_on__gte=from_on).exists():
        raise ValidationError({"from_on": "这几天已经安排了代管人，请先调整原来的安排。"})
    return Cover.objects.create(
        appointment=appointment, stand_in=stand_in, from_on=from_on, until_on=until_on, reason=reason
    )


@transaction.atomic
def cover_end(*, cover: Cover, until_on: date) -> Cover:
    """End a cover early: the holder comes back, and its last day is moved forward."""
    if until_on < cover.from_on or until_on > cover.until_on:
        raise ValidationError({"until_on": "提前结束的日期应在代管期内。"})
    cover.until_on = until_on
    cover.save(update_fields=["until_on"])
    return cover


@transaction.atomic
def cover_cancel(*, cover: Cover, today: date) -> None:
    """Cancel a cover that has not begun. Raises ValidationError for one that has: it is ended instead."""
    if cover.from_on <= today:
        raise ValidationError("代管已经开始，请办理提前结束。")
    cover.delete()


@transaction.atomic
def organisation_create(
    *,
    community: Place,
    kind: str,
    name: str,
    places: Sequence[Place],
    parent: PartyOrganisation | None = None,
) -> PartyOrganisation:
    """Register a party organisation and the places it covers."""
    organisation = PartyOrganisation(community=community, kind=kind, name=name.strip(), parent=parent)
    _refuse_wrong_superior(organisation)
    organisation.full_clean()
    organisation.save()
    return organisation_cover(organisation=organisation, places=places)


@transaction.atomic
def organisation_change(
    *, organisation: PartyOrganisation, name: str, parent: PartyOrganisation | None, places: Sequence[Place]
) -> PartyOrganisation:
    """Change name, superior and places. Its kind stays: the secretary's post depends on it."""
    organisation.name, organisation.parent = name.strip(), parent
    _refuse_wrong_superior(organisation)
    organisation.full_clean()
    organisation.save(update_fields=["name", "parent"])
    return organisation_cover(organisation=organisation, places=places)


def _refuse_wrong_superior(organisation: PartyOrganisation) -> None:
    parent = organisation.parent
    if parent is None:
        return
    if parent.community_id != organisation.community_id:
        raise ValidationError({"parent": "上级党组织不属于本社区，请重新选择。"})
    order = list(OrganisationKind)
    if order.index(OrganisationKind(parent.kind)) >= order.index(OrganisationKind(organisation.kind)):
        kind = OrganisationKind(organisation.kind).label
        raise ValidationError({"parent": f"{kind}的上级应是更高一级的党组织，请重新选择。"})


@transaction.atomic
def organisation_cover(*, organisation: PartyOrganisation, places: Sequence[Place]) -> PartyOrganisation:
    """Set the places an organisation covers. Two of one kind may not cover the same place."""
    Place.objects.select_for_update(of=("self",)).get(pk=organisation.community_id)
    if any(place.community_id != organisation.community_id for place in places):
        raise ValidationError({"places": "覆盖范围只能选择本社区的区域或楼栋。"})
    taken = PartyOrganisation.objects.filter(kind=organisation.kind, places__in=places).exclude(
        pk=organisation.pk
    )
    other = taken.first()
    if other is not None:
        raise ValidationError({"places": f"所选范围中有一处已由{other.name}覆盖，请先从那里移出。"})
    organisation.places.set(places)
    return organisation


def _refuse_ended(appointment: Appointment) -> None:
    if appointment.ended_on:
        raise ValidationError(f"该任职已经结束，或已定于 {appointment.ended_on:%Y-%m-%d} 结束，不能再办理。")


def _refuse_misfit(cadre: Cadre, post: str, place: Place, organisation: PartyOrganisation | None) -> None:
    if cadre.community_id != place.community_id:
        raise ValidationError({"cadre": "只能任用本社区的骨干。"})
    if place.closed_on:
        raise ValidationError({"place": f"{place.name}已停用，不能任职。"})
    if organisation is not None:
        if organisation.community_id != place.community_id:
            raise ValidationError({"organisation": "党组织不属于本社区。"})
        if ORGANISATION_POSTS[OrganisationKind(organisation.kind)] != post:
            raise ValidationError({"post": f"{organisation.name}的书记职务与所选职务不符。"})
        return
    level = POST_LEVELS.get(Post(post))
    if level is not None and place.level != level:
        raise ValidationError({"place": f"{Post(post).label}应任职于{Level(level).label}，请重新选择地点。"})


def _refuse_overlap(
    post: str,
    place: Place,
    organisation: PartyOrganisation | None,
    started_on: date,
    ended_on: date | None,
    but: Appointment | None = None,
) -> None:
    held = Appointment.objects.filter(in_seat(place, post, organisation))
    held = held.filter(Q(ended_on=None) | Q(ended_on__gte=started_on))
    if but is not None:
        held = held.exclude(pk=but.pk)
    if ended_on:
        held = held.filter(started_on__lte=ended_on)
    other = held.select_related("cadre").order_by("started_on").first()
    if other is not None:
        since = f"自 {other.started_on:%Y-%m-%d} 起" if other.started_on > started_on else ""
        until = f"至 {other.ended_on:%Y-%m-%d} " if other.ended_on else ""
        raise ValidationError({"post": f"该职务{since}{until}由{other.cadre.name}担任，请先办理离任或交接。"})
