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
