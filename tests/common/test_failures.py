"""An error of Excel is an error in every column, however the file holds it."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import Any

import pytest

from baibuting.common.tabular.failures import error_shown
from baibuting.common.tabular.importing import Intake, RowInput
from baibuting.common.tabular.reading import open_book
from baibuting.common.tabular.text import plain
from tests.common.books import FIELDS, csv_of, xls, xlsx

HEADER = ["楼栋", "姓名", "联系电话"]


def rows(data: bytes) -> list[RowInput]:
    return list(Intake(data, FIELDS, {}, None).rows())


def changed(data: bytes, pattern: bytes, instead: bytes) -> bytes:
    """The workbook with its first sheet's XML rewritten."""
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(target, "w") as written:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content, times = re.subn(pattern, instead, content)
                assert times
            written.writestr(name, content)
    return target.getvalue()


def test_it_works() -> None:
    given = rows(xlsx([HEADER, ["1栋", {"=": "NA()", "value": "#N/A"}, "x"]]))[0]
    assert given.shows_error("name")
    assert given.take("name", plain, "nobody") == "nobody"
    assert [(one.column, one.reason) for one in given.problems] == [("姓名", "formula error")]
    assert "#N/A" in given.problems[0].message


@pytest.mark.parametrize(
    "cell",
    ["#N/A", "#n/a", "＃N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA", "Err:502", "#未计算", "怡康苑#REF!"],
)  # fmt: skip
def test_every_error_is_seen(cell: str) -> None:
    for data in (xlsx([HEADER, ["1栋", cell, "x"]]), csv_of([HEADER, ["1栋", cell, "x"]])):
        given = rows(data)[0]
        assert given.cell("name") == ""
        assert not given.is_sound


@pytest.mark.parametrize("cell", ["1#楼", "#3", "A#", "##", "", "Errol Flynn", 3.0, None])
def test_other_words_are_none(cell: Any) -> None:
    assert error_shown(cell) == ""


def test_it_warns_where_the_row_can_do_without() -> None:
    given = rows(xlsx([HEADER, ["1栋", "张三", "#N/A"]]))[0]
    assert given.take_or_warn("phone", plain, "") == ""
    assert given.is_sound
    assert [(one.column, one.reason) for one in given.remarks] == [("联系电话", "formula error")]


def test_a_cell_looked_at_twice_is_reported_once() -> None:
    intake = Intake(xlsx([HEADER, ["1栋", "#REF!", "x"]]), FIELDS, {}, None)
    for given in intake.rows():
        given.take("name", plain, "")
        given.cell("name")
        given.take("name", plain, "")
    assert len(intake.report.rejected) == 1


@pytest.mark.parametrize(
    ("pattern", "instead"),
    [
        (rb'<c r="B2"[^>]*>.*?</c>', b"<c r='B2' t='e'><f>NA()</f><v>#N/A</v></c>"),
        (rb'<c r="B2"[^>]*>.*?</c>', b"<c t='e' s='0' r='B2'><v>#N/A</v></c>"),
        (rb'<c r="B2"[^>]*>.*?</c>', b'<c t="e" r="B2"><f t="shared" si="0"/><v>#N/A</v></c>'),
        (rb'<c r="B2"[^>]*>.*?</c>', b"<c r='B2'><f>A1&amp;A2</f></c>"),
        (rb'<c r="B2"[^>]*>.*?</c>', b'<c r="B2"><f t="shared" si="0"/></c>'),
    ],
)
def test_however_the_xml_is_written(pattern: bytes, instead: bytes) -> None:
    data = changed(xlsx([HEADER, ["1栋", "张三", "x"]]), pattern, instead)
    assert rows(data)[0].shows_error("name")


def test_in_an_old_workbook() -> None:
    assert open_book(xls([HEADER, ["1栋", "#N/A", "x"]])).sheets[0].rows[1][1] == "#N/A"
    assert rows(xls([HEADER, ["1栋", "#N/A", "x"]]))[0].shows_error("name")
