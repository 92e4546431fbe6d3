"""The place tree in the admin: what a clerk sees, adds, moves and closes, inside his scope and never outside."""

from __future__ import annotations

import pytest

from accounts.models import User
from audit.models import AuditEvent
from buildings.choices import Level
from buildings.models import Place, PlaceMove
from buildings.services import place_close
from tests.factories import Community, clerk, community
from tests.pages import (
    add_url,
    errors_of,
    filter_labels,
    found_by,
    list_url,
    listed,
    object_url,
    picked,
    signed_in,
    superuser,
)

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


def added(
    parent: Place, name: str = "900栋", level: int = Level.BUILDING, **more: object
) -> dict[str, object]:
    return {"level": level, "parent": parent.pk, "name": name, "code": "", "remark": "", **more}


def test_it_works(ours: Community, lee: User) -> None:
    client = signed_in(lee)
    response = client.post(add_url(Place), added(ours.precincts[0], household_count=56))
    assert errors_of(response) == {}
    made = Place.objects.get(name="900栋")
    assert (made.parent, made.community, made.household_count) == (ours.precincts[0], ours.place, 56)
    assert made.path == f"{ours.precincts[0].path}{made.pk}/"
    event = AuditEvent.objects.get(object_type="buildings.place", object_id=str(made.pk))
    assert (event.user, event.action, event.community_id) == (lee, "create", ours.place.pk)


def test_the_list_reads_like_the_tree(ours: Community, lee: User) -> None:
    rows = listed(signed_in(lee), Place)
    quarter = ours.quarters[0]
    assert [row.name for row in rows[:5]] == ["百步亭社区", quarter.name, "第一片区", "101栋", "102栋"]


def test_nothing_of_another_community_is_listed_filtered_or_found(
    ours: Community, theirs: Community, lee: User
) -> None:
    Place.objects.filter(pk=theirs.quarters[0].pk).update(name="邻里苑")
    client = signed_in(lee)
    assert {row.community_id for row in listed(client, Place)} == {ours.place.pk}
    assert not any("邻里苑" in label for label in filter_labels(client, Place))
    assert found_by(client, Place, "邻里苑") == []
    assert listed(client, Place, quarter=theirs.quarters[0].pk) == []
    assert picked(client, Place, "parent", "邻里苑") == []


def test_a_place_out_of_scope_does_not_exist(theirs: Community, lee: User) -> None:
    client = signed_in(lee)
    for page in ("change", "move", "close", "reopen", "history", "delete"):
        assert client.get(object_url(theirs.building, page)).status_code in (403, 404), page
        assert client.post(object_url(theirs.building, page), {}).status_code in (403, 404), page
    assert client.get(object_url(theirs.building)).status_code == 404


def test_a_parent_out_of_scope_is_refused(theirs: Community, lee: User) -> None:
    response = signed_in(lee).post(add_url(Place), added(theirs.precincts[0]))
    assert list(errors_of(response)) == ["parent"]
    assert not Place.objects.filter(name="900栋").exists()


def test_a_wrong_parent_is_refused_at_its_field_and_nothing_typed_is_lost(ours: Community, lee: User) -> None:
    response = signed_in(lee).post(add_url(Place), added(ours.quarters[0], remark="刚建成"))
    assert errors_of(response) == {"parent": ["楼栋的上级必须是片区，请重新选择。"]}
    assert "刚建成" in response.content.decode()
    assert not Place.objects.filter(name="900栋").exists()


def test_a_clerk_makes_no_community(ours: Community, lee: User) -> None:
    response = signed_in(lee).post(
        add_url(Place), {"level": Level.COMMUNITY, "name": "新社区", "code": "", "remark": ""}
    )
    assert "level" in errors_of(response)
    assert Place.objects.filter(level=Level.COMMUNITY).count() == 1
    response = signed_in(superuser()).post(
        add_url(Place), {"level": Level.COMMUNITY, "name": "新社区", "code": "", "remark": ""}
    )
    assert errors_of(response) == {}
    assert Place.objects.filter(level=Level.COMMUNITY).count() == 2


def test_a_change_keeps_place_and_parent(ours: Community, lee: User) -> None:
    building = ours.building
    response = signed_in(lee).post(
        object_url(building),
        {"name": "101栋", "code": "", "remark": "加装电梯", "parent": ours.precincts[1].pk},
    )
    assert errors_of(response) == {}
    building.refresh_from_db()
    assert (building.remark, building.parent) == ("加装电梯", ours.precincts[0])


def test_a_taken_name_is_refused(ours: Community, lee: User) -> None:
    response = signed_in(lee).post(object_url(ours.buildings[1]), {"name": "101栋", "code": "", "remark": ""})
    assert "同一上级下已有同名" in str(errors_of(response))
    ours.buildings[1].refresh_from_db()
    assert ours.buildings[1].name == "102栋"


def test_moving_a_building_keeps_its_history_on_its_page(ours: Community, lee: User) -> None:
    client = signed_in(lee)
    moved = {"to_parent": ours.precincts[1].pk, "moved_on": "2026-01-01"}
    response = client.post(object_url(ours.building, "move"), moved, follow=True)
    assert "隶属调整记录" in response.content.decode()
    ours.building.refresh_from_db()
    assert ours.building.parent == ours.precincts[1]
    assert ours.building.path.startswith(ours.precincts[1].path)
    move = PlaceMove.objects.get(place=ours.building)
    assert (move.from_parent, move.moved_by) == (ours.precincts[0], lee)
    assert AuditEvent.objects.filter(object_id=str(ours.building.pk), action="change").exists()


@pytest.mark.parametrize("wrong", ["another community", "tomorrow", "closed"])
def test_a_wrong_move_is_refused(ours: Community, theirs: Community, lee: User, wrong: str) -> None:
    to_parent, day = ours.precincts[1], "2026-01-01"
    if wrong == "another community":
        to_parent = theirs.precincts[0]
    elif wrong == "tomorrow":
        day = "2999-01-01"
    else:
        Place.objects.filter(pk=to_parent.pk).update(closed_on="2026-01-01")
    response = signed_in(lee).post(
        object_url(ours.building, "move"), {"to_parent": to_parent.pk, "moved_on": day}
    )
    assert errors_of(response)
    ours.building.refresh_from_db()
    assert ours.building.parent == ours.precincts[0]
    assert not PlaceMove.objects.exists()


def test_closing_and_reopening(ours: Community, lee: User) -> None:
    client = signed_in(lee)
    assert errors_of(client.post(object_url(ours.building, "close"), {"closed_on": "2026-01-01"})) == {}
    assert listed(client, Place, state="closed") == [ours.building]
    refused = client.post(object_url(ours.building, "close"), {"closed_on": "2026-02-01"})
    assert "已于 2026-01-01 停用" in str(errors_of(refused))
    assert errors_of(client.post(object_url(ours.building, "reopen"), {})) == {}
    assert listed(client, Place, state="closed") == []


def test_a_precinct_with_buildings_is_not_closed(ours: Community, lee: User) -> None:
    response = signed_in(lee).post(object_url(ours.precincts[0], "close"), {"closed_on": "2026-01-01"})
    assert "还有在用的" in str(errors_of(response))
    ours.precincts[0].refresh_from_db()
    assert ours.precincts[0].closed_on is None


def test_filters_and_search(ours: Community, lee: User) -> None:
    client = signed_in(lee)
    buildings = listed(client, Place, quarter=ours.quarters[1].pk, level__exact=Level.BUILDING)
    assert [row.name for row in buildings] == ["105栋", "106栋", "107栋", "108栋"]
    in_precinct = listed(client, Place, quarter=ours.quarters[1].pk, precinct=ours.precincts[3].pk)
    assert [row.name for row in in_precinct] == ["第二片区", "107栋", "108栋"]
    assert found_by(client, Place, "文卉苑 105") == [ours.buildings[4]]
    assert found_by(client, Place, "文卉苑", f"?level__exact={Level.PRECINCT}") == ours.precincts[2:]
    assert len(listed(client, Place)) == 15  # the search is over
    assert picked(client, Place, "parent", "文卉苑 二") == ["文卉苑 第二片区"]


def test_what_is_masked_cannot_be_asked_for_in_the_address(lee: User) -> None:
    assert signed_in(lee).get(list_url(Place), {"name__startswith": "百"}).status_code == 400


def test_a_closed_building_stands_under_its_own_state(ours: Community, lee: User) -> None:
    place_close(place=ours.building, closed_on="2026-01-01")  # type: ignore[arg-type]
    assert ours.building not in listed(signed_in(lee), Place, state="standing")
