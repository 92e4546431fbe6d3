"""Looks an .xls over before anything parses it: how far its cells reach, and whether it is encrypted.

Sources: [MS-CFB] for the container (sectors, FAT, directory), [MS-XLS] for the records of the Workbook stream.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from baibuting.common.tabular import limits
from baibuting.common.tabular.archive import too_many
from baibuting.common.tabular.errors import error_in_record
from baibuting.common.tabular.limits import DAMAGED, ENCRYPTED, TOO_LARGE
from baibuting.common.tabular.oddities import Hidden, Oddities
from baibuting.common.tabular.problems import TabularError

_NO_SECTOR = 0xFFFFFFFA  # this and above: end of chain, free, table sectors
_MINI_CUTOFF = 4096
_BOF, _FILEPASS, _MULRK, _BOUNDSHEET = {0x0809, 0x0409, 0x0209, 0x0009}, 0x002F, 0x00BD, 0x0085
_DATE_1904, _ROW, _COLINFO = 0x0022, 0x0208, 0x007D
# NUMBER, LABEL, BOOLERR, FORMULA, LABELSST, RK, RSTRING: records that put a value into one cell
_CELLS = {0x0203, 0x0204, 0x0205, 0x0006, 0x0206, 0x0406, 0x00FD, 0x027E, 0x00D6}


def check_xls(data: bytes) -> Oddities:
    """What is odd in it. Raises TabularError unless this is an .xls that can be opened and is of sane size."""
    try:
        streams = _Container(data).streams()
    except (struct.error, IndexError, ValueError) as error:
        raise TabularError(DAMAGED) from error
    return _check_extent(_book(streams))


def _book(streams: dict[str, bytes]) -> bytes:
    """The stream that holds the workbook."""
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
    """What the records of a workbook tell, one after the other; those of a sheet follow its beginning."""

    def __init__(self) -> None:
        self.odd = Oddities()
        self.sheets = self._rows = self._columns = 0
        self._starts: list[int] = []
        self._errors: dict[tuple[int, int], str] = {}
        self._hidden = Hidden()

    def take(self, at: int, kind: int, record: bytes) -> None:
        """Take in a record that begins at `at`. Raises TabularError for an encrypted or an endless workbook."""
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
    """Take in a record about a row or about columns ([MS-XLS] 2.4.221 Row, 2.4.53 ColInfo)."""
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
    """Where each record begins, its kind and its content."""
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield at, kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


class _Container:
    """The compound file an .xls lives in."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.sector_size = 1 << struct.unpack_from("<H", data, 30)[0]
        if self.sector_size not in (512, 4096):
            raise ValueError("sector size")
        table_count, self.first_directory = struct.unpack_from("<I", data, 44)[0], self._word(48)
        self.first_mini_table = self._word(60)
        tables = list(struct.unpack_from("<109I", data, 76))
        following, seen = self._word(68), 0
        while following < _NO_SECTOR and seen <= table_count:
            words = self._words(self._sector(following))
            tables += words[:-1]
            following, seen = words[-1], seen + 1
        self.fat: list[int] = []
        for sector in tables[:table_count]:
            if sector < _NO_SECTOR:
                self.fat += self._words(self._sector(sector))

    def streams(self) -> dict[str, bytes]:
        """Content by name of the streams that tell what the file is; a stream of another name comes empty."""
        directory = self._chain(self.first_directory)
        found: dict[str, bytes] = {}
        mini = b""
        for at in range(0, len(directory) - 127, 128):
            entry = directory[at : at + 128]
            name = entry[: max(struct.unpack_from("<H", entry, 64)[0] - 2, 0)].decode("utf-16-le", "replace")
            kind, (start, size) = entry[66], struct.unpack_from("<II", entry, 116)
            if kind == 5:
                mini = self._chain(start)[:size]
            elif kind == 2 and name in ("Workbook", "Book"):
                found[name] = (
                    self._mini_chain(start, mini)[:size] if size < _MINI_CUTOFF else self._chain(start)[:size]
                )
            elif kind == 2:
                found[name] = b""
        return found

    def _word(self, at: int) -> int:
        return int(struct.unpack_from("<I", self.data, at)[0])

    @staticmethod
    def _words(raw: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4]))

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self.sector_size
        return self.data[start : start + self.sector_size]

    def _chain(self, sector: int) -> bytes:
        parts = []
        while sector < _NO_SECTOR:
            parts.append(self._sector(sector))
            if len(parts) > len(self.fat):
                raise ValueError("a chain of sectors that bites its tail")
            sector = self.fat[sector]
        return b"".join(parts)

    def _mini_chain(self, sector: int, mini: bytes) -> bytes:
        table = self._words(self._chain(self.first_mini_table))
        parts = []
        while sector < _NO_SECTOR:
            parts.append(mini[sector * 64 : sector * 64 + 64])
            if len(parts) > len(table):
                raise ValueError("a chain of sectors that bites its tail")
            sector = table[sector]
        return b"".join(parts)
