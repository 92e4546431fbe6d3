"""Writes on teams, volunteers and pairings."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, OuterRef, Subquery

from buildings.choices import Level
from buildings.models import Place
from cadres.choices import BUILDING_POSTS
from cadres.models import Appointment, Cadre
from volunteers.models import Pairing, Team, TeamMembership, Volunteer


@transaction.atomic
def team_create(
    *, place: Place, name: str, kind: str, leader: Cadre | None = None, founded_on: date | None = None
) -> Team:
    """Register a team of a place. Raises ValidationError for a taken name or a leader of another community."""
    if place.closed_on:
        raise ValidationError({"place": f"{place.name}已停用，请选择在用的范围。"})
    return _team_save(Team(place=place), name=name, kind=kind, leader=leader, founded_on=founded_on)


@transaction.atomic
def team_change(*, team: Team, **details: Any) -> Team:
    """Change name, kind, leader or founding day. The place stays; a dissolved team is not changed."""
    _refuse_dissolved(team)
    return _team_save(team, **details)


def _team_save(team: Team, **details: Any) -> Team:
    for field, value in details.items():
        if field not in ("name", "kind", "leader", "founded_on"):
            raise ValueError(f"{field} is not changed here")
        setattr(team, field, value)
    team.name = team.name.strip()
    if team.leader is not None and team.leader.community_id != team.place.community_id:
        raise ValidationError({"leader": "队长必须是本社区的骨干，请重新选择。"})
    team.full_clean()
    team.save()
    return team


@transaction.atomic
def team_dissolve(*, team: Team, dissolved_on: date) -> Team:
    """Dissolve a team; its members leave on that day."""
    team = Team.objects.select_for_update(of=("self",)).get(pk=team.pk)
    _refuse_dissolved(team)
    if team.founded_on and dissolved_on < team.founded_on:
        raise ValidationError({"dissolved_on": f"解散日期不能早于成立日期 {team.founded_on:%Y-%m-%d}。"})
    members = team.memberships.unended()
    if members.filter(joined_on__gt=dissolved_on).exists():
        raise ValidationError({"dissolved_on": "有队员在这一天以后才加入，请核对日期。"})
    team.dissolved_on = dissolved_on
    team.save(update_fields=["dissolved_on"])
    members.update(left_on=dissolved_on)
    return team


@transaction.atomic
def volunteer_create(*, community: Place, name: str, phone: str = "", **details: Any) -> Volunteer:
    """Register a volunteer. Raises ValidationError when one of that name and phone is registered already."""
    return _volunteer_save(Volunteer(community=community), name=name, phone=phone, **details)


@transaction.atomic
def volunteer_change(*, volunteer: Volunteer, **details: Any) -> Volunteer:
    """Change columns of a volunteer.

    Raises ValidationError where a volunteer who is paired with a building would be no party member, and for name and
    phone of one who is a cadre: they are changed on the cadre.
    """
    if volunteer.cadre_id and not details.keys().isdisjoint(("name", "phone")):
        raise ValidationError({"name": "此人是骨干，姓名和联系电话请在“骨干”里修改。"})
    if details.get("is_party_member") is False and volunteer.pairings.unended().exists():
        raise ValidationError({"is_party_member": "此人正担任楼栋拍档，请先结束结对。"})
    return _volunteer_save(volunteer, **details)


@transaction.atomic
def volunteer_of(*, cadre: Cadre) -> Volunteer:
    """Return the volunteer of a cadre, created on first use.

    A volunteer registered under the cadre's name and phone is the same person and becomes that row. The cadre's row is
    locked, so that concurrent calls create one.
    """
    cadre = Cadre.objects.select_for_update(of=("self",)).get(pk=cadre.pk)
    known = Volunteer.objects.filter(cadre=cadre).first()
    if known is not None:
        return known
    registered = Volunteer.known_by_phone(community=cadre.community_id, name=cadre.name, phone=cadre.phone)
    volunteer = registered or Volunteer(
        community_id=cadre.community_id, is_party_member=cadre.is_party_member
    )
    volunteer.cadre = cadre
    return _volunteer_save(volunteer, name=cadre.name, phone="")


def volunteers_follow_cadres() -> int:
    """Update the copied names of volunteers who are cadres. Return how many changed."""
    names = Cadre.objects.filter(pk=OuterRef("cadre"))
    behind = Volunteer.objects.exclude(cadre=None).exclude(
        name=F("cadre__name"), name_initials=F("cadre__name_initials")
    )
    return behind.update(
        name=Subquery(names.values("name")), name_initials=Subquery(names.values("name_initials"))
    )


def _volunteer_save(volunteer: Volunteer, **details: Any) -> Volunteer:
    volunteer.put_right(**details)
    volunteer.refuse_double()
    volunteer.save()
    return volunteer


@transaction.atomic
def membership_start(*, team: Team, volunteer: Volunteer, joined_on: date) -> TeamMembership:
    """Take a volunteer into a team. The team's row is locked, so that no volunteer joins twice at once."""
    team = Team.objects.select_for_update(of=("self",)).select_related("place").get(pk=team.pk)
    _refuse_dissolved(team)
    if volunteer.community_id != team.place.community_id:
        raise ValidationError({"volunteer": "只能吸收本社区的志愿者，请重新选择。"})
    if team.founded_on and joined_on < team.founded_on:
        raise ValidationError({"joined_on": f"加入日期不能早于成立日期 {team.founded_on:%Y-%m-%d}。"})
    if team.memberships.unended().filter(volunteer=volunteer).exists():
        raise ValidationError({"volunteer": f"{volunteer.name}已在队中。"})
    return TeamMembership.objects.create(team=team, volunteer=volunteer, joined_on=joined_on)


@transaction.atomic
def membership_end(*, membership: TeamMembership, left_on: date) -> TeamMembership:
    """End a membership; `left_on` is the last day."""
    membership = TeamMembership.objects.select_for_update(of=("self",)).get(pk=membership.pk)
    if membership.left_on:
        raise ValidationError(f"此人已于 {membership.left_on:%Y-%m-%d} 退出。")
    if left_on < membership.joined_on:
        raise ValidationError({"left_on": f"退出日期不能早于加入日期 {membership.joined_on:%Y-%m-%d}。"})
    membership.left_on = left_on
    membership.save(update_fields=["left_on"])
    return membership


@transaction.atomic
def pairing_start(
    *, building: Place, volunteer: Volunteer, started_on: date, partner: Appointment | None = None
) -> Pairing:
    """Pair a 下沉党员 with a building, beside one of its 两长四员 or all of them.

    Raises ValidationError when the place is no building in use, the volunteer no party member of its community, the
    partner does not hold one of its posts that day, or they are paired already.
    """
    building = Place.objects.select_for_update(of=("self",)).get(pk=building.pk)
    if building.level != Level.BUILDING or building.closed_on:
        raise ValidationError({"building": "只能与在用的楼栋结对，请重新选择。"})
    if volunteer.community_id != building.community_id:
        raise ValidationError({"volunteer": "只能选择本社区登记的下沉党员。"})
    if not volunteer.is_party_member:
        raise ValidationError({"volunteer": f"{volunteer.name}没有登记为党员，请先核对志愿者资料。"})
    if partner is not None:
        _refuse_stranger(partner, building, started_on)
    if Pairing.objects.unended().filter(building=building, volunteer=volunteer).exists():
        raise ValidationError({"volunteer": f"{volunteer.name}已与{building.name}结对。"})
    return Pairing.objects.create(
        building=building, volunteer=volunteer, partner=partner, started_on=started_on
    )


@transaction.atomic
def pairing_end(*, pairing: Pairing, ended_on: date) -> Pairing:
    """End a pairing; `ended_on` is its last day."""
    pairing = Pairing.objects.select_for_update(of=("self",)).get(pk=pairing.pk)
    if pairing.ended_on:
        raise ValidationError(f"结对已于 {pairing.ended_on:%Y-%m-%d} 结束。")
    if ended_on < pairing.started_on:
        raise ValidationError({"ended_on": f"结束日期不能早于开始日期 {pairing.started_on:%Y-%m-%d}。"})
    pairing.ended_on = ended_on
    pairing.save(update_fields=["ended_on"])
    return pairing


def _refuse_dissolved(team: Team) -> None:
    if team.dissolved_on:
        raise ValidationError(f"{team.name}已于 {team.dissolved_on:%Y-%m-%d} 解散。")


def _refuse_stranger(partner: Appointment, building: Place, on: date) -> None:
    if partner.place_id != building.pk or partner.post not in BUILDING_POSTS:
        raise ValidationError({"partner": f"拍档应是{building.name}的两长四员之一，请重新选择。"})
    if not partner.span.holds(partner, on):
        raise ValidationError({"partner": f"{partner.cadre.name}在 {on:%Y-%m-%d} 不在任，请重新选择。"})
