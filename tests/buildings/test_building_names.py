"""A building is its whole name: which building an address means, and when it means none."""

from __future__ import annotations

import pytest

from baibuting.common.tabular.problems import CellError
from buildings.choices import Level
from buildings.directory import PlaceDirectory
from buildings.models import Place
from buildings.services import place_create

pytestmark = pytest.mark.django_db

LISTED = {
    "柳园": ["7栋", "7-1栋", "15栋", "15-2栋", "15-3栋", "Ａ座", "B2栋", "丙栋", "三栋", "幼儿园", "望江楼", "9-2栋"],
    "槐园": ["1号楼", "2号楼", "3号楼", "4号楼", "6号楼", "21#", "2-4号楼", "5栋附1号", "5栋"],
    "和风里": ["1幢", "2幢", "槐荫楼"],
}  # fmt: skip


@pytest.fixture
def directory() -> PlaceDirectory:
    community = place_create(level=Level.COMMUNITY, name="临江社区")
    for quarter_name, names in LISTED.items():
        quarter = place_create(level=Level.QUARTER, name=quarter_name, parent=community)
        precinct = place_create(level=Level.PRECINCT, name="第一片区", parent=quarter)
        for name in names:
            place_create(level=Level.BUILDING, name=name, parent=precinct)
    return PlaceDirectory.load(community)


def found(directory: PlaceDirectory, text: str) -> str:
    answer = directory.find(text)
    return f"{answer.building.name}|{answer.entrance}|{answer.room}" if answer.building else "?"


def test_it_works(directory: PlaceDirectory) -> None:
    assert found(directory, "柳园7-1栋2单元301室") == "7-1栋|2|301"
    assert found(directory, "柳园7栋2单元301室") == "7栋|2|301"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("柳园７－１栋２单元３０１室", "7-1栋|2|301"),
        ("柳园7—1号楼301", "7-1栋||301"),
        ("柳园第7-1幢2-301", "7-1栋|2|301"),
        ("柳园a座1203", "Ａ座||1203"),
        ("柳园A座-1203", "Ａ座||1203"),
        ("柳园b2#302", "B2栋||302"),
        ("柳园丙栋302", "丙栋||302"),
        ("柳园丙座1单元302", "丙栋|1|302"),
        ("柳园3栋1-101", "三栋|1|101"),
        ("柳园第三幢101", "三栋||101"),
        ("柳园幼儿园", "幼儿园||"),
        ("柳园望江楼2单元202", "望江楼|2|202"),
        ("柳园15-302", "15栋||302"),
        ("柳园15-4-402", "15栋|4|402"),
        ("柳园7-1-2-302", "7-1栋|2|302"),  # 7|1|2-302 would put room 302 on the second floor
        ("柳园 7 栋 2 单元 301 室", "7栋|2|301"),
        ("槐园3号楼附1号", "3号楼||附1号"),
        ("槐园5栋附1号", "5栋附1号||"),
        ("槐园5栋附1号201", "5栋附1号||201"),
        ("槐园5栋附2号201", "5栋||附2号201"),
        ("槐园6#-2-601", "6号楼|2|601"),
        ("槐园6号2单元601", "6号楼|2|601"),
        ("槐园21栋门面3号", "21#||门面3号"),
        ("和风里1幢1-101", "1幢|1|101"),
        ("槐荫楼301", "槐荫楼||301"),
        ("临江社区柳园第一片区7栋101", "7栋||101"),
    ],
)
def test_vectors(directory: PlaceDirectory, text: str, place: str) -> None:
    assert found(directory, text) == place


@pytest.mark.parametrize(
    "text",
    [
        "柳园7-2栋301",  # there is no 7-2栋, and 7栋 is not it
        "柳园71栋301",
        "柳园9栋301",
        "柳园9-1-301",
        "柳园15-1栋301",
        "柳园15栋1栋301",
        "柳园7、15栋301",
        "柳园7栋、15栋",
        "槐园1-3号楼301",
        "槐园1号楼至3号楼",
        "槐园1、2号楼",
        "槐园3楼301",  # the third floor of which building?
        "槐园3号门面",
        "柳园丁栋101",
        "柳园甲座101",
        "柳园幼儿",
        "柳园望江亭2单元202",
        "柳园7单元301",
        "301室",
        "幸福里7栋301",
    ],
)
def test_what_no_building_is_called_leads_to_none(directory: PlaceDirectory, text: str) -> None:
    assert found(directory, text) == "?"


@pytest.mark.parametrize("text", ["柳园7-1-301", "柳园7-1-3-302", "柳园15-2-202", "柳园7栋-101", "1栋101"])
def test_where_two_fit_nothing_is_chosen(directory: PlaceDirectory, text: str) -> None:
    answer = directory.find(text)
    assert answer.building is None or answer.refusal is not None


def test_ambiguity_is_said(directory: PlaceDirectory) -> None:
    assert directory.find("柳园7-1-301").is_ambiguous
    assert directory.find("1栋101").is_ambiguous
    assert directory.find("槐园2栋、3栋").names_several


def names(places: list[Place]) -> list[str]:
    return [place.name for place in places]


@pytest.mark.parametrize(
    ("text", "quarter", "expected"),
    [
        ("7栋、15栋", "柳园", ["7栋", "15栋"]),
        ("7、15栋", "柳园", ["7栋", "15栋"]),
        ("7-1栋", "柳园", ["7-1栋"]),
        ("7栋、7-1栋和15-2栋", "柳园", ["7栋", "7-1栋", "15-2栋"]),
        ("1-4号楼", "槐园", ["1号楼", "2号楼", "3号楼", "4号楼"]),
        ("1号楼至3号楼", "槐园", ["1号楼", "2号楼", "3号楼"]),
        ("1#~3#，6#", "槐园", ["1号楼", "2号楼", "3号楼", "6号楼"]),
        ("2-4号楼", "槐园", ["2-4号楼"]),  # a building of that very name
        ("槐园1-3号楼", "", ["1号楼", "2号楼", "3号楼"]),
        ("和风里1幢、和风里2幢", "", ["1幢", "2幢"]),
        ("和风里1幢、2幢", "", ["1幢", "2幢"]),
        ("全部", "和风里", ["1幢", "2幢", "槐荫楼"]),
        ("7栋（1、2单元）", "柳园", ["7栋"]),
        ("7栋（高层）", "柳园", ["7栋"]),
        ("7栋1单元", "柳园", ["7栋"]),
        ("丙栋", "", ["丙栋"]),
    ],
)
def test_several_buildings_in_one_cell(
    directory: PlaceDirectory, text: str, quarter: str, expected: list[str]
) -> None:
    assert sorted(names(directory.several(text, quarter))) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "quarter", "reason"),
    [
        ("7栋、8栋", "柳园", "unknown place"),
        ("1-7号楼", "槐园", "unknown place"),  # there is no 7号楼
        ("15-7栋", "柳园", "unknown place"),
        ("1栋、2栋", "", "ambiguous place"),
        ("全部", "", "several buildings"),
        ("7栋（兼15栋）", "柳园", "several buildings"),
        ("15-4", "柳园", "several buildings"),  # the fourth entrance of 15栋, or something else
        ("7栋、15栋", "没有的苑", "unknown place"),
        ("本片区", "柳园", "unknown place"),
    ],
)
def test_several_that_cannot_be_told_are_refused(
    directory: PlaceDirectory, text: str, quarter: str, reason: str
) -> None:
    with pytest.raises(CellError) as refused:
        directory.several(text, quarter)
    assert refused.value.reason == reason
