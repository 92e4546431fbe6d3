"""Lists of buildings, laid out as other offices do."""

from __future__ import annotations

import pytest

from buildings.choices import Level
from buildings.models import Place, PlaceMove
from buildings.selectors import path_names
from tests.rosters.tables import counts, csv_of, load, refused, workbook_of

pytestmark = pytest.mark.django_db
HEAD = ("苑区", "片区", "楼栋", "单元数")


def tree() -> list[str]:
    places = Place.objects.filter(level=Level.BUILDING).order_by("path")
    return sorted(path_names(places).values())


def test_it_works() -> None:
    report = load("places", csv_of(HEAD, ("怡康苑", "第一片区", "301栋", "4"), ("", "", "302栋", "２个")))
    assert tree() == ["怡康苑 第一片区 301栋", "怡康苑 第一片区 302栋"]
    assert counts(report) == (5, 0, 0)  # the community, the quarter and the precinct are places too
    assert Place.objects.get(name="302栋").entrance_count == 2


def test_other_titles() -> None:
    rows = [("楼栋信息表",), ("小区名称", "网格", "楼号", "总户数"), ("怡康苑", "1网格", "301", 56.0)]
    report = load("places", workbook_of(一览=rows))
    assert (report.accepted, report.unrecognised) == (1, [])
    assert tree() == ["怡康苑 1网格 301"]


def test_one_sheet_a_quarter() -> None:
    rows = [("片区", "楼栋"), ("第一片区", "301栋")]
    assert load("places", workbook_of(怡康苑=rows, 文卉苑=rows)).accepted == 2
    assert tree() == ["怡康苑 第一片区 301栋", "文卉苑 第一片区 301栋"]


def test_the_same_building_written_otherwise_is_not_another_one() -> None:
    load("places", csv_of(HEAD, ("怡康苑", "第一片区", "301栋", 4)))
    report = load("places", csv_of(HEAD, ("怡康苑", "第1片区", "３０１号楼", 5)))
    assert counts(report) == (0, 1, 3)
    assert Place.objects.get(level=Level.BUILDING).entrance_count == 5


def test_another_precinct_moves_the_building_and_keeps_its_history() -> None:
    load("places", csv_of(HEAD, ("怡康苑", "第一片区", "301栋", 4), ("怡康苑", "第二片区", "302栋", 4)))
    building = Place.objects.get(name="301栋")
    report = load("places", csv_of(HEAD, ("怡康苑", "第二片区", "301栋", 4)))
    assert report.updated == 1
    building.refresh_from_db()
    assert building.parent is not None
    assert building.parent.name == "第二片区"
    assert PlaceMove.objects.get().from_parent.name == "第一片区"


def test_what_is_missing_is_said_and_the_rest_goes_in() -> None:
    report = load(
        "places",
        csv_of(HEAD, ("怡康苑", "第一片区", "", 4), ("", "", "302栋", "四层半"), ("", "", "303栋", 4)),
    )
    assert refused(report) == [(2, "楼栋", "missing")]
    assert [(one.row, one.column, one.reason) for one in report.warned] == [(3, "单元数", "number")]
    assert tree() == ["怡康苑 第一片区 302栋", "怡康苑 第一片区 303栋"]
    assert Place.objects.get(name="302栋").entrance_count is None


def test_one_building_listed_twice_with_different_numbers_is_refused() -> None:
    row = ("怡康苑", "第一片区", "301栋")
    report = load("places", csv_of(HEAD, (*row, 4), (*row, 4), (*row, 6)))
    assert (report.accepted, refused(report)) == (2, [(4, "楼栋", "duplicate")])
    assert Place.objects.get(name="301栋").entrance_count == 4


def test_the_numbers_name_their_unit() -> None:
    rows = [("怡康苑", "第一片区", f"{number}栋", 4) for number in range(1, 6)]
    load("places", csv_of(HEAD, *rows[:2]))
    report = load("places", csv_of(HEAD, *rows[1:], ("文卉苑", "第一片区", "9栋", 2)))
    told = {unit: (one.created, one.updated, one.unchanged) for unit, one in report.units.items()}
    assert told == {"社区": (0, 0, 1), "苑区": (1, 0, 1), "片区": (1, 0, 1), "栋": (4, 0, 1)}
    assert counts(report) == (6, 0, 4)


def test_what_it_changes_is_told_with_the_old_value_and_can_be_taken_back() -> None:
    load("places", csv_of(HEAD, ("怡康苑", "第一片区", "1栋", 4), ("怡康苑", "第二片区", "2栋", 3)))
    report = load("places", csv_of(HEAD, ("怡康苑", "第二片区", "1栋", 5), ("怡康苑", "第二片区", "3栋", 1)))
    shown = [(one.row, one.column, one.subject, one.old, one.new) for one in report.changes]
    assert shown == [(2, "片区", "1栋", "第一片区", "第二片区"), (2, "单元数", "1栋", "4", "5")]
    moved, new = (Place.objects.get(name=name) for name in ("1栋", "3栋"))
    written = {(one.model, one.pk): one.before for one in report.journal}
    old = Place.objects.get(name="第一片区")
    assert written[("buildings.place", moved.pk)] == {
        "parent_id": old.pk, "path": f"{old.path}{moved.pk}/", "entrance_count": 4,
    }  # fmt: skip
    assert written[("buildings.placemove", PlaceMove.objects.get().pk)] is None
    assert written[("buildings.place", new.pk)] is None


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["31、32栋"], ["31栋", "32栋"]),
        (["31#/32#/33#"], ["31#", "32#", "33#"]),
        (["31栋和32栋"], ["31栋", "32栋"]),
        (["4-6号楼"], ["4号楼", "5号楼", "6号楼"]),
        (["4号楼至6号楼"], ["4号楼", "5号楼", "6号楼"]),
        (["4-6栋，9栋"], ["4栋", "5栋", "6栋", "9栋"]),
        (["4-1栋", "4-2栋"], ["4-1栋", "4-2栋"]),
        (["怡康苑7栋"], ["7栋"]),
        (["7栋（高层）"], ["7栋"]),
        (["7栋1单元", "7栋2、3单元"], ["7栋"]),
        (["居委会办公楼"], ["居委会办公楼"]),
        (["甲栋", "B座"], ["B座", "甲栋"]),
    ],
)
def test_names_of_one_building_and_of_several(names: list[str], expected: list[str]) -> None:
    report = load("places", csv_of(HEAD, *(("怡康苑", "第一片区", name, 1) for name in names)))
    assert report.rejected == []
    assert sorted(Place.objects.filter(level=Level.BUILDING).values_list("name", flat=True)) == expected
    if len(expected) > len(names):  # one building's number of entrances it is not
        assert set(Place.objects.filter(level=Level.BUILDING).values_list("entrance_count", flat=True)) == {
            None
        }
        assert [one.reason for one in report.warned] == ["several buildings"]


@pytest.mark.parametrize(
    "names",
    [
        ["4-5栋", "4-6栋", "4-7栋"],
        ["4-6栋", "5栋"],
        ["7栋（兼8栋）"],
        ["7栋（A区）"],
        ["叠院1-6号"],
        ["6栋、7栋、会所"],
    ],
)
def test_what_may_be_one_building_or_several_is_refused(names: list[str]) -> None:
    report = load("places", csv_of(HEAD, *(("怡康苑", "第一片区", name, 1) for name in names)))
    assert report.rejected != []
    assert {one.reason for one in report.rejected} <= {"several buildings", "building"}
    made = set(Place.objects.filter(level=Level.BUILDING).values_list("name", flat=True))
    assert made <= {"5栋"}


def test_a_name_the_office_has_given_is_that_building() -> None:
    load("places", csv_of(HEAD, ("怡康苑", "第一片区", "4-1栋", 1), ("怡康苑", "第一片区", "4栋", 1)))
    report = load("places", csv_of(HEAD, ("怡康苑", "第一片区", "4－1号楼", 2)))
    assert (report.updated, Place.objects.get(name="4-1栋").entrance_count) == (1, 2)
    assert Place.objects.filter(level=Level.BUILDING).count() == 2


def test_entrances_of_one_building_that_contradict_are_refused() -> None:
    rows = [("怡康苑", "第一片区", "7栋（1、2单元）", 2), ("怡康苑", "第一片区", "7栋（2单元）", 1)]
    report = load("places", csv_of(HEAD, *rows))
    assert refused(report) == [(3, "楼栋", "duplicate")]
    assert Place.objects.get(name="7栋").entrance_count == 2
