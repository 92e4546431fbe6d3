"""What the reader does not report of a workbook: failed formulas, hidden rows and columns, and the date epoch."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field

from baibuting.common.tabular.errors import Found, errors_in_xlsx, rows_of, sheet_parts
from baibuting.common.tabular.limits import MAX_COLUMNS

_TRUE = rb"""\s*=\s*["'](?:1|true|on)["']"""
_HIDDEN = re.compile(rb"<(?:\w+:)?(?:row|col)\s[^>]*?\bhidden" + _TRUE)
_ROW = re.compile(rb"<(?:\w+:)?row(\s[^>]*)?>")
_COLUMN = re.compile(rb"<(?:\w+:)?col(\s[^>]*?)/?>")
_IS_HIDDEN = re.compile(rb"\bhidden" + _TRUE)
_FROM_1904 = re.compile(rb"\bdate1904" + _TRUE)
_NUMBER = rb"""\b%s\s*=\s*["'](\d{1,9})["']"""
_ROW_NUMBER, _FIRST, _LAST = (re.compile(_NUMBER % name) for name in (rb"r", rb"min", rb"max"))


@dataclass(slots=True)
class Hidden:
    """Rows and columns of a sheet that are hidden, by hand or by a filter; 0-based."""

    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Oddities:
    """Failed and hidden cells by sheet (0-based index). `is_1904`: days are counted from 1904-01-01, as on old Macs."""

    errors: Found = field(default_factory=dict)
    hidden: dict[int, Hidden] = field(default_factory=dict)
    is_1904: bool = False


@dataclass(slots=True)
class Suspicion:
    """Signs of oddities that a first pass over an .xlsx has found; only these take a second pass."""

    errors: bool = False
    hidden: bool = False
    is_1904: bool = False


def hides_something(xml: bytes) -> bool:
    """Return whether a piece of a worksheet hides a row or a column."""
    return b"hidden" in xml and bool(_HIDDEN.search(xml))


def counts_from_1904(xml: bytes) -> bool:
    """Return whether a piece of xl/workbook.xml says that days are counted from 1904."""
    return b"date1904" in xml and bool(_FROM_1904.search(xml))


def oddities_in_xlsx(data: bytes, suspicion: Suspicion) -> Oddities:
    """Return the oddities of an .xlsx that has passed `check_archive`."""
    return Oddities(
        errors_in_xlsx(data) if suspicion.errors else {},
        _hidden_in_xlsx(data) if suspicion.hidden else {},
        suspicion.is_1904,
    )


def _hidden_in_xlsx(data: bytes) -> dict[int, Hidden]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = enumerate(sheet_parts(archive))
        return {index: _hidden_in_part(archive, name) for index, name in parts if name}


def _hidden_in_part(archive: zipfile.ZipFile, name: str) -> Hidden:
    hidden, number = Hidden(), 0
    for xml in rows_of(archive, name):
        for found in _COLUMN.finditer(xml):
            if _IS_HIDDEN.search(found[1]):
                hidden.columns.update(_columns(found[1]))
        for found in _ROW.finditer(xml):
            attributes = found[1] or b""
            told = _ROW_NUMBER.search(attributes)
            number = int(told[1]) if told else number + 1
            if _IS_HIDDEN.search(attributes):
                hidden.rows.add(number - 1)
    return hidden


def _columns(attributes: bytes) -> range:
    """Return the columns of a <col> element, cut at MAX_COLUMNS."""
    first, last = _FIRST.search(attributes), _LAST.search(attributes)
    return range(int(first[1]) - 1, min(int(last[1]), MAX_COLUMNS)) if first and last else range(0)
