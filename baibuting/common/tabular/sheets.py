"""Writing values into a workbook so that Excel and WPS do not alter them."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from typing import Any

import xlsxwriter

from baibuting.common.days import SHANGHAI
from baibuting.common.tabular.limits import MAX_CELL_TEXT

# A cell that begins with one of these becomes a formula once it is edited or the table is saved as CSV.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_NARROWEST, _WIDEST = 8, 40
_LONG_NUMBER = 10**10
_FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_ALL_CELLS = "A1:XFD1048576"

_STYLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14, "valign": "vcenter"},
    "header": {
        "bold": True, "bg_color": "#E8F0FC", "border": 1, "border_color": "#B9C0CC",
        "align": "center", "valign": "vcenter", "text_wrap": True,
    },
    "hint": {"font_color": "#5B6475", "font_size": 10, "valign": "top", "text_wrap": True, "bottom": 1, "bottom_color": "#B9C0CC"},
    "note": {"font_color": "#5B6475", "font_size": 10, "valign": "vcenter"},
    "text": {"num_format": "@", "valign": "top"},
    "defused": {"num_format": "@", "valign": "top", "quote_prefix": True},
    "wrapped": {"text_wrap": True, "valign": "top"},
    "number": {"valign": "top"},
    "day": {"num_format": "yyyy-mm-dd", "align": "left", "valign": "top"},
    "moment": {"num_format": "yyyy-mm-dd hh:mm", "align": "left", "valign": "top"},
    "clock": {"num_format": "hh:mm", "align": "left", "valign": "top"},
    "section": {"bold": True, "bg_color": "#F4F6F9"},
}  # fmt: skip
_BAD = {"bg_color": "#FDECEA", "font_color": "#B42318", "border": 1, "border_color": "#B42318"}


class BookWriter:
    """A workbook in memory: personal data never touches the disk."""

    def __init__(self) -> None:
        self._target = io.BytesIO()
        self.book = xlsxwriter.Workbook(self._target, {"in_memory": True})
        self._formats: dict[tuple[str, bool], Any] = {}
        self._names: set[str] = set()

    def add_sheet(self, name: str) -> SheetWriter:
        """Add a sheet of this name, cut and numbered where Excel would not accept it; returns its writer."""
        plain = _FORBIDDEN_IN_NAMES.sub("", name).strip("'")[:31] or "表"
        free, number = plain, 1
        while free.lower() in self._names:
            number += 1
            free = f"{plain[:27]}({number})"
        self._names.add(free.lower())
        return SheetWriter(self, self.book.add_worksheet(free))

    def style(self, name: str, *, is_bad: bool = False) -> Any:
        """Return a cell format by name; `is_bad` marks it red."""
        if (name, is_bad) not in self._formats:
            self._formats[name, is_bad] = self.book.add_format(_STYLES[name] | (_BAD if is_bad else {}))
        return self._formats[name, is_bad]

    def finish(self) -> bytes:
        """Close the workbook; returns its bytes."""
        self.book.close()
        return self._target.getvalue()


class SheetWriter:
    """One sheet. Rows and columns are counted from 0."""

    def __init__(self, book: BookWriter, sheet: Any) -> None:
        self.book, self.sheet = book, sheet
        self._widths: dict[int, int] = {}
        # digits are stored as text on purpose: no green triangles
        sheet.ignore_errors({"number_stored_as_text": _ALL_CELLS})

    def put(
        self, row: int, column: int, value: Any, *, style: str = "", is_bad: bool = False, fits: bool = True
    ) -> None:
        """Write one value by its type: text stays text, days and moments become dates, None leaves the cell blank.

        The column grows with it unless `fits` is false, as for a title that overflows into its neighbours.
        """
        write, shown, own_style = self._kind(value)
        if fits:
            self._fit(column, shown)
        write(row, column, shown, self.book.style(style or own_style, is_bad=is_bad))

    def merge(self, top: int, left: int, bottom: int, right: int, text: str, style: str) -> None:
        """Write a text into merged cells, or into a single one. Raises OverlappingRange."""
        if (top, left) == (bottom, right):
            self.put(top, left, text, style=style)
        else:
            self.sheet.merge_range(top, left, bottom, right, "", self.book.style(style))
            self.sheet.write_string(top, left, text[:MAX_CELL_TEXT], self.book.style(style))

    def fit_columns(self, widths: dict[int, int] | None = None) -> None:
        """Set the widths from what was written, or from `widths` (in half-width characters) where given."""
        for column, width in {**self._widths, **(widths or {})}.items():
            self.sheet.set_column(column, column, min(max(width + 2, _NARROWEST), _WIDEST))

    def _kind(self, value: Any) -> tuple[Callable[..., Any], Any, str]:
        sheet = self.sheet
        if value is None or value == "":
            return sheet.write_blank, None, "text"
        if isinstance(value, bool):
            return sheet.write_string, "是" if value else "否", "text"
        if isinstance(value, int | float):
            # phones and the like stay numbers, but text typed over them keeps every digit
            return sheet.write_number, value, "number" if abs(value) < _LONG_NUMBER else "text"
        if isinstance(value, datetime) and value.year >= 1900:
            local = value.astimezone(SHANGHAI).replace(tzinfo=None) if value.tzinfo else value
            return sheet.write_datetime, local, "moment"
        if isinstance(value, date) and value.year >= 1900:  # Excel knows no earlier day
            return sheet.write_datetime, value, "day"
        if isinstance(value, time):
            return sheet.write_datetime, value, "clock"
        text = str(value)[:MAX_CELL_TEXT]
        return sheet.write_string, text, "defused" if text.startswith(FORMULA_STARTS) else "text"

    def _fit(self, column: int, value: Any) -> None:
        if value is None:
            return
        width = 16 if isinstance(value, datetime) else 10 if isinstance(value, date) else _width(str(value))
        self._widths[column] = max(self._widths.get(column, 0), width)


def _width(text: str) -> int:
    """Return the width of the longest line, in half-width characters."""
    return max(map(_line_width, text.splitlines()), default=0)


def _line_width(line: str) -> int:
    return len(line) + sum(unicodedata.east_asian_width(character) in "WF" for character in line)


def groups_of(titles: Iterable[str]) -> list[tuple[str, int, int]]:
    """Return groups of titles like 楼栋长/姓名, 楼栋长/电话: (group, first column, last column), "" for the ungrouped."""
    found: list[tuple[str, int, int]] = []
    for index, title in enumerate(titles):
        group = title.partition("/")[0] if "/" in title else ""
        if group and found and found[-1][0] == group:
            found[-1] = (group, found[-1][1], index)
        else:
            found.append((group, index, index))
    return found
