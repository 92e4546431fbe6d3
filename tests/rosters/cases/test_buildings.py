"""Cases from the field about buildings, rooms, and what stands in an address and must not stay there."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from baibuting.common.tabular.report import ImportReport
from buildings.choices import Level
from buildings.models import Place
from residents.models import Household, Resident
from tests.rosters.tables import load, refused

pytestmark = pytest.mark.django_db
CASES = Path(__file__).resolve().parent.parent.parent / "data" / "cases"


def send(kind: str, case: str, file: str) -> ImportReport:
    folder = next(CASES.glob(f"{case}-*"))
    return load(kind, (folder / file).read_bytes())


@pytest.fixture
def base() -> None:
    """The community of the cases, its buildings listed."""
    assert load("places", (CASES / "_base" / "places.csv").read_bytes()).rejected == []


def homes() -> dict[str, str]:
    """building|entrance|room of everybody by name."""
    rows = Resident.objects.select_related("household__building")
    return {
        one.name: f"{one.household.building.name}|{one.household.entrance}|{one.household.room}"
        for one in rows
    }


def buildings() -> list[str]:
    return sorted(Place.objects.filter(level=Level.BUILDING).values_list("name", flat=True))


def test_27_a_building_is_its_whole_name(base: None) -> None:
    report = send("residents", "27", "in.xlsx")
    assert (report.accepted, report.rejected) == (12, [])
    assert homes() == {
        "住户甲一一": "12-1栋|1|301",
        "住户甲一二": "12栋|1|301",
        "住户甲一三": "甲栋||302",
        "住户甲一四": "A座||1203",
        "住户甲一五": "A座||1204",
        "住户甲一六": "5栋|2|301",
        "住户甲一七": "1号楼|1|101",
        "住户甲一八": "1号楼|1|102",
        "住户甲一九": "2号楼|2|202",
        "住户甲一十": "3号楼||附1号101",
        "住户甲一廿": "5栋|2|302",
        "住户甲一卅": "5栋|2|303",
    }


def test_28_rooms_as_offices_write_them(base: None) -> None:
    report = send("residents", "28", "in.xlsx")
    assert report.rejected == []
    assert [one.reason for one in report.warned] == ["left out"]  # （租）
    assert {name: home.removeprefix("301栋|") for name, home in homes().items()} == {
        "房号一": "|301、302",
        "房号二": "1|301、302",
        "房号三": "|301、302",
        "房号四": "1|3楼左",
        "房号五": "1|301",
        "房号六": "1|301",
        "房号七": "2|303",
        "房号八": "1|-101",
        "房号九": "1|-101",
        "房号十": "东|302",
        "房号廿": "1|301-2",
        "房号卅": "|门面3号",
        "房号卌": "1|301",
        "房号百": "|101",
    }


def test_28_a_room_that_became_a_date_is_refused(base: None) -> None:
    report = send("residents", "28", "split.xlsx")
    assert homes() == {
        "分栏一": "302栋|1|301、302",
        "分栏二": "302栋|1|301",
        "分栏四": "302栋|1|301",
    }
    # 3-1 beside 单元 一: the third entrance or the third floor, which nobody can tell
    assert refused(report) == [(5, "房号", "entrance twice"), (7, "房号", "date room")]
    assert not Household.objects.filter(room__contains="2026").exists()


def test_31_the_building_in_a_sub_header(base: None) -> None:
    report = send("residents", "31", "sub.xlsx")
    assert report.rejected == []
    assert homes() == {"甲一": "301栋|1|101", "乙二": "301栋|1|102", "丙三": "302栋|1|101"}


def test_31_the_building_in_the_name_of_the_sheet(base: None) -> None:
    report = send("residents", "31", "sheets.xlsx")
    assert report.rejected == []
    assert homes() == {"甲一": "301栋|1|101", "丙三": "302栋|1|101"}


def test_48_no_building_stands_for_several() -> None:
    report = send("places", "48", "in.xlsx")
    assert buildings() == sorted(
        ["301栋", "302栋", "303栋", "1栋", "2栋", "3栋", "8栋", "9栋", "幼儿园", "10栋"]
    )
    assert Place.objects.get(name="9栋").household_count == 14
    eight = Place.objects.get(name="8栋")
    assert (eight.entrance_count, eight.floor_count, eight.household_count) == (3, None, 42)
    assert Place.objects.get(name="301栋").household_count is None  # 126 are those of three
    ten = Place.objects.get(name="10栋")
    assert (ten.entrance_count, ten.floor_count, ten.household_count) == (3, 7, None)
    assert report.rejected == []
    warned = [(one.row, one.column, one.reason) for one in report.warned]
    assert warned == [
        (3, "楼栋号", "several buildings"),
        (4, "层数", "number"),
        (4, "户数", "number"),
        (4, "楼栋号", "several buildings"),
        (5, "层数", "number"),
        (6, "楼栋号", "put together"),
        (9, "户数", "number"),
    ]


def test_48b_the_people_of_those_buildings_are_found() -> None:
    send("places", "48b", "in.xlsx")
    assert buildings() == sorted(["1栋", "2栋", "3栋", "21栋", "22栋", "8栋", "9栋"])
    assert send("residents", "48b", "people.xlsx").accepted == 5
    assert homes() == {
        "甲一": "1栋|1|101",
        "乙二": "2栋|1|101",
        "丙三": "21栋|1|101",
        "丁四": "8栋|3|101",
        "戊五": "9栋|1|101",
    }


def test_76_one_flat_is_one_flat_however_it_is_written(base: None) -> None:
    send("care", "76", "a.xlsx")
    report = send("care", "76", "b.xlsx")
    assert (report.created, report.updated, report.unchanged) == (0, 0, 4)
    assert Resident.objects.count() == 4
    assert Household.objects.count() == 4


def test_99_nothing_personal_stays_in_an_address(base: None) -> None:
    report = send("care", "99", "in.xlsx")
    assert homes() == {"甲一": "301栋|1|1001", "丙三": "301栋|1|102"}
    assert refused(report) == [(3, "住址", "room")]
    assert [(one.row, one.column) for one in report.warned if one.reason == "left out"] == [
        (2, "住址"),
        (4, "住址"),
    ]
    told = " ".join(one.message for one in (*report.rejected, *report.warned))
    for text in ("19900000001", "429999196001014119", "肝癌"):
        assert text not in told
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM residents_household t WHERE t::text LIKE %s", [f"%{text}%"])
            assert cursor.fetchone() == (0,)
