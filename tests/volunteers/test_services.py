"""Teams, volunteers and pairings: what the services do and what they refuse."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from cadres.choices import Post
from tests.factories import Community, appointment, cadre, community
from volunteers.models import Pairing, Team, TeamMembership, Volunteer
from volunteers.services import (
    membership_end,
    membership_start,
    pairing_end,
    pairing_start,
    team_change,
    team_create,
    team_dissolve,
    volunteer_change,
    volunteer_create,
)

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 23)


@pytest.fixture
def ours() -> Community:
    return community(staffed=False)


@pytest.fixture
def theirs() -> Community:
    return community("隔壁社区", staffed=False)


@pytest.fixture
def zhou(ours: Community) -> Volunteer:
    """A 下沉党员."""
    return volunteer_create(
        community=ours.place,
        name="周 卫东",
        phone="13900000001",
        is_party_member=True,
        employer="区税务局党支部",
    )


def patrol(ours: Community, **details: Any) -> Team:
    return team_create(
        place=ours.quarters[0], name="银发巡逻队", kind="safety", founded_on=date(2020, 1, 1), **details
    )


def refused(call: Any, **details: Any) -> dict[str, str]:
    """What is refused, by field; "" for the whole."""
    with pytest.raises(ValidationError) as error:
        call(**details)
    found = error.value
    if hasattr(found, "error_dict"):
        return {field: "".join(said) for field, said in found.message_dict.items()}
    return {"": "".join(found.messages)}


def test_it_works(ours: Community, zhou: Volunteer) -> None:
    assert (zhou.name, zhou.name_initials) == ("周卫东", "zwd")
    team = patrol(ours, leader=cadre(ours.place))
    membership = membership_start(team=team, volunteer=zhou, joined_on=DAY)
    head = appointment(ours.building, Post.BUILDING_HEAD)
    pairing = pairing_start(building=ours.building, volunteer=zhou, partner=head, started_on=DAY)
    assert pairing_end(pairing=pairing, ended_on=DAY).ended_on == DAY
    assert membership_end(membership=membership, left_on=DAY).left_on == DAY
    assert team_dissolve(team=team, dissolved_on=DAY).dissolved_on == DAY


def test_a_team_has_its_own_name_and_a_leader_of_its_community(ours: Community, theirs: Community) -> None:
    team = patrol(ours)
    assert refused(team_create, place=ours.quarters[0], name=" 银发巡逻队 ", kind="care") == {
        "__all__": "该范围已有同名队伍。"
    }
    assert "leader" in refused(team_change, team=team, leader=cadre(theirs.place))
    ours.quarters[1].closed_on = DAY
    ours.quarters[1].save()
    assert "place" in refused(team_create, place=ours.quarters[1], name="新队", kind="care")
    team.refresh_from_db()
    assert (team.leader, Team.objects.count()) == (None, 1)


def test_a_dissolved_team_stays_as_it_was(ours: Community, zhou: Volunteer) -> None:
    team = patrol(ours)
    membership = membership_start(team=team, volunteer=zhou, joined_on=DAY)
    assert "dissolved_on" in refused(team_dissolve, team=team, dissolved_on=date(2019, 1, 1))
    assert "dissolved_on" in refused(team_dissolve, team=team, dissolved_on=date(2026, 11, 22))
    team = team_dissolve(team=team, dissolved_on=DAY)
    membership.refresh_from_db()
    assert membership.left_on == DAY
    for call, details in (
        (team_change, {"team": team, "name": "改名"}),
        (team_dissolve, {"team": team, "dissolved_on": DAY}),
        (membership_start, {"team": team, "volunteer": zhou, "joined_on": DAY}),
    ):
        assert "解散" in refused(call, **details)[""]
    assert TeamMembership.objects.count() == 1


def test_nobody_joins_twice_nor_from_elsewhere_nor_before_the_founding(
    ours: Community, theirs: Community, zhou: Volunteer
) -> None:
    team = patrol(ours)
    stranger = volunteer_create(community=theirs.place, name="外人")
    assert "volunteer" in refused(membership_start, team=team, volunteer=stranger, joined_on=DAY)
    assert "joined_on" in refused(membership_start, team=team, volunteer=zhou, joined_on=date(2019, 1, 1))
    membership = membership_start(team=team, volunteer=zhou, joined_on=DAY)
    assert "已在队中" in refused(membership_start, team=team, volunteer=zhou, joined_on=DAY)["volunteer"]
    assert "left_on" in refused(membership_end, membership=membership, left_on=date(2026, 11, 22))
    membership_end(membership=membership, left_on=DAY)
    assert "退出" in refused(membership_end, membership=membership, left_on=DAY)[""]
    assert membership_start(team=team, volunteer=zhou, joined_on=date(2026, 12, 1)).left_on is None


def test_the_same_name_and_phone_is_the_same_volunteer(ours: Community, zhou: Volunteer) -> None:
    assert "phone" in refused(volunteer_create, community=ours.place, name="周卫东", phone="13900000001")
    other = volunteer_create(community=ours.place, name="周卫东", phone="13900000002")
    assert "phone" in refused(volunteer_change, volunteer=other, phone="13900000001")
    assert "name" in refused(volunteer_create, community=ours.place, name="　")
    other.refresh_from_db()
    assert (other.phone, Volunteer.objects.count()) == ("13900000002", 2)


def test_whom_a_building_is_not_paired_with(ours: Community, theirs: Community, zhou: Volunteer) -> None:
    layman = volunteer_create(community=ours.place, name="群众")
    stranger = volunteer_create(community=theirs.place, name="外人", is_party_member=True)
    next_door = appointment(ours.buildings[1], Post.BUILDING_HEAD)
    secretary = appointment(ours.precincts[0], Post.BRANCH_SECRETARY)
    not_yet = appointment(ours.building, Post.BUILDING_HEAD, started_on=date(2026, 12, 1))
    at = {"building": ours.building, "started_on": DAY}
    assert "building" in refused(pairing_start, building=ours.precincts[0], volunteer=zhou, started_on=DAY)
    assert "volunteer" in refused(pairing_start, volunteer=layman, **at)
    assert "volunteer" in refused(pairing_start, volunteer=stranger, **at)
    for partner in (next_door, secretary, not_yet):
        assert "partner" in refused(pairing_start, volunteer=zhou, partner=partner, **at)
    ours.building.closed_on = DAY
    ours.building.save()
    assert "building" in refused(pairing_start, volunteer=zhou, **at)
    assert not Pairing.objects.exists()


def test_a_pairing_stands_once_and_ends_once(ours: Community, zhou: Volunteer) -> None:
    pairing = pairing_start(building=ours.building, volunteer=zhou, started_on=DAY)
    assert "已与101栋结对" in str(
        refused(pairing_start, building=ours.building, volunteer=zhou, started_on=DAY)
    )
    assert "is_party_member" in refused(volunteer_change, volunteer=zhou, is_party_member=False)
    assert "ended_on" in refused(pairing_end, pairing=pairing, ended_on=date(2026, 11, 22))
    pairing_end(pairing=pairing, ended_on=DAY)
    assert "结束" in refused(pairing_end, pairing=pairing, ended_on=DAY)[""]
    assert (
        pairing_start(building=ours.building, volunteer=zhou, started_on=date(2026, 12, 1)).ended_on is None
    )
    assert Pairing.objects.count() == 2
