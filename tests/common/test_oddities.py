"""What the reader does not tell by itself: hidden and filtered rows, hidden columns, days that count from 1904."""

from __future__ import annotations

import io
from datetime import date

import pytest
import xlsxwriter
import xlwt

from baibuting.common.tabular.importing import Intake
from baibuting.common.tabular.reading import open_book
from baibuting.common.tabular.report import ImportReport, SheetRead
from baibuting.common.tabular.values import parse_date
from tests.common.books import FIELDS, csv_of, rows_of, xlsx

HEADER = ["楼栋", "姓名", "纳入日期", "联系电话"]
ROWS = [["1栋", "张三", 46081, "1"], ["2栋", "李四", 46081, "2"], ["3栋", "王五", 46081, "3"]]


def new_book(
    *, hidden_rows: tuple[int, ...] = (), hidden_columns: tuple[int, ...] = (), from_1904: bool = False
) -> bytes:
    """An .xlsx with the rows above; hidden ones counted from 0."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "date_1904": from_1904}) as book:
        sheet = book.add_worksheet("名册")
        for at, row in enumerate([HEADER, *ROWS]):
            sheet.write_row(at, 0, row)
        if hidden_rows:
            sheet.autofilter(0, 0, len(ROWS), len(HEADER) - 1)
        for at in hidden_rows:
            sheet.set_row(at, None, None, {"hidden": True})
        for at in hidden_columns:
            sheet.set_column(at, at, None, None, {"hidden": True})
    return target.getvalue()


def old_book(
    *, hidden_rows: tuple[int, ...] = (), hidden_columns: tuple[int, ...] = (), from_1904: bool = False
) -> bytes:
    """The same as an .xls."""
    book = xlwt.Workbook()
    book.dates_1904 = from_1904
    sheet = book.add_sheet("名册")
    for at, row in enumerate([HEADER, *ROWS]):
        for index, value in enumerate(row):
            sheet.write(at, index, value)
        sheet.row(at).hidden = at in hidden_rows
    for at in hidden_columns:
        sheet.col(at).hidden = True
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def report_on(data: bytes) -> ImportReport:
    intake = Intake(data, FIELDS, {}, None)
    list(intake.rows())
    return intake.finish()


BOTH = pytest.mark.parametrize("make", [new_book, old_book])


@BOTH
def test_it_works(make) -> None:  # type: ignore[no-untyped-def]
    report = report_on(make(hidden_rows=(1, 3), hidden_columns=(3,)))
    assert report.rows == 3
    assert report.sheets == [SheetRead("名册", rows=3, hidden_rows=2, hidden_columns=1)]
    told = [(one.row, one.column, one.reason) for one in report.warned]
    assert told == [(1, "联系电话", "hidden column"), (2, "", "hidden rows")]
    assert "2 行" in report.warned[1].message
    assert "行号 2、4）" in report.warned[1].message


@BOTH
def test_where_nothing_is_hidden_nothing_is_said(make) -> None:  # type: ignore[no-untyped-def]
    report = report_on(make())
    assert report.warned == []
    assert report.sheets == [SheetRead("名册", rows=3)]


@BOTH
def test_a_hidden_row_without_data_is_nobodys_business(make) -> None:  # type: ignore[no-untyped-def]
    assert report_on(make(hidden_rows=(0,))).warned == []


def test_many_hidden_rows_are_not_all_named() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名册")
        sheet.write_row(0, 0, HEADER)
        for at in range(1, 60):
            sheet.write_row(at, 0, [f"{at}栋", "张三", "", ""])
            sheet.set_row(at, None, None, {"hidden": True})
    told = report_on(target.getvalue()).warned[0].message
    assert "59 行" in told
    assert "21 等）" in told


def test_other_sheets_are_told() -> None:
    data = xlsx(
        [["楼栋", "姓名"], ["1栋", "张三"]],
        sheets={"填写说明": [["随便写写"]], "旧表": [["x"]]},
        hidden=["旧表"],
    )
    report = report_on(data)
    assert report.sheets == [SheetRead("名册", rows=1), SheetRead("填写说明", used=False)]
    assert report.hidden_sheets == ["旧表"]


def test_a_csv_hides_nothing() -> None:
    assert report_on(csv_of([["楼栋", "姓名"], ["1栋", "张三"]])).sheets == [SheetRead("", rows=1)]


@BOTH
@pytest.mark.parametrize("from_1904", [True, False])
def test_a_number_is_the_day_its_workbook_means(make, from_1904: bool) -> None:  # type: ignore[no-untyped-def]
    rows = rows_of(make(from_1904=from_1904))
    expected = date(2030, 3, 1) if from_1904 else date(2026, 2, 28)
    assert [parse_date(row.cells["since"]) for row in rows] == [expected] * 3
    assert open_book(make(from_1904=from_1904)).sheets[0].is_1904 is from_1904
    assert [row.cells["phone"] for row in rows] == ["1", "2", "3"]
