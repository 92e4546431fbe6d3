"""Cells whose formula failed or was never calculated. The reader gives blanks, which would mean "as above".

They are restored to the text Excel shows (#N/A, #REF!), so that they are refused where they matter.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Iterator
from typing import TypeAlias
from xml.etree import ElementTree

NOT_CALCULATED = "#未计算"
_CHUNK = 1024 * 1024
_CELL = rb"<(?:\w+:)?c\s"
_PLACE = rb"""[^>]*?\br=["']([A-Z]{1,3})(\d{1,9})["'][^>]*>"""
_FORMULA = rb"<(?:\w+:)?f\b[^>]*(?:(?<=/)>|(?<!/)>[^<]*</(?:\w+:)?f>)"
_ERROR = re.compile(
    _CELL
    + rb"""(?=[^>]*\bt=["']e["'])"""
    + _PLACE
    + rb"(?:"
    + _FORMULA
    + rb")?<(?:\w+:)?v[^>]*>([^<]{1,20})<"
)
_NOT_CALCULATED = re.compile(
    _CELL
    + rb"""(?![^>]*\bt=["']str["'])"""
    + _PLACE
    + _FORMULA
    + rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</"
)
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# [MS-XLS] 2.5.10 BErr
_CODES = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}

Found: TypeAlias = dict[int, dict[tuple[int, int], str]]
"""Texts by sheet (its place in the workbook, from 0) and 0-based (row, column)."""


def errors_in_xlsx(data: bytes) -> Found:
    """Return the failed cells of an .xlsx that has passed `check_archive`."""
    found: Found = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for index, name in enumerate(sheet_parts(archive)):
            cells = _errors_in_part(archive, name) if name else {}
            if cells:
                found[index] = cells
    return found


def may_hold_errors(xml: bytes) -> bool:
    """Return whether a piece of a worksheet may hold failed cells, for a second pass."""
    return any(mark in xml for mark in (b't="e"', b"t='e'", b"</f>", b":f>", b"<f ", b":f "))


def sheet_parts(archive: zipfile.ZipFile) -> list[str]:
    """Return the part of each sheet in the order of the workbook, "" for an unknown one."""
    names = {name.lower().lstrip("/"): name for name in archive.namelist()}
    if "xl/workbook.xml" not in names or "xl/_rels/workbook.xml.rels" not in names:
        return []
    # check_archive has refused every DTD, so there is nothing to expand
    relations = ElementTree.fromstring(archive.read(names["xl/_rels/workbook.xml.rels"]))  # noqa: S314
    workbook = ElementTree.fromstring(archive.read(names["xl/workbook.xml"]))  # noqa: S314
    targets = {item.get("Id"): item.get("Target", "") for item in relations}
    parts = []
    for sheet in workbook.iter():
        if sheet.tag.rpartition("}")[2] == "sheet":
            target = targets.get(sheet.get(_RELATION), "").lower()
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            parts.append(names.get(path, ""))
    return parts


def _errors_in_part(archive: zipfile.ZipFile, name: str) -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    for rows in rows_of(archive, name):
        for letters, row, text in _ERROR.findall(rows):
            found[int(row) - 1, _column(letters)] = text.decode("utf-8", "replace")
        for letters, row in _NOT_CALCULATED.findall(rows):
            found[int(row) - 1, _column(letters)] = NOT_CALCULATED
    return found


def rows_of(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield the XML of a sheet in pieces that end with a row; a row is never cut."""
    tail = b""
    with archive.open(name) as part:
        while piece := part.read(_CHUNK):
            whole, end, tail = (tail + piece).rpartition(b"</row>")
            yield whole + end
    yield tail


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def error_in_record(kind: int, record: bytes) -> tuple[int, int, str] | None:
    """Return row, column and text of a failed cell in a record of an .xls; None for any other record."""
    if kind == 0x0205 and len(record) >= 8 and record[7] == 1:  # BOOLERR
        code = record[6]
    elif kind in (0x0006, 0x0206, 0x0406) and record[12:14] == b"\xff\xff" and record[6] == 2:  # FORMULA
        code = record[8]
    else:
        return None
    row, column = struct.unpack_from("<HH", record)
    return row, column, _CODES.get(code, "#N/A")
