"""Opening an uploaded file, by its content and not by its name."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TypeAlias, cast

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from baibuting.common.tabular import limits
from baibuting.common.tabular.archive import check_archive
from baibuting.common.tabular.biff import check_xls
from baibuting.common.tabular.compound import streams_of
from baibuting.common.tabular.delimited import read_delimited
from baibuting.common.tabular.limits import DAMAGED, TOO_LARGE
from baibuting.common.tabular.oddities import Hidden, Oddities, oddities_in_xlsx
from baibuting.common.tabular.problems import TabularError
from baibuting.common.tabular.protected import package_in

Cell: TypeAlias = str | int | float | bool | date | datetime | time | timedelta | None


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range; all four ends are 0-based and included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class Sheet:
    """One sheet. `rows[i]` is row i + 1 as the spreadsheet numbers it; in a CSV, record i + 1.

    `hidden` rows and columns are in `rows` like any other. `is_1904`: numbers of days count from 1904.
    """

    name: str
    rows: list[list[Cell]]
    merges: list[Merge] = field(default_factory=list)
    hidden: Hidden = field(default_factory=Hidden)
    is_1904: bool = False


@dataclass(slots=True)
class Book:
    """The visible sheets of a file; `hidden` are the names of the others."""

    sheets: list[Sheet]
    hidden: list[str] = field(default_factory=list)


def open_book(data: bytes) -> Book:
    """Read a file into memory. Raises TabularError, with a message for each kind of unreadable file."""
    if len(data) > limits.MAX_FILE_BYTES:
        raise TabularError(TOO_LARGE)
    if not data.strip(b"\0 \r\n\t"):
        raise TabularError("文件是空的。请确认选对了文件。")
    if data.startswith(b"PK"):
        return _read_workbook(data, oddities_in_xlsx(data, check_archive(data)))
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        streams = streams_of(data)
        package = package_in(streams)
        return _read_workbook(data, check_xls(streams)) if package is None else _read_package(package)
    _refuse_other_kinds(data)
    records: list[list[Cell]] = [list(record) for record in read_delimited(data)]
    return Book([Sheet("", records)])


def _read_package(data: bytes) -> Book:
    """Return the workbook inside a protected one. Raises TabularError where it is none."""
    if not data.startswith(b"PK"):
        raise TabularError(DAMAGED)
    return _read_workbook(data, oddities_in_xlsx(data, check_archive(data)))


_OTHER_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "这是 PDF 文件，不是表格。请导入原来的 Excel 文件。"),
    (b"\x89PNG", "这是图片，不是表格。请导入原来的 Excel 文件。"),
    (b"\xff\xd8\xff", "这是图片，不是表格。请导入原来的 Excel 文件。"),
    (b"Rar!", "这是压缩包，不是 Excel 表格。请先解压，再导入其中的表格文件。"),
    (b"7z\xbc\xaf", "这是压缩包，不是 Excel 表格。请先解压，再导入其中的表格文件。"),
    (b"{\\rtf", "这是文档，不是表格。请把其中的表格复制到 Excel 中，另存为 .xlsx 后再导入。"),
)
_HTML = (b"<html", b"<table", b"<!doctype html", b"<head", b"<meta", b"<style", b"<body", b"<div")


def _refuse_other_kinds(data: bytes) -> None:
    for mark, message in _OTHER_KINDS:
        if data.startswith(mark):
            raise TabularError(message)
    start = data[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").lower()
    if start.startswith(_HTML) or (
        start.startswith((b"<?xml", b"<!--")) and any(tag in start for tag in _HTML[:2])
    ):
        raise TabularError(
            "这个文件其实是网页，只是名字像 Excel（某些系统导出时会这样）。请用 Excel 或 WPS 打开它，另存为 .xlsx 后再导入。"
        )
    if b"mime-version:" in start[:500]:
        raise TabularError("这个文件其实是网页存档。请用 Excel 或 WPS 打开它，另存为 .xlsx 后再导入。")
    if start.startswith(b"<?xml"):
        raise TabularError("这是 XML 格式的表格。请用 Excel 或 WPS 打开它，另存为 .xlsx 后再导入。")


def _read_workbook(data: bytes, odd: Oddities) -> Book:
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        found = workbook.sheets_metadata
        if len(found) > limits.MAX_SHEETS:
            raise TabularError(TOO_LARGE)
        book = Book([])
        for index, sheet in enumerate(found):
            if sheet.typ != SheetTypeEnum.WorkSheet:
                continue
            if sheet.visible != SheetVisibleEnum.Visible:
                book.hidden.append(sheet.name)
                continue
            read = _read_sheet(workbook.get_sheet_by_name(sheet.name), odd.errors.get(index, {}))
            read.hidden, read.is_1904 = odd.hidden.get(index, read.hidden), odd.is_1904
            book.sheets.append(read)
    except (CalamineError, OSError, ValueError) as error:
        raise TabularError(DAMAGED) from error
    return book


def _read_sheet(sheet: CalamineSheet, errors: Mapping[tuple[int, int], str]) -> Sheet:
    # an empty sheet has no area to read
    rows = cast("list[list[Cell]]", sheet.to_python(skip_empty_area=False)) if sheet.height else []
    for (row, column), text in errors.items():
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = text
    merges = [
        Merge(top, left, bottom, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
    ]
    return Sheet(sheet.name, rows, merges)
