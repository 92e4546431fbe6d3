"""Where somebody lives, as rosters say it: in columns, in a heading, in the name of the sheet, in the caption."""

from __future__ import annotations

import pytest

from baibuting.common.tabular.problems import LayoutError
from residents.models import Resident
from tests.rosters.tables import Rows, csv_of, load, refused, workbook_of

pytestmark = pytest.mark.django_db
FLATS = [("姓名", "房号"), ("王甲", "2-301"), ("李乙", "302")]


@pytest.fixture(autouse=True)
def places() -> None:
    listed = [("柳园", "第一片区", "7栋"), ("柳园", "第一片区", "15栋"), ("柳园", "第一片区", "2栋"),
              ("槐园", "第一片区", "7栋"), ("槐园", "第一片区", "21号楼")]  # fmt: skip
    load("places", csv_of(("苑区", "片区", "楼栋"), *listed))


def homes() -> dict[str, str]:
    rows = Resident.objects.select_related("household__building__parent__parent")
    return {
        one.name: f"{one.household.building.full_name} {one.household.short}".replace(" 第一片区", "")
        for one in rows
    }


def test_it_works() -> None:
    load(
        "residents",
        csv_of(("姓名", "苑区", "楼栋", "单元", "房号"), ("王甲", "柳园", "7栋", "2单元", "0301")),
    )
    assert homes() == {"王甲": "柳园 7栋 2-301"}


@pytest.mark.parametrize(
    "sheets",
    [
        {"柳园15栋": FLATS},
        {"名册": [("柳园15栋居民花名册",), *FLATS]},
        {"名册": [("柳园居民花名册",), ("楼栋：15栋",), *FLATS]},
        {"名册": [("柳园",), *FLATS[:1], ("15栋（楼栋长：某某 共30户）",), *FLATS[1:]]},
        {"15#": FLATS},
        {"柳园": [("15栋2单元",), *FLATS[:1], ("王甲", "301"), ("李乙", "302")]},
    ],
)
def test_the_building_stands_outside_the_columns(sheets: dict[str, Rows]) -> None:
    report = load("residents", workbook_of(**sheets))
    assert report.rejected == []
    second = "柳园 15栋 2-302" if "柳园" in sheets else "柳园 15栋 302"
    assert homes() == {"王甲": "柳园 15栋 2-301", "李乙": second}


def test_each_heading_counts_for_the_rows_below_it() -> None:
    rows = [("姓名", "房号"), ("柳园7栋", ""), ("王甲", "1-101"), ("槐园7栋", ""), ("李乙", "1-101")]
    assert load("residents", workbook_of(名册=rows)).accepted == 2
    assert homes() == {"王甲": "柳园 7栋 1-101", "李乙": "槐园 7栋 1-101"}


def test_a_flat_in_the_column_of_addresses_lies_in_the_building_of_the_sheet() -> None:
    rows = [("姓名", "住址"), ("王甲", "2-301"), ("李乙", "槐园21号楼101")]
    assert load("residents", workbook_of(柳园15栋=rows)).rejected == []
    assert homes() == {"王甲": "柳园 15栋 2-301", "李乙": "槐园 21号楼 101"}  # not 2栋 301


@pytest.mark.parametrize("name", ["柳园7、15栋", "柳园99栋", "7栋"])
def test_a_building_that_cannot_be_told_refuses_the_rows(name: str) -> None:
    report = load("residents", workbook_of(**{name: FLATS}))
    assert (report.accepted, len(report.rejected)) == (0, 2)
    assert homes() == {}


def test_without_any_building_the_sentence_says_what_to_add() -> None:
    with pytest.raises(LayoutError) as refusal:
        load("residents", workbook_of(名册=FLATS))
    assert "加一列“楼栋”" in refusal.value.message


def test_the_caption_narrows_it_down_to_a_quarter() -> None:
    rows = [("槐园居民花名册",), ("姓名", "楼栋", "房号"), ("王甲", "7栋", "101"), ("李乙", "15栋", "101")]
    report = load("residents", workbook_of(名册=rows))
    assert homes() == {"王甲": "槐园 7栋 101"}
    assert refused(report) == [(4, "楼栋", "unknown place")]  # there is a 15栋, in 柳园


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (("王甲", "柳园7栋", "2", "1-301"), "房号", "entrance twice"),
        (("王甲", "柳园7栋1单元", "2", "301"), "单元", "entrance twice"),
        (("王甲", "柳园7栋301", "", "302"), "房号", "room twice"),
        (("王甲", "柳园7栋", "", "6月2日"), "房号", "date room"),
        (("王甲", "柳园7栋", "朝南", "601"), "单元", "entrance"),
        (("王甲", "柳园7栋", "", "王家601"), "房号", "room"),
        (("王甲", "柳园7栋", "", "15栋601"), "房号", "room"),
        (("王甲", "柳园7栋、15栋", "", "601"), "楼栋", "several buildings"),
        (("王甲", "柳园2-15栋", "", "601"), "楼栋", "several buildings"),
        (("王甲", "7栋", "", "601"), "楼栋", "ambiguous place"),
        (("王甲", "柳园7-2栋", "", "601"), "楼栋", "unknown place"),
    ],
)
def test_what_contradicts_itself_is_refused(row: tuple[str, ...], column: str, reason: str) -> None:
    report = load("residents", csv_of(("姓名", "楼栋", "单元", "房号"), row))
    assert refused(report) == [(2, column, reason)]
    assert homes() == {}


def test_what_is_left_out_is_said() -> None:
    report = load(
        "residents", csv_of(("姓名", "住址"), ("王甲", "柳园7栋2单元601室（高血压）电话13900000001"))
    )
    assert homes() == {"王甲": "柳园 7栋 2-601"}
    assert [(one.row, one.column, one.reason) for one in report.warned] == [(2, "住址", "left out")]
    assert "高血压" not in report.warned[0].message


def test_two_quarters_in_one_row_are_refused() -> None:
    rows = [("王甲", "槐园", "柳园15栋101"), ("李乙", "柳园", "柳园15栋102"), ("赵丙", "槐园", "21号楼101")]
    report = load("residents", csv_of(("姓名", "苑区", "住址"), *rows))
    assert refused(report) == [(2, "苑区", "quarter twice")]
    assert homes() == {"李乙": "柳园 15栋 102", "赵丙": "槐园 21号楼 101"}
