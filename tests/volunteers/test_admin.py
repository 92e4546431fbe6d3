"""Volunteers, teams and 楼栋拍档 in the admin, inside the clerk's scope."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from cadres.choices import Post
from tests.factories import Community, appointment, cadre, clerk, community
from tests.pages import (
    add_url,
    errors_of,
    found_by,
    list_url,
    listed,
    object_url,
    picked,
    signed_in,
)
from volunteers.models import Pairing, Team, TeamMembership, Volunteer
from volunteers.services import membership_start, pairing_start, team_create, volunteer_create

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours() -> Community:
    return community(staffed=False)


@pytest.fixture
def theirs() -> Community:
    return community("隔壁社区", staffed=False)


@pytest.fixture
def lee(ours: Community) -> User:
    return clerk(ours.place)


@pytest.fixture
def client(lee: User) -> Client:
    return signed_in(lee)


def test_it_works(ours: Community, client: Client) -> None:
    sent = {"community": ours.place.pk, "name": "周卫东", "phone": "13900000001", "is_party_member": "on"}
    assert errors_of(client.post(add_url(Volunteer), sent | {"employer": "区税务局党支部"})) == {}
    zhou = Volunteer.objects.get()
    head = appointment(ours.building, Post.BUILDING_HEAD, cadre=cadre(ours.place, name="王建国"))
    assert picked(client, Pairing, "volunteer", "zwd") == ["周卫东　139****0001　区税务局党支部"]
    assert picked(client, Pairing, "partner", "wjg") == ["怡康苑 第一片区 101栋 楼栋长 王建国"]
    assert picked(client, Pairing, "building", "怡康苑 101") == ["怡康苑 第一片区 101栋"]
    assert picked(client, Pairing, "building", "第一片区") == [
        f"{quarter} 第一片区 {number}栋" for quarter, number in (("怡康苑", 101), ("怡康苑", 102), ("文卉苑", 105), ("文卉苑", 106))
    ]  # fmt: skip
    paired = {
        "building": ours.building.pk,
        "volunteer": zhou.pk,
        "partner": head.pk,
        "started_on": "2026-01-01",
    }
    assert errors_of(client.post(add_url(Pairing), paired)) == {}
    pairing = Pairing.objects.get()
    assert found_by(client, Pairing, "周卫东") == found_by(client, Pairing, "101栋") == [pairing]
    page = client.get(list_url(Volunteer)).content.decode()
    assert "139****0001" in page
    assert "怡康苑 第一片区 101栋" in page
    assert "楼栋长 王建国" in client.get(list_url(Pairing)).content.decode()
    assert "volunteer" in errors_of(client.post(add_url(Pairing), paired))
    assert errors_of(client.post(object_url(pairing, "end"), {"ended_on": "2026-02-01"})) == {}
    assert listed(client, Pairing, state="over") == [pairing]


def test_a_team_and_its_members(ours: Community, client: Client) -> None:
    sent = {
        "place": ours.quarters[0].pk,
        "name": "银发巡逻队",
        "kind": "safety",
        "leader": "",
        "founded_on": "",
    }
    assert errors_of(client.post(add_url(Team), sent)) == {}
    team = Team.objects.get()
    zhou = volunteer_create(community=ours.place, name="周卫东")
    join = {"volunteer": zhou.pk, "joined_on": "2026-01-01"}
    assert errors_of(client.post(object_url(team, "join"), join)) == {}
    assert "已在队中" in str(errors_of(client.post(object_url(team, "join"), join)))
    assert "周卫东" in client.get(object_url(team)).content.decode()
    assert "1 人" in client.get(list_url(Team)).content.decode()
    membership = TeamMembership.objects.get()
    assert found_by(client, TeamMembership, "zwd") == [membership]
    assert client.post(object_url(membership), {"left_on": "2026-02-01"}).status_code == 403
    assert errors_of(client.post(object_url(membership, "leave"), {"left_on": "2026-02-01"})) == {}
    assert listed(client, TeamMembership, state="open") == []
    assert errors_of(client.post(object_url(team), sent | {"name": "红袖章"})) == {}
    assert errors_of(client.post(object_url(team, "dissolve"), {"dissolved_on": "2026-03-01"})) == {}
    assert listed(client, Team, state="over") == [team]
    refused = client.post(object_url(team), sent | {"name": "又改名"})
    assert "解散" in str(errors_of(refused))
    team.refresh_from_db()
    assert team.name == "红袖章"


def test_nothing_of_another_community(ours: Community, theirs: Community, client: Client) -> None:
    stranger = volunteer_create(community=theirs.place, name="外人甲", is_party_member=True)
    team = team_create(place=theirs.place, name="隔壁队", kind="care")
    membership = membership_start(team=team, volunteer=stranger, joined_on="2026-01-01")  # type: ignore[arg-type]
    pairing = pairing_start(building=theirs.building, volunteer=stranger, started_on="2026-01-01")  # type: ignore[arg-type]
    for row in (stranger, team, membership, pairing):
        assert listed(client, type(row)) == []
        assert client.get(object_url(row)).status_code == 404
    assert picked(client, Pairing, "volunteer", "外人") == []
    assert client.post(object_url(pairing, "end"), {"ended_on": "2026-02-01"}).status_code == 404
    ours_team = team_create(place=ours.place, name="本队", kind="care")
    join = {"volunteer": stranger.pk, "joined_on": "2026-01-01"}
    assert list(errors_of(client.post(object_url(ours_team, "join"), join))) == ["volunteer"]
    sent = {
        "building": theirs.building.pk,
        "volunteer": stranger.pk,
        "partner": "",
        "started_on": "2026-01-01",
    }
    assert set(errors_of(client.post(add_url(Pairing), sent))) == {"building", "volunteer"}
    pairing.refresh_from_db()
    assert (pairing.ended_on, Pairing.objects.count(), TeamMembership.objects.count()) == (None, 1, 1)


def test_a_quarters_clerk_sees_the_teams_and_pairings_of_his_quarter(ours: Community) -> None:
    zhou = volunteer_create(community=ours.place, name="周卫东", is_party_member=True)
    for place in ours.quarters:
        team_create(place=place, name="队", kind="care")
    for building in (ours.buildings[0], ours.buildings[7]):
        pairing_start(building=building, volunteer=zhou, started_on="2026-01-01")  # type: ignore[arg-type]
    client = signed_in(clerk(ours.quarters[0], "quarter"))
    assert [team.place for team in listed(client, Team)] == [ours.quarters[0]]
    assert [pairing.building for pairing in listed(client, Pairing)] == [ours.buildings[0]]
    assert listed(client, Volunteer) == []
    assert client.get(add_url(Volunteer)).status_code == 403
