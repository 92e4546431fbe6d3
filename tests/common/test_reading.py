"""Opening what an office sends, by what it is and not by what it is called."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from baibuting.common.tabular.problems import TabularError
from baibuting.common.tabular.reading import Merge, open_book
from tests.common.books import compound, csv_of, xls, xlsx

ROSTERS = Path(__file__).resolve().parent.parent / "data" / "baibuting"


def refusal(data: bytes) -> str:
    with pytest.raises(TabularError) as refused:
        open_book(data)
    return refused.value.message


def test_it_works() -> None:
    book = open_book(xlsx([["姓名", "日期"], ["𠮷䶮", date(2026, 3, 5)], ["合并"]], merges=[(2, 0, 3, 1)]))
    assert [sheet.name for sheet in book.sheets] == ["名册"]
    assert book.sheets[0].rows[:2] == [["姓名", "日期"], ["𠮷䶮", date(2026, 3, 5)]]
    assert book.sheets[0].merges == [Merge(2, 0, 3, 1)]


def test_an_xls_reads_the_same() -> None:
    book = open_book(xls([["姓名", "日期"], ["𠮷䶮", date(2026, 3, 5)], ["合并"]], merges=[(2, 0, 3, 1)]))
    assert book.sheets[0].rows[:2] == [["姓名", "日期"], ["𠮷䶮", date(2026, 3, 5)]]
    assert book.sheets[0].merges == [Merge(2, 0, 3, 1)]


def test_rows_are_numbered_from_the_top_of_the_sheet() -> None:
    """Blank rows and columns before the first cell stay, or every row number in a report would be wrong."""
    rows = open_book(xlsx([[], [], ["", "", "姓名"]])).sheets[0].rows
    assert rows[2][2] == "姓名"


def test_hidden_sheets_are_left_out_and_named() -> None:
    book = open_book(xlsx([["a"]], sheets={"旧数据": [["b"]]}, hidden=["旧数据"]))
    assert [sheet.name for sheet in book.sheets] == ["名册"]
    assert book.hidden == ["旧数据"]


def test_the_value_of_a_formula_is_read() -> None:
    rows = (
        open_book(xlsx([[{"=": '=A2&"栋"', "value": "205栋"}], [{"=": "=1+1", "value": 2}]])).sheets[0].rows
    )
    assert rows == [["205栋"], [2.0]]


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?"])
def test_a_failed_formula_is_not_a_blank_cell(error: str) -> None:
    """A blank 苑区 means "as above": a failed look-up must never be taken for one."""
    rows = open_book(xlsx([["苑区"], [{"=": "=VLOOKUP(A1,B:C,2,0)", "value": error}], ["x"]])).sheets[0].rows
    assert rows[1] == [error]


def test_failed_formulas_are_found_on_the_right_sheet() -> None:
    failed = [["a"], [{"=": "=NA()", "value": "#N/A"}], ["b"]]
    book = open_book(xlsx([["x"], ["y"], ["z"]], sheets={"说明": [["s"], ["t"]], "第二张": failed}))
    assert [sheet.rows[1] for sheet in book.sheets] == [["y"], ["t"], ["#N/A"]]


def test_a_formula_that_was_never_calculated_is_not_blank() -> None:
    from io import BytesIO

    import openpyxl

    book, target = openpyxl.Workbook(), BytesIO()
    book.active["A1"], book.active["A2"], book.active["A3"] = "楼栋", "=1+1", "x"
    book.save(target)
    assert open_book(target.getvalue()).sheets[0].rows[1] == ["#未计算"]


def test_an_error_value_in_an_xls_is_not_blank() -> None:
    assert open_book(xls([["苑区"], ["#N/A"], ["x"]])).sheets[0].rows == [["苑区"], ["#N/A"], ["x"]]


@pytest.mark.parametrize(
    "name", ["两长四员花名册.xls", "五必访对象台账.xlsx", "楼栋清单.xlsx", "走访记录.csv"]
)
def test_the_rosters_of_an_office_open(name: str) -> None:
    assert len(open_book((ROSTERS / name).read_bytes()).sheets[-1].rows) > 100


def test_an_xlsx_called_xls_and_the_other_way_round_open() -> None:
    """Only the content counts: nothing here knows a file name at all."""
    assert open_book(xlsx([["a"]])).sheets[0].rows == open_book(xls([["a"]])).sheets[0].rows == [["a"]]


@pytest.mark.parametrize(
    "page",
    [
        b"<html><table><tr><td>1</td></tr></table></html>",
        b"\xef\xbb\xbf<!DOCTYPE html><html></html>",
        b"\r\n  <table border=1><tr><td>x</td></tr></table>",
        b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"></html>',
        "<html><meta charset=utf-16></html>".encode("utf-16"),
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related",
    ],
)
def test_a_web_page_called_xls_is_told_so(page: bytes) -> None:
    assert "其实是网页" in refusal(page)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "文件是空的"),
        (b"\xef\xbb\xbf", "没有内容|文件是空的"),
        (b"\0" * 5000, "文件是空的"),
        (b" \r\n\r\n", "文件是空的"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n....", "图片"),
        (b"Rar!\x1a\x07", "压缩包"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "XML"),
        (b"PK\x03\x04 and then nothing", "已损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "已损坏"),
    ],
)
def test_what_is_no_table_is_told_so(data: bytes, said: str) -> None:
    from baibuting.common.tabular.table import choose_tables
    from tests.common.books import FIELDS

    with pytest.raises(TabularError, match=said):
        choose_tables(open_book(data), FIELDS)


def test_every_cut_of_a_workbook_is_refused_and_never_crashes() -> None:
    for data in (xlsx([["姓名"]] * 50), xls([["姓名"]] * 50)):
        for part in (0.1, 0.3, 0.5, 0.7, 0.9):
            assert "已损坏" in refusal(data[: int(len(data) * part)])


def test_a_password_protected_workbook_is_told_so() -> None:
    assert "打开密码" in refusal(compound(b"\0" * 5000, "EncryptedPackage"))


def test_a_password_protected_xls_is_told_so() -> None:
    opening = b"\x09\x08\x10\x00" + b"\x00\x06\x05\x00" + b"\0" * 12
    assert "打开密码" in refusal(compound(opening + b"\x2f\x00\x02\x00\x00\x00" + b"\x0a\0\0\0"))


def test_a_word_document_is_told_so() -> None:
    assert "Word" in refusal(compound(b"\0" * 5000, "WordDocument"))


def test_a_file_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baibuting.common.tabular.limits.MAX_FILE_BYTES", 100)
    assert "文件太大" in refusal(csv_of([["姓名"]] * 50))


def test_too_many_sheets_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baibuting.common.tabular.limits.MAX_SHEETS", 2)
    assert "文件太大" in refusal(xlsx([["a"]], sheets={"b": [["b"]], "c": [["c"]]}))


def test_an_xls_that_reaches_too_far_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baibuting.common.tabular.limits.MAX_CELLS", 1000)
    assert "超出可读的范围" in refusal(xls([["a"]] + [[]] * 2000 + [["b"]]))
