"""The common frame of imports: open the file, iterate over its rows, collect their problems."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import TypeVar

from baibuting.common.tabular.failures import error_shown, refuse_error
from baibuting.common.tabular.fields import Content, FieldSet
from baibuting.common.tabular.marks import refuse_what_is_no_roster
from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.reading import Cell, open_book
from baibuting.common.tabular.report import Change, ImportReport, Progress, Rejection, SheetRead
from baibuting.common.tabular.table import Row, Table, choose_tables
from baibuting.common.tabular.text import plain

Value = TypeVar("Value")
_NAMED_CELLS = 3  # so many cells name a row without a name
_LONGEST_WORDS = 24
_NAMED_ROWS = 20  # so many hidden rows are listed by number
_TELL_EVERY = 25  # rows between two calls of the progress function


class RowInput:
    """One data row being imported: gives cells by field and collects their problems."""

    __slots__ = ("_broken", "problems", "remarks", "row")  # there is one for every row of a file

    def __init__(self, row: Row) -> None:
        self.row = row
        # cells are read many times; whether one shows an error is computed once
        self._broken = frozenset(key for key, cell in row.cells.items() if error_shown(cell))
        self.problems: list[Rejection] = []
        self.remarks: list[Rejection] = []

    def cell(self, key: str) -> Cell:
        """Return the cell of a field; "" where it has no column, or where it shows an error, which is refused."""
        try:
            return self._sound_cell(key)
        except CellError as error:
            self.refuse(key, error.reason, error.message)
            return ""

    def shows_error(self, key: str) -> bool:
        """Return whether the cell of a field shows an error of Excel (#N/A, #REF!)."""
        return key in self._broken

    def has(self, key: str) -> bool:
        """Return whether the file has a column for this field."""
        return key in self.row.table.header.columns

    def take(self, key: str, parse: Callable[[Cell], Value], default: Value) -> Value:
        """Return the parsed cell; where it is refused, record a problem at its column and return `default`."""
        try:
            return self._parsed(key, parse)
        except CellError as error:
            self.refuse(key, error.reason, error.message)
            return default

    def refuse(self, key: str, reason: str, message: str) -> None:
        """Record a problem at the column of a field."""
        self.problems.append(self._against(key, reason, message))

    def warn(self, key: str, reason: str, message: str) -> None:
        """Record a warning at the column of a field; the row is accepted all the same."""
        self.remarks.append(self._against(key, reason, message))

    def take_or_warn(self, key: str, parse: Callable[[Cell], Value], default: Value) -> Value:
        """Return the parsed cell; where it cannot be read, record a warning and return `default`."""
        try:
            return self._parsed(key, parse)
        except CellError as error:
            self.warn(key, error.reason, f"{error.message}这一格没有采用，其余已采用。")
            return default

    def _parsed(self, key: str, parse: Callable[[Cell], Value]) -> Value:
        return parse(self._sound_cell(key))

    def _sound_cell(self, key: str) -> Cell:
        cell = self.row.cells.get(key, "")
        if key in self._broken:
            refuse_error(cell)
        return cell

    def change(self, key: str, subject: str, old: str, new: str) -> Change:
        """Return the change that a field's cell makes to an existing record."""
        return Change(self.row.number, self._title(key), subject, old, new, self.row.table.sheet.name)

    def _against(self, key: str, reason: str, message: str) -> Rejection:
        return Rejection(self.row.number, self._title(key), reason, message, self.row.table.sheet.name)

    def _title(self, key: str) -> str:
        table = self.row.table
        return table.header.title_of(key) or table.fields.by_key[key].label

    @property
    def is_sound(self) -> bool:
        """Return whether no problem has been recorded so far."""
        return not self.problems


class Intake:
    """The rows of a file with the report on their import."""

    def __init__(
        self, data: bytes, fields: FieldSet, mapping: Mapping[str, str], progress: Progress | None
    ) -> None:
        """Open the file. Raises TabularError or LayoutError where it cannot be read."""
        self._book = open_book(data)
        refuse_what_is_no_roster(self._book)
        self.tables = choose_tables(self._book, fields, mapping)
        self.report = ImportReport()
        self._progress = progress
        self._rows_of: Counter[str] = Counter()
        self._hidden_rows: defaultdict[str, list[int]] = defaultdict(list)
        for table in self.tables:
            self._report_columns(table)

    def _report_columns(self, table: Table) -> None:
        """Add to the report which columns were recognised, which were not, and which fields are suggested."""
        header, labels = table.header, table.fields.by_key
        self.report.recognised.update(
            (header.titles[index], labels[key].label) for key, index in header.columns.items()
        )
        self.report.unrecognised += [
            title for title in header.unknown if title not in self.report.unrecognised
        ]
        self.report.suggested.update(table.proposals.suggested)
        self.report.taken_by_content.update(table.proposals.taken)
        for title, key in table.proposals.taken.items():
            self._warn_of_table(
                table,
                header.top + header.depth,
                title,
                "taken by content",
                f"没有认出“{title}”这一列，按内容当作{labels[key].label}读取，请核对。",
            )
        hidden = [
            header.titles[index] for index in header.columns.values() if index in table.sheet.hidden.columns
        ]
        for title in hidden:
            message = f"“{title}”这一列是隐藏的，也一并读取了，请核对是否需要。"
            self._warn_of_table(table, header.top + header.depth, title, "hidden column", message)

    def _warn_of_table(self, table: Table, row: int, column: str, reason: str, message: str) -> None:
        self.report.warned.append(Rejection(row, column, reason, message, table.sheet.name))

    def rows(self, rank: Callable[[Row], int] | None = None) -> Iterator[RowInput]:
        """Yield every data row; its problems and warnings are collected when the next one is requested.

        In the order of the file, or by `rank` where rows refer to others that may stand below them.
        """
        total = sum(len(table.sheet.rows) - table.header.top - table.header.depth for table in self.tables)
        rows = (row for table in self.tables for row in table.rows())
        for row in rows if rank is None else sorted(rows, key=rank):
            given = RowInput(row)
            sheet = row.table.sheet
            self.report.rows += 1
            self._rows_of[sheet.name] += 1
            if row.number - 1 in sheet.hidden.rows:
                self._hidden_rows[sheet.name].append(row.number)
            yield given
            self._collect(given)
            if self._progress and self.report.rows % _TELL_EVERY == 0:
                self._progress(self.report.rows, max(total, self.report.rows))
        # what follows may take longer than the reading: a line that stood at row 25 meanwhile would look broken
        if self._progress:
            self._progress(self.report.rows, self.report.rows)

    def _collect(self, given: RowInput) -> None:
        # a cell that is parsed twice is refused twice
        if given.problems:
            self.report.rejected += dict.fromkeys(given.problems)
        if given.remarks:
            self.report.warned += dict.fromkeys(given.remarks)
        self._note_words(given)

    def _note_words(self, given: RowInput) -> None:
        """Note what a row calls itself, where there is something to say about it."""
        if given.problems or given.remarks:
            place = given.row.table.sheet.name, given.row.number
            self.report.words.setdefault(place, _words_of(given.row))

    def reject(self, given: RowInput, key: str, reason: str, message: str) -> None:
        """Refuse a row after all rows were read, for conflicts with other rows or the database."""
        already = len(given.problems)
        given.refuse(key, reason, message)
        self.report.rejected += given.problems[already:]
        self._note_words(given)

    def warn(self, given: RowInput, key: str, reason: str, message: str) -> None:
        """Record a warning for a row after all rows were read."""
        already = len(given.remarks)
        given.warn(key, reason, message)
        self.report.warned += given.remarks[already:]
        self._note_words(given)

    def finish(self) -> ImportReport:
        """Return the report, rejections in the order of the file."""
        self._report_sheets()
        sheets = [table.sheet.name for table in self.tables]
        for found in (self.report.rejected, self.report.warned, self.report.changes):
            found.sort(key=lambda one: (sheets.index(one.sheet), one.row))
        return self.report

    def _report_sheets(self) -> None:
        """Add to the report what was read of each sheet, hidden rows that were read included."""
        tables = {table.sheet.name: table for table in self.tables}
        self.report.hidden_sheets = list(self._book.hidden)
        self.report.sheets = [
            SheetRead(
                sheet.name,
                self._rows_of[sheet.name],
                len(self._hidden_rows[sheet.name]),
                len(sheet.hidden.columns.intersection(range(max(map(len, sheet.rows), default=0)))),
                sheet.name in tables,
            )
            for sheet in self._book.sheets
        ]
        for name, rows in self._hidden_rows.items():
            if rows:
                told = "、".join(map(str, rows[:_NAMED_ROWS])) + (" 等" if len(rows) > _NAMED_ROWS else "")
                self._warn_of_table(
                    tables[name],
                    rows[0],
                    "",
                    "hidden rows",
                    f"有 {len(rows)} 行在表里被隐藏或筛选掉了（行号 {told}），也一并读取了。不要导入的，请删去这些行后再导入。",
                )


def _words_of(row: Row) -> str:
    """Return how a row is told from others: its one name, else the first cells that are written."""
    names = [item.key for item in row.table.fields.fields if item.content is Content.NAME]
    name = plain(row.cells.get(names[0], "")) if len(names) == 1 else ""
    serials = row.table.header.serials
    written = (plain(cell) for index, cell in enumerate(row.raw) if index not in serials)
    words = name or " ".join(islice(filter(None, written), _NAMED_CELLS))
    return words if len(words) <= _LONGEST_WORDS else f"{words[: _LONGEST_WORDS - 1]}…"


def said_by_sheet(table: Table, row: Row) -> list[str]:
    """Return the texts about a row outside its columns: the heading above it, the sheet's name, its caption."""
    return [text for text in (row.section, table.sheet.name, table.caption) if text]
