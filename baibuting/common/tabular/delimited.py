"""Reading .csv and "Unicode text": encoding, separator, records."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter

from baibuting.common.tabular import limits
from baibuting.common.tabular.limits import TOO_LARGE
from baibuting.common.tabular.problems import TabularError

SEPARATORS = (",", "\t", ";")
_LINES_IN_A_CELL = 200  # more than this means a quotation mark that was never closed
_AS_TEXT = re.compile(r'="((?:[^"]|"")*)"')
_END = (
    "\x03"  # appended after the last record: where it is not read back alone, a quotation mark is still open
)


def read_delimited(data: bytes) -> list[list[str]]:
    """Return the records of a CSV file in order; a blank line is an empty record. Raises TabularError."""
    text = decode(data)
    first_line, _, rest = text.partition("\n")
    if first_line.strip().lower().startswith("sep=") and len(first_line.strip()) == 5:
        # Excel's own hint, which it does not show as a row
        return _records(rest, first_line.strip()[-1])
    return _records(text, separator_of(text))


def decode(data: bytes) -> str:
    """Return the text of a file: by its byte order mark, else UTF-8, else gb18030. Raises TabularError."""
    marks = (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    )
    known = next(((mark, encoding) for mark, encoding in marks if data.startswith(mark)), None)
    candidates = [(known[0], known[1])] if known else [(b"", "utf-8"), (b"", "gb18030")]
    for mark, encoding in candidates:
        try:
            text = data[len(mark) :].decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise TabularError(
        "看不懂文件的编码。请在 Excel 或 WPS 中打开它，另存为 .xlsx 或“CSV UTF-8（逗号分隔）”后再导入。"
    )


def separator_of(text: str) -> str:
    """Return the separator that gives the first records the most columns, most often the same number."""

    def columns(separator: str) -> tuple[int, int]:
        widths = Counter[int]()
        reader = csv.reader(io.StringIO(text[:65_536], newline=""), delimiter=separator)
        try:
            for record, _ in zip(reader, range(30), strict=False):
                widths[len(record)] += len(record) > 1
        except csv.Error:
            return (0, 0)
        width, times = widths.most_common(1)[0] if widths else (1, 0)
        return (times, width)

    return max(SEPARATORS, key=columns)


def _records(text: str, separator: str) -> list[list[str]]:
    records: list[list[str]] = []
    cells = width = 0
    csv.field_size_limit(4 * limits.MAX_CELL_TEXT)
    source = f"{text}{'' if text.endswith((chr(10), chr(13))) else chr(10)}{_END}\n"
    try:
        for raw in csv.reader(io.StringIO(source, newline=""), delimiter=separator):
            record = [_shown(cell) if cell.startswith("=") else cell for cell in raw]
            records.append(record)
            cells += len(record)
            width = max(width, len(record))
            if len(records) > limits.MAX_ROWS or len(record) > limits.MAX_COLUMNS or cells > limits.MAX_CELLS:
                raise TabularError(TOO_LARGE)
            if any("\n" in cell and _swallowed(cell, separator, width) for cell in record):
                raise TabularError(_unclosed(len(records)))
    except csv.Error as error:
        raise TabularError(_unclosed(len(records) + 1)) from error
    if records.pop() != [_END]:
        raise TabularError(_unclosed(len(records) + 1))
    return records


def _shown(cell: str) -> str:
    """Return what Excel shows for ="42999919…", by which other systems keep a number from being rounded."""
    found = _AS_TEXT.fullmatch(cell.strip())
    return found[1].replace('""', '"') if found else cell


def _swallowed(cell: str, separator: str, width: int) -> bool:
    """Return whether a cell contains the records after it, because its quotation mark was closed far below."""
    lines = cell.split("\n")
    between = lines[1:-1]
    return len(lines) > _LINES_IN_A_CELL or (
        width > 3 and any(line.count(separator) >= width - 1 for line in between)
    )


def _unclosed(record: int) -> str:
    return (
        f"第 {record} 条记录里的引号没有配对，后面的内容连成了一格。请改正这一处，或另存为 .xlsx 后再导入。"
    )
