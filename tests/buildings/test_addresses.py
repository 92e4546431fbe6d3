"""Addresses as people write them."""

from __future__ import annotations

import pytest

from buildings.addresses import area_key, building_key, parse_flat
from buildings.choices import Level
from buildings.directory import PlaceDirectory
from buildings.models import Place
from buildings.services import place_create
from tests.factories import Community, community

pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> Community:
    return community()


def found(home: Community, address: str, **given: str) -> tuple[str, str, str]:
    answer = PlaceDirectory.load(home.place).find(address, **given)
    return (answer.building.name if answer.building else "?", answer.entrance, answer.room)


def test_it_works(home: Community) -> None:
    assert found(home, "怡康苑101栋2单元601室") == ("101栋", "2", "601")


@pytest.mark.parametrize(
    "address",
    [
        "怡康苑 101栋 2单元 601",
        "怡康苑101栋2-601",
        "怡康苑１０１栋２－６０１",
        "怡康苑101-2-601",
        "怡康苑101号楼二单元601号",
        "怡康苑第一片区101幢2门601房",
        "怡康苑小区101#2单元6楼601",
        "怡康苑101#楼2单元601",
        "百步亭社区怡康苑101栋2单元601室",
        "百步亭花园怡康苑101栋2单元601室",
        "湖北省武汉市江岸区百步亭花园街道百步亭社区怡康苑101栋2单元601室",
        "101栋2单元601室",
    ],
)
def test_ways_of_writing_one_flat(home: Community, address: str) -> None:
    assert found(home, address) == ("101栋", "2", "601")


@pytest.mark.parametrize(
    "address", ["幸福里3栋2单元101室", "怡康苑999栋1-101", "怡康苑", "文卉苑101栋1-101", "不详"]
)
def test_what_is_not_there_is_not_found(home: Community, address: str) -> None:
    assert found(home, address)[0] == "?"


def test_columns_of_their_own_narrow_it_down(home: Community) -> None:
    other = place_create(level=Level.BUILDING, name="101栋", parent=home.precincts[2])
    directory = PlaceDirectory.load(home.place)
    assert directory.find("101栋").is_ambiguous
    assert directory.find("101栋", "文卉苑").building == other
    assert directory.find("101栋", "怡康苑", "第1片区").building == home.building
    assert directory.find("101栋", "没有的苑").building is None


def test_a_quarter_named_like_the_community_is_not_cut_short(home: Community) -> None:
    quarter = place_create(level=Level.QUARTER, name="百步亭苑", parent=home.place)
    precinct = place_create(level=Level.PRECINCT, name="第一片区", parent=quarter)
    building = place_create(level=Level.BUILDING, name="7栋", parent=precinct)
    assert PlaceDirectory.load(home.place).find("百步亭苑7栋1-101").building == building


def test_a_closed_building_is_not_found(home: Community) -> None:
    Place.objects.filter(pk=home.building.pk).update(closed_on="2026-01-01")
    assert found(home, "怡康苑101栋1-101")[0] == "?"


def test_keys() -> None:
    assert building_key("第３０１号楼") == building_key("301栋") == building_key("0301")
    assert building_key("a3栋") == "A3"
    assert building_key("三栋") == "3"
    assert area_key("第一片区") == area_key("1片区") != area_key("第十一片区")
    assert parse_flat("三单元").entrance == "3"
    assert parse_flat("1601").room == "1601"
