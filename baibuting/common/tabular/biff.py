"""Checks an .xls before it is parsed: the extent of its cells, and whether it is encrypted.

Source: [MS-XLS] for the records of the Workbook stream.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from baibuting.common.tabular import limits
from baibuting.common.tabular.archive import too_many
from baibuting.common.tabular.errors import error_in_record
from baibuting.common.tabular.limits import DAMAGED, ENCRYPTED, TOO_LARGE
from baibuting.common.tabular.oddities import Hidden, Oddities
from baibuting.common.tabular.problems import TabularError

_BOF, _FILEPASS, _MULRK, _BOUNDSHEET = {0x0809, 0x0409, 0x0209, 0x0009}, 0x002F, 0x00BD, 0x0085
_DATE_1904, _ROW, _COLINFO = 0x0022, 0x0208, 0x007D
# NUMBER, LABEL, BOOLERR, FORMULA, LABELSST, RK, RSTRING: records that put a value into one cell
_CELLS = {0x0203, 0x0204, 0x0205, 0x0006, 0x0206, 0x0406, 0x00FD, 0x027E, 0x00D6}


def check_xls(streams: Mapping[str, bytes]) -> Oddities:
    """Return the oddities of an .xls. Raises TabularError unless it can be opened and is of sane size."""
    return _check_extent(_book(streams))


def _book(streams: Mapping[str, bytes]) -> bytes:
    """Return the stream that holds the workbook. Raises TabularError where there is none."""
    if "EncryptedPackage" in streams:
        raise TabularError(ENCRYPTED)
    if "WordDocument" in streams:
        raise TabularError("这是 Word 文档，不是表格。请把其中的表格复制到 Excel 中，另存为 .xlsx 后再导入。")
    if not streams:  # the end of the file is missing, and with it the directory
        raise TabularError(DAMAGED)
    book = streams.get("Workbook") or streams.get("Book")
    if book is None:
        raise TabularError("文件里没有表格。请在 Excel 或 WPS 中另存为 .xlsx 后再导入。")
    return book


def _check_extent(book: bytes) -> Oddities:
    survey = _Survey()
    for at, kind, record in _records(book):
        survey.take(at, kind, record)
    if survey.sheets > limits.MAX_SHEETS + 1:
        raise TabularError(TOO_LARGE)
    return survey.odd


class _Survey:
    """Collects from the records of a workbook, in order; those of a sheet follow its BOF."""

    def __init__(self) -> None:
        self.odd = Oddities()
        self.sheets = self._rows = self._columns = 0
        self._starts: list[int] = []
        self._errors: dict[tuple[int, int], str] = {}
        self._hidden = Hidden()

    def take(self, at: int, kind: int, record: bytes) -> None:
        """Process a record at offset `at`. Raises TabularError for an encrypted or an oversized workbook."""
        if kind == _FILEPASS:
            raise TabularError(ENCRYPTED)
        if kind == _BOUNDSHEET and len(record) >= 4:
            self._starts.append(struct.unpack_from("<I", record)[0])
        elif kind in _BOF:
            self._begin(at)
        elif kind == _DATE_1904:
            self.odd.is_1904 = record[:1] == b"\1"
        elif kind in (_ROW, _COLINFO):
            _note_hidden(kind, record, self._hidden)
        elif (kind in _CELLS or kind == _MULRK) and len(record) >= 6:
            self._take_cell(kind, record)

    def _begin(self, at: int) -> None:
        self.sheets += 1
        self._rows = self._columns = 0
        self._errors, self._hidden = {}, Hidden()
        if at in self._starts:
            index = self._starts.index(at)
            self.odd.errors[index], self.odd.hidden[index] = self._errors, self._hidden

    def _take_cell(self, kind: int, record: bytes) -> None:
        row, column = _last_cell(kind, record)
        self._rows, self._columns = max(self._rows, row + 1), max(self._columns, column + 1)
        if self._rows * self._columns > limits.MAX_CELLS:
            raise TabularError(too_many(self._rows, self._columns))
        if failed := error_in_record(kind, record):
            self._errors[failed[0], failed[1]] = failed[2]


def _note_hidden(kind: int, record: bytes, hidden: Hidden) -> None:
    """Process a record about a row or about columns ([MS-XLS] 2.4.221 Row, 2.4.53 ColInfo)."""
    if kind == _ROW and len(record) >= 14:
        row, flags = struct.unpack_from("<H", record)[0], struct.unpack_from("<H", record, 12)[0]
        if flags & 0x20:  # fDyZero
            hidden.rows.add(row)
    elif kind == _COLINFO and len(record) >= 10:
        first, last, _, _, flags = struct.unpack_from("<5H", record)
        if flags & 1:  # fHidden
            hidden.columns.update(range(first, last + 1))


def _last_cell(kind: int, record: bytes) -> tuple[int, int]:
    row, column = struct.unpack_from("<HH", record)
    if kind == _MULRK:
        (column,) = struct.unpack_from("<H", record, len(record) - 2)
    return row, column


def _records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield the offset, kind and content of each record."""
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield at, kind, stream[at + 4 : at + 4 + length]
        at += 4 + length
