"""Files as offices send them, made for a test."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from tempfile import TemporaryDirectory
from typing import Any

import xlsxwriter
import xlwt

from baibuting.common.tabular.fields import Field, FieldSet
from baibuting.common.tabular.reading import open_book
from baibuting.common.tabular.table import Row, Table, choose_tables

Range = tuple[int, int, int, int]
"""First row, first column, last row, last column; from 0, ends included."""

# a roster with what the real ones have: places that fill down, a group of two columns, a choice
FIELDS = FieldSet(
    kind="people",
    title="人员名册",
    fields=[
        Field("quarter", "苑区", ["小区", "所属苑区"], "怡康苑", fills_down=True),
        Field("precinct", "片区", ["网格"], "第一片区", fills_down=True),
        Field("building", "楼栋", ["栋号", "楼栋号"], "205栋"),
        Field("name", "姓名", ["居民姓名"], "张三", width=12),
        Field("id_number", "身份证号", ["证件号码", "公民身份号码"], help="18 位"),
        Field("phone", "联系电话", ["手机", "手机号码"], "19900000000"),
        Field("health", "卫生员", ["卫生员姓名"]),
        Field(
            "health_phone", "卫生员/联系电话", ["卫生员电话"], follows="health", following_titles=["联系电话"]
        ),
        Field("gender", "性别", choices=["男", "女"]),
        Field("since", "纳入日期", ["登记日期"], "2026-03-05"),
    ],
    needed=[["building"], ["name", "health"]],
)
HEADER = ["序号", "苑区", "片区", "楼栋", "姓名", "联系电话"]


def xlsx(
    rows: Sequence[Sequence[Any]],
    *,
    merges: Iterable[Range] = (),
    sheets: dict[str, Sequence[Sequence[Any]]] | None = None,
    name: str = "名册",
    hidden: Iterable[str] = (),
) -> bytes:
    """An .xlsx of one sheet, and of others given by name. A dict {"=": formula, "value": …} is a formula."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        for title, content in {name: rows, **(sheets or {})}.items():
            sheet = book.add_worksheet(title)
            for at, row in enumerate(content):
                for index, value in enumerate(row):
                    _put(sheet, at, index, value)
            if title in hidden:
                sheet.hide()
            elif title == name:
                sheet.activate()
                sheet.set_first_sheet()
            for merge in merges if title == name else ():
                value = content[merge[0]][merge[1]] if merge[1] < len(content[merge[0]]) else ""
                sheet.merge_range(*merge, value)
    return target.getvalue()


def _put(sheet: Any, row: int, column: int, value: Any) -> None:
    if isinstance(value, dict):
        sheet.write_formula(row, column, value["="], None, value.get("value", ""))
    elif isinstance(value, datetime | date | time):
        sheet.write_datetime(row, column, value)
    elif isinstance(value, str):
        sheet.write_string(row, column, value)
    elif value is not None:
        sheet.write(row, column, value)


def xls(rows: Sequence[Sequence[Any]], *, merges: Iterable[Range] = (), name: str = "名册") -> bytes:
    """An .xls of one sheet; the text "#N/A" becomes an error value."""
    book = xlwt.Workbook()
    sheet = book.add_sheet(name, cell_overwrite_ok=True)
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for at, row in enumerate(rows):
        for index, value in enumerate(row):
            if value == "#N/A":
                sheet.row(at).set_cell_error(index, 0x2A)
            elif value not in ("", None):
                sheet.write(at, index, value, day if isinstance(value, date) else xlwt.Style.default_style)
    for top, left, bottom, right in merges:
        sheet.merge(top, bottom, left, right)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def compound(stream: bytes, name: str = "Workbook") -> bytes:
    """A compound file (the container of .xls) that holds one stream."""
    with TemporaryDirectory() as folder:
        path = os.path.join(folder, "book")
        xlwt.CompoundDoc.XlsDoc().save(path, stream)
        with open(path, "rb") as file:
            data = file.read()
    written = "Workbook\0".encode("utf-16-le")
    at = data.index(written)
    entry = name.encode("utf-16-le").ljust(64, b"\0") + ((len(name) + 1) * 2).to_bytes(2, "little")
    return data[:at] + entry + data[at + len(entry) :]


def csv_of(rows: Iterable[Sequence[str]], *, encoding: str = "utf-8-sig", separator: str = ",") -> bytes:
    """A plain CSV with Windows line ends; cells must not need quoting."""
    return "".join(separator.join(row) + "\r\n" for row in rows).encode(encoding)


def tables(data: bytes, mapping: dict[str, str] | None = None, fields: FieldSet = FIELDS) -> list[Table]:
    return choose_tables(open_book(data), fields, mapping)


def rows_of(data: bytes, mapping: dict[str, str] | None = None, fields: FieldSet = FIELDS) -> list[Row]:
    """The data rows of every sheet that counts."""
    return [row for table in tables(data, mapping, fields) for row in table.rows()]


def cells(data: bytes, *keys: str, mapping: dict[str, str] | None = None) -> list[tuple[Any, ...]]:
    """Number and the named cells of each data row."""
    return [(row.number, *(row.cells.get(key, "") for key in keys)) for row in rows_of(data, mapping)]
