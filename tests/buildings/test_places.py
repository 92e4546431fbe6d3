"""The place tree itself: paths, order, moves that keep their history, names, closing."""

from __future__ import annotations

from datetime import date
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from buildings.choices import Level
from buildings.models import Place, PlaceMove
from buildings.rules import natural_key, sort_path
from buildings.scope import Scope
from buildings.selectors import TREE_ORDER, ancestors, parent_on, path_names
from buildings.services import place_change, place_close, place_create, place_move, place_reopen
from tests.factories import Community, community

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours() -> Community:
    return community(staffed=False)


def refused(call: Any, **details: Any) -> str:
    with pytest.raises(ValidationError) as error:
        call(**details)
    return "".join(error.value.messages)


def test_it_works(ours: Community) -> None:
    building = ours.building
    above = [ours.place, ours.quarters[0], ours.precincts[0]]
    assert building.path == "/" + "/".join(str(place.pk) for place in [*above, building]) + "/"
    assert building.community == ours.place
    assert ancestors(building) == above
    assert path_names([building, ours.place]) == {
        building.pk: "怡康苑 第一片区 101栋",
        ours.place.pk: "百步亭社区",
    }
    assert Place.objects.get(pk=building.pk).full_name == "怡康苑 第一片区 101栋"


def test_the_tests_own_places_are_made_as_the_service_makes_them(ours: Community) -> None:
    """`community()` of the factories goes past the service."""
    quick = ours.buildings[0]
    slow = place_create(level=Level.BUILDING, name="109栋", parent=quick.parent)
    own = {"id", "uid", "name", "path", "sort_key", "sort_path"}
    rows = {row["id"]: row for row in Place.objects.filter(pk__in=[quick.pk, slow.pk]).values()}
    same = [{name: value for name, value in rows[pk].items() if name not in own} for pk in rows]
    assert same[0] == same[1]
    assert slow.path == quick.path.replace(str(quick.pk), str(slow.pk))
    assert len(slow.sort_key) == len(quick.sort_key)
    assert quick.sort_path == sort_path(slow.parent.sort_path, quick.name, quick.pk)


def test_names_sort_as_people_count() -> None:
    names = ["10栋", "9栋", "第十一片区", "第二片区", "第二十片区", "第十片区", "9栋西"]
    assert sorted(names, key=natural_key) == [
        "9栋", "9栋西", "10栋", "第二片区", "第十片区", "第十一片区", "第二十片区"
    ]  # fmt: skip


def test_the_tree_is_read_from_the_top_down(ours: Community) -> None:
    place_create(level=Level.BUILDING, name="9栋", parent=ours.precincts[0])
    place_create(level=Level.PRECINCT, name="第十片区", parent=ours.quarters[0])
    names = list(Place.objects.order_by(*TREE_ORDER).values_list("name", flat=True))
    assert names[:9] == [
        "百步亭社区", "怡康苑", "第一片区", "9栋", "101栋", "102栋", "第二片区", "103栋", "104栋"
    ]  # fmt: skip
    assert names[9] == "第十片区"


def test_who_is_renamed_or_moved_takes_what_lies_below_along(ours: Community) -> None:
    place_change(place=ours.quarters[0], name="雅苑")  # now behind 文卉苑
    place_change(place=ours.precincts[2], name="第三片区")
    place_move(place=ours.precincts[2], to_parent=ours.quarters[0], moved_on=date(2026, 11, 23))
    assert read() == [
        "百步亭社区", "文卉苑", "第二片区", "107栋", "108栋",
        "雅苑", "第一片区", "101栋", "102栋", "第二片区", "103栋", "104栋", "第三片区", "105栋", "106栋",
    ]  # fmt: skip


def test_the_order_that_is_kept_is_the_one_that_the_names_give(ours: Community) -> None:
    before = read()
    Place.objects.update(sort_path="")
    import_module("buildings.migrations.0007_sort_path").put_in_order(apps, None)
    assert read() == before


def read() -> list[str]:
    return list(Place.objects.order_by(*TREE_ORDER).values_list("name", flat=True))


def test_a_move_takes_everything_below_and_keeps_the_history(ours: Community) -> None:
    precinct, below = ours.precincts[0], ours.buildings[:2]
    Place.objects.filter(pk=ours.precincts[2].pk).update(name="第三片区")
    move = place_move(place=precinct, to_parent=ours.quarters[1], moved_on=date(2026, 6, 1))
    precinct.refresh_from_db()
    assert precinct.path == f"{ours.quarters[1].path}{precinct.pk}/"
    for building in below:
        building.refresh_from_db()
        assert building.path == f"{precinct.path}{building.pk}/"
    assert (move.from_parent, move.to_parent) == (ours.quarters[0], ours.quarters[1])
    assert parent_on(precinct, date(2026, 5, 31)) == ours.quarters[0]
    assert parent_on(precinct, date(2026, 6, 1)) == ours.quarters[1]
    scope = Scope(paths=frozenset({ours.quarters[1].path}))
    assert set(below) <= set(Place.objects.within(scope))


def test_two_moves_are_both_remembered(ours: Community) -> None:
    building = ours.building
    place_move(place=building, to_parent=ours.precincts[1], moved_on=date(2025, 1, 1))
    place_move(place=building, to_parent=ours.precincts[2], moved_on=date(2026, 1, 1))
    stood = [parent_on(building, date(year, 7, 1)) for year in (2024, 2025, 2026)]
    building.refresh_from_db()
    assert stood[:2] == ours.precincts[:2]
    assert parent_on(building, date(2026, 7, 1)) == ours.precincts[2]


def test_what_a_move_refuses(ours: Community) -> None:
    theirs = community("隔壁社区", staffed=False)
    day = date(2026, 6, 1)
    place_create(level=Level.BUILDING, name="101栋", parent=ours.precincts[3])
    for place, to_parent, said in (
        (ours.building, ours.quarters[0], "必须是片区"),
        (ours.building, theirs.precincts[0], "同一社区"),
        (ours.building, ours.precincts[0], "无需调整"),
        (ours.building, ours.precincts[3], "已有101栋"),
        (ours.place, ours.quarters[0], "最上一级"),
    ):
        assert said in refused(place_move, place=place, to_parent=to_parent, moved_on=day)
    ours.building.refresh_from_db()
    assert ours.building.parent == ours.precincts[0]
    assert not PlaceMove.objects.exists()


def test_a_place_stands_on_its_level(ours: Community) -> None:
    before = Place.objects.count()
    for level, parent in (
        (4, ours.quarters[0]),
        (3, ours.place),
        (2, None),
        (1, ours.place),
        (4, ours.building),
    ):
        assert refused(place_create, level=level, name="错", parent=parent)
    assert "同名" in refused(place_create, level=4, name=" 101栋 ", parent=ours.precincts[0])
    assert Place.objects.count() == before


def test_the_database_itself_refuses_two_of_one_name(ours: Community) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Place.objects.filter(pk=ours.buildings[1].pk).update(name="101栋")
    with pytest.raises(IntegrityError), transaction.atomic():
        Place.objects.filter(pk=ours.building.pk).update(parent=None)


def test_a_change_never_moves(ours: Community) -> None:
    changed = place_change(place=ours.building, name="第二栋", household_count=12)
    assert (changed.sort_key, changed.household_count) == (natural_key("第二栋"), 12)
    for column in ("parent", "level", "path", "community"):
        with pytest.raises(ValueError, match=column):
            place_change(place=ours.building, **{column: None})


def test_nothing_new_below_what_is_closed(ours: Community) -> None:
    day, precinct = date(2026, 6, 1), ours.precincts[0]
    assert "还有在用的" in refused(place_close, place=precinct, closed_on=day)
    for building in ours.buildings[:2]:
        place_close(place=building, closed_on=day)
    precinct = place_close(place=precinct, closed_on=day)
    assert "已停用" in refused(place_create, level=4, name="新栋", parent=precinct)
    assert "已停用" in refused(place_move, place=ours.buildings[3], to_parent=precinct, moved_on=day)
    assert "先恢复" in refused(place_reopen, place=ours.building)
    place_reopen(place=precinct)
    assert place_reopen(place=ours.building).closed_on is None
    assert "无需恢复" in refused(place_reopen, place=ours.building)
