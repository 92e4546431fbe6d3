"""Workbooks for the office: templates to fill in, rejected rows to correct, exports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise, takewhile
from typing import Any

from xlsxwriter.exceptions import OverlappingRange

from baibuting.common.tabular.fields import Field, FieldSet
from baibuting.common.tabular.headers import CHECK_SHEET, MENDING_TITLES
from baibuting.common.tabular.reading import Cell, Merge, open_book
from baibuting.common.tabular.report import Rejection
from baibuting.common.tabular.sheets import BookWriter, SheetWriter, groups_of
from baibuting.common.tabular.table import Row, Table, choose_tables
from baibuting.common.tabular.text import plain

_PREPARED_ROWS = 2_000  # of a template: how far down its drop-down lists reach
_LONGEST_INLINE_LIST = 255  # characters; Excel's own limit
_NOTES = (
    "从第一行空白行起填写，一行一条；表头请不要改动，不需要的列可以空着。",
    "灰色的提示行可以保留，也可以删去，导入时都不会当作数据。",
    "身份证号和电话所在的列已设为文本，请直接填写，不要改成数字。",
    "导入前会先预览，确认后才写入；同一张表导入两次不会重复。",
)


def export_book(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    note: str = "",
    sheet_name: str = "",
) -> bytes:
    """Return a workbook of one sheet: `title` on top, `note` below it, the header frozen, values written by type.

    Neighbouring columns titled 楼栋长/姓名, 楼栋长/电话 share a merged heading. Text is never taken for a formula.
    """
    book = BookWriter()
    sheet = book.add_sheet(sheet_name or title)
    top = 1
    if note:
        sheet.put(1, 0, note, style="note", fits=False)
        top = 2
    first = _head(sheet, title, columns, top)
    last = first - 1
    for last, values in enumerate(rows, start=first):
        for column, value in enumerate(values):
            sheet.put(last, column, value)
    if last >= first:
        sheet.sheet.autofilter(first - 1, 0, last, len(columns) - 1)
    sheet.fit_columns()
    sheet.sheet.freeze_panes(first, 0)
    _print_well(sheet, top, first)
    return book.finish()


def _head(sheet: SheetWriter, title: str, columns: Sequence[str], top: int = 1) -> int:
    """Write the title and, in row `top`, the header; returns the first row below them."""
    sheet.put(0, 0, title, style="title", fits=False)
    sheet.sheet.set_row(0, 26)
    groups = groups_of(columns)
    if not any(group for group, _, _ in groups):
        for index, column in enumerate(columns):
            sheet.put(top, index, column, style="header")
        return top + 1
    for group, left, right in groups:
        if group:
            sheet.merge(top, left, top, right, group, "header")
            for index in range(left, right + 1):
                sheet.put(top + 1, index, columns[index].partition("/")[2], style="header")
        else:
            sheet.merge(top, left, top + 1, left, columns[left], "header")
    return top + 2


def _print_well(sheet: SheetWriter, top: int, first: int) -> None:
    """Set up printing: A4 landscape, title and header on every page, one page wide."""
    sheet.sheet.set_landscape()
    sheet.sheet.set_paper(9)
    sheet.sheet.fit_to_pages(1, 0)
    sheet.sheet.repeat_rows(top, first - 1)
    sheet.sheet.set_footer("&C第 &P 页，共 &N 页")


def template_book(fields: FieldSet) -> bytes:
    """Return an empty roster to fill in: title, header, a hint under each column, drop-down lists, instructions.

    Made from the same fields as the importer's. Imported unfilled, it has no rows.
    """
    shown = [item for item in fields.fields if item.in_template]
    book = BookWriter()
    sheet = book.add_sheet(fields.title)
    first = _head(sheet, f"{fields.title}（模板）", _template_titles(shown))
    for column, item in enumerate(shown):
        sheet.put(first, column, hint_of(item, fields), style="hint")
        sheet.sheet.set_column(column, column, item.width, book.style("text"))
    sheet.sheet.set_row(first, 44)
    sheet.sheet.freeze_panes(first + 1, 0)
    _instructions(book, fields, shown)
    for column, item in enumerate(shown):
        if item.choices:
            _offer(book, sheet, column, first + 1, item)
    return book.finish()


def _template_titles(shown: Sequence[Field]) -> list[str]:
    """Return the labels; a column and its follower (卫生员姓名, 卫生员电话) share a heading: 卫生员/姓名, 卫生员/电话."""
    titles = [item.label for item in shown]
    for index, (item, following) in enumerate(pairwise(shown)):
        group = _common_start(item.label, following.label)
        if following.follows == item.key and 2 <= len(group) < min(len(item.label), len(following.label)):
            titles[index] = f"{group}/{item.label[len(group) :]}"
            titles[index + 1] = f"{group}/{following.label[len(group) :]}"
    return titles


def _common_start(one: str, other: str) -> str:
    same = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return "".join(character for character, _ in same)


def hint_of(item: Field, fields: FieldSet) -> str:
    """Return the hint under a column's title. It begins with 必填 or 选填, by which the reader recognises hints."""
    if item.help.startswith(("必填", "选填")):
        return item.help
    parts = ["必填" if _is_needed(item, fields) else "选填"]
    if item.choices:
        parts += [f"可选：{'、'.join(item.choices)}"]
    elif item.example:
        parts += [f"如 {item.example}"]
    parts += [item.help] if item.help else []
    return "，".join(parts)


def _is_needed(item: Field, fields: FieldSet) -> bool:
    """Return whether no other column of the template can replace this one."""
    for group in fields.needed:
        if item.key in group:
            return not any(fields.by_key[key].in_template for key in group if key != item.key)
    return False


def _offer(book: BookWriter, sheet: SheetWriter, column: int, first: int, item: Field) -> None:
    source: list[str] | str = list(item.choices)
    if len(",".join(item.choices)) > _LONGEST_INLINE_LIST:
        choices = book.add_sheet(f"选项{column + 1}")
        for row, choice in enumerate(item.choices):
            choices.put(row, 0, choice)
        choices.sheet.hide()
        source = f"='选项{column + 1}'!$A$1:$A${len(item.choices)}"
    sheet.sheet.data_validation(
        first, column, first + _PREPARED_ROWS, column,
        {
            "validate": "list", "source": source, "error_type": "warning",
            "error_title": item.label, "error_message": "下拉列表里没有这一项，请核对。",
        },
    )  # fmt: skip


def _instructions(book: BookWriter, fields: FieldSet, shown: Sequence[Field]) -> None:
    sheet = book.add_sheet("填写说明")
    row = _head(sheet, f"{fields.title}填写说明", ["列名", "是否必填", "怎样填写"])
    for item in shown:
        needed, _, told = hint_of(item, fields).partition("，")
        sheet.put(row, 0, item.label)
        sheet.put(row, 1, needed)
        sheet.put(row, 2, told, style="wrapped")
        row += 1
    for note in (*_NOTES, *fields.notes):
        row += 1
        sheet.merge(row, 0, row, 2, note, "wrapped")
        sheet.sheet.set_row(row, 32)
    sheet.fit_columns({0: 22, 1: 12, 2: 40})


def error_book(
    data: bytes,
    fields: FieldSet,
    rejected: Sequence[Rejection],
    mapping: Mapping[str, str] | None = None,
    warned: Sequence[Rejection] = (),
) -> bytes:
    """Return a workbook of a file's rejected rows, to be corrected and imported: the office's own sheets and columns.

    Cells left blank under a merge are filled, so each row is complete; wrong cells are red; after the last column are
    which cells are wrong, why, and the row's number in the original file. Rows in `warned` were accepted: a separate
    sheet, which is never read back, lists their warnings. Raises TabularError where the file cannot be read.
    """
    problems: dict[tuple[str, int], list[Rejection]] = defaultdict(list)
    for rejection in rejected:
        problems[rejection.sheet, rejection.row].append(rejection)
    tables = choose_tables(open_book(data), fields, mapping)
    concerned = [table for table in tables if any(sheet == table.sheet.name for sheet, _ in problems)]
    book = BookWriter()
    for table in concerned or tables[:1]:
        _Mending(book.add_sheet(table.sheet.name or fields.title), table).write(problems)
    if warned:
        _list_warned(book, warned)
    return book.finish()


def _list_warned(book: BookWriter, warned: Sequence[Rejection]) -> None:
    sheet = book.add_sheet(CHECK_SHEET)
    first = _head(sheet, "已经采用、请核对的内容", ["工作表", "原行号", "栏目", "请核对"])
    for at, warning in enumerate(warned, start=first):
        for column, value in enumerate((warning.sheet, warning.row, warning.column)):
            sheet.put(at, column, value)
        sheet.put(at, 3, warning.message, style="wrapped")
    sheet.fit_columns({0: 16, 1: 8, 2: 16, 3: 60})
    sheet.sheet.freeze_panes(first, 0)


class _Mending:
    """One sheet of an error workbook."""

    def __init__(self, sheet: SheetWriter, table: Table) -> None:
        self.sheet, self.table, self.header = sheet, table, table.header
        self.first = table.header.top + table.header.depth
        self.width = min(table.header.ours, default=len(table.header.titles))

    def write(self, problems: Mapping[tuple[str, int], Sequence[Rejection]]) -> None:
        self._copy_head()
        at, section = self.first, ""
        for row in self.table.rows():
            found = problems.get((self.table.sheet.name, row.number))
            if not found:
                continue
            if row.section != section:
                section = row.section
                self.sheet.merge(at, 0, at, self.width - 1, section, "section")
                at += 1
            self._write_row(at, row, found)
            at += 1
        self.sheet.fit_columns({self.width: 24, self.width + 1: 38, self.width + 2: 8})
        self.sheet.sheet.freeze_panes(self.first, 0)

    def _copy_head(self) -> None:
        """Copy titles and header, merges included, and add our own three columns after them."""
        for at in range(self.first):
            for column, value in enumerate(self.table.sheet.rows[at][: self.width]):
                if value not in ("", None):
                    style = self._head_style(at) if isinstance(value, str) else ""
                    self.sheet.put(at, column, value, style=style, fits=at >= self.header.top)
        for merge in self.table.sheet.merges:
            if merge.bottom < self.first and merge.left < self.width:
                self._copy_merge(merge)
        for offset, title in enumerate(MENDING_TITLES):
            column = self.width + offset
            self.sheet.merge(self.header.top, column, self.first - 1, column, title, "header")

    def _head_style(self, at: int) -> str:
        return "header" if at >= self.header.top else "title"

    def _copy_merge(self, merge: Merge) -> None:
        row = self.table.sheet.rows[merge.top]
        text = plain(row[merge.left]) if merge.left < len(row) else ""
        right = min(merge.right, self.width - 1)
        with suppress(OverlappingRange):  # no program makes such a file; its cells stay unmerged
            self.sheet.merge(merge.top, merge.left, merge.bottom, right, text, self._head_style(merge.top))

    def _write_row(self, at: int, row: Row, found: Sequence[Rejection]) -> None:
        values: list[Cell] = list(row.raw[: self.width])
        values += [""] * (self.width - len(values))
        for key, column in self.header.columns.items():
            values[column] = row.cells[key]
        bad = [self._column_of(rejection) for rejection in found]
        for column, value in enumerate(values):
            self.sheet.put(at, column, value, is_bad=column in bad)
        cells = [
            f"{_letters(column)}{at + 1} {rejection.column}" if column is not None else rejection.column
            for rejection, column in zip(found, bad, strict=True)
        ]
        self.sheet.put(at, self.width, "\n".join(cells), style="wrapped")
        reasons = dict.fromkeys(rejection.message for rejection in found)
        self.sheet.put(at, self.width + 1, "\n".join(reasons), style="wrapped")
        self.sheet.put(at, self.width + 2, self._origin(row))

    def _column_of(self, rejection: Rejection) -> int | None:
        titles = self.header.titles
        return titles.index(rejection.column) if rejection.column in titles else None

    def _origin(self, row: Row) -> Cell:
        """Return the row's number in the original file, also when a corrected workbook is rejected again."""
        known = [at for at in self.header.ours if self.header.titles[at] == MENDING_TITLES[2]]
        carried = row.raw[known[0]] if known and known[0] < len(row.raw) else ""
        return carried or row.number


def _letters(column: int) -> str:
    """Return a column's letters: 0 → A, 26 → AA."""
    letters, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
