"""Checks an .xlsx before it is parsed: a small file can claim, or unpack to, more than the memory holds."""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from baibuting.common.tabular import limits
from baibuting.common.tabular.errors import may_hold_errors
from baibuting.common.tabular.limits import DAMAGED, ENCRYPTED, TOO_LARGE
from baibuting.common.tabular.oddities import Suspicion, counts_from_1904, hides_something
from baibuting.common.tabular.problems import TabularError

_CHUNK = 1024 * 1024
_CELL = re.compile(rb"""<(?:\w+:)?c\s[^>]*?\br=["']([A-Z]{1,3})(\d{1,9})["'][^>]*(?<!/)>""")
_DIMENSION = re.compile(
    rb"""<(?:\w+:)?dimension\s[^>]*?ref=["']([A-Z]{1,3})(\d{1,9}):([A-Z]{1,3})(\d{1,9})["']"""
)
_ROW = re.compile(rb"<(?:\w+:)?row[\s>]")
_UNNUMBERED = re.compile(rb"""<(?:\w+:)?c(?=[\s>])(?![^>]*\br=["'])""")
# quick-xml would not expand entities, but no honest file has any
_DOCTYPE = tuple(
    word.encode(encoding)
    for word in ("<!DOCTYPE", "<!ENTITY")
    for encoding in ("ascii", "utf-16-le", "utf-16-be")
)


def check_archive(data: bytes) -> Suspicion:
    """Return which oddities a second pass must look for. Raises TabularError unless this is an .xlsx of sane size.

    Every part is inflated once, piece by piece.
    """
    suspicion = Suspicion()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > limits.MAX_ARCHIVE_ENTRIES:
                raise TabularError(TOO_LARGE)
            _check_kind({entry.filename for entry in entries})
            unpacked = 0
            for entry in entries:
                if entry.flag_bits & 1:
                    raise TabularError(ENCRYPTED)
                size, extent = _check_part(archive, entry, limits.MAX_UNPACKED_BYTES - unpacked)
                unpacked += size
                suspicion.errors |= extent.is_sheet and extent.may_hold_errors
                suspicion.hidden |= extent.is_sheet and extent.hides_something
                suspicion.is_1904 |= extent.counts_from_1904
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise TabularError(DAMAGED) from error
    return suspicion


def _check_kind(names: set[str]) -> None:
    lowered = {name.lower().replace("\\", "/") for name in names}
    if "xl/workbook.bin" in lowered:
        raise TabularError("这是二进制工作簿（.xlsb）。请在 Excel 中另存为 .xlsx 后再导入。")
    if "xl/workbook.xml" in lowered or any(name.endswith("workbook.xml") for name in lowered):
        return
    if "word/document.xml" in lowered:
        raise TabularError("这是 Word 文档，不是表格。请把其中的表格复制到 Excel 中，另存为 .xlsx 后再导入。")
    if "content.xml" in lowered and "mimetype" in lowered:
        raise TabularError("这是 .ods 表格。请另存为 .xlsx 后再导入。")
    raise TabularError("这是压缩包，不是 Excel 表格。请先解压，再导入其中的表格文件。")


def _check_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, allowance: int) -> tuple[int, Extent]:
    """Inflate one part piece by piece; returns its real size in bytes, and its extent."""
    size, tail, extent = 0, b"", Extent()
    with archive.open(entry) as part:
        while piece := part.read(_CHUNK):
            size += len(piece)
            if size > allowance or (size > limits.MAX_PART_BYTES and not extent.is_sheet):
                raise TabularError(TOO_LARGE)
            if size > limits.RATIO_FROM_BYTES and size > entry.compress_size * limits.MAX_RATIO:
                raise TabularError(TOO_LARGE)
            piece = tail + piece
            # a tag cut in two is checked together with the next piece
            cut = piece.rfind(b"<") if len(piece) < 4 * _CHUNK else len(piece)
            extent.add(piece[:cut] if cut > 0 else b"")
            tail = piece[cut:] if cut >= 0 else b""
    extent.add(tail)
    return size, extent


class Extent:
    """The extent of a worksheet's filled cells, found in its XML."""

    def __init__(self) -> None:
        self.is_sheet = self.may_hold_errors = self.hides_something = self.counts_from_1904 = False
        self.rows = self.columns = 0
        self._row_tags = self._unnumbered = 0

    def add(self, xml: bytes) -> None:
        """Process another piece of the part. Raises TabularError as soon as a limit is exceeded."""
        if any(word in xml for word in _DOCTYPE):
            raise TabularError(
                "文件里有不该出现的内容（DTD 声明）。请在 Excel 或 WPS 中另存为 .xlsx 后再导入。"
            )
        self.is_sheet = self.is_sheet or b"sheetData" in xml
        self.may_hold_errors = self.may_hold_errors or may_hold_errors(xml)
        self.hides_something = self.hides_something or hides_something(xml)
        self.counts_from_1904 = self.counts_from_1904 or counts_from_1904(xml)
        for declared in _DIMENSION.finditer(xml):
            self._check_declared(*declared.groups())
        found = _CELL.findall(xml)
        if found:
            self.rows = max(self.rows, max(map(int, {row for _, row in found})))
            self.columns = max(self.columns, max(map(column_number, {column for column, _ in found})))
        self._count_unnumbered(xml)
        if (
            self.rows > limits.MAX_ROWS
            or self.columns > limits.MAX_COLUMNS
            or self.rows * self.columns > limits.MAX_CELLS
        ):
            raise TabularError(too_many(self.rows, self.columns))

    def _count_unnumbered(self, xml: bytes) -> None:
        """Count cells and rows that have no position."""
        for index, part in enumerate(_ROW.split(xml)):
            if index:
                self._row_tags += 1
                self._unnumbered = 0
            self._unnumbered += len(_UNNUMBERED.findall(part))
            if self._unnumbered:
                self.columns = max(self.columns, self._unnumbered)
                self.rows = max(self.rows, self._row_tags)

    @staticmethod
    def _check_declared(left: bytes, top: bytes, right: bytes, bottom: bytes) -> None:
        width = column_number(right) - column_number(left) + 1
        if (int(bottom) - int(top) + 1) * width > limits.MAX_DECLARED_CELLS:
            raise TabularError(
                "表格声称占满了整张工作表，没有读取。请把有内容的部分复制到一张新表，另存为 .xlsx 后再导入。"
            )


def column_number(letters: bytes) -> int:
    """Return a column's number: A → 1, Z → 26, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def too_many(rows: int, columns: int) -> str:
    """Return the message for a sheet that exceeds the limits."""
    return (
        f"表格一直延伸到第 {rows} 行、第 {columns} 列，超出可读的范围（{limits.MAX_ROWS} 行、{limits.MAX_COLUMNS} 列，"
        f"共 {limits.MAX_CELLS // 10_000} 万格）。请删去远处多余的内容，或分成几个文件分别导入。"
    )
