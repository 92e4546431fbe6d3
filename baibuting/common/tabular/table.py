"""From sheets to data rows: which rows are skipped, which cells filled down, which sheets used."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cached_property

from baibuting.common.tabular.contents import Proposals, header_by_contents, propose
from baibuting.common.tabular.fields import FieldSet
from baibuting.common.tabular.headers import CHECK_SHEET, Header, find_header
from baibuting.common.tabular.problems import LayoutError, TabularError
from baibuting.common.tabular.reading import Book, Cell, Sheet
from baibuting.common.tabular.text import compact, plain, shown_title, title_key

_TOTALS = frozenset(
    {"合计", "小计", "总计", "共计", "累计", "总数", "合计数", "总合计", "本页合计", "本页小计"}
)
_FOOTER = re.compile(
    r".{0,12}(合计|小计|总计|共计|累计)([:：(（\d].*)?$|共\d+(栋|户|人|名|条|行|页|处|个)?.{0,10}"
    r"|(单位|社区|部门)?(制表|填表|填报|报送|上报|审核|复核|审批|经办|统计|联系|负责|录入|校对|打印|分管|主管)"
    r"(人|单位|日期|时间|员|部门|电话|领导)?(签字|签名|盖章|[(（].*[)）])?[:：].*|(制表|填表|审核|经办|填报)人?$"
    r"|(备注|注|说明|填表说明|填写说明|注意|注意事项|单位|日期|时间)[:：0-9].*"
    r"|.{0,20}[(（](盖章|公章|签字|签章)[)）].*|第\d+页.*|—+完—+|(以下空白|以下无内容|此行以下空白)"
)
# 单位负责人： 填表人： 填表日期：2026年3月, each in a cell of its own
_SIGNATURE = re.compile(
    r"(?:单位|社区|部门|主要|分管|街道|村|居委会|填表|制表|填报|上报|报送|审核|复核|审批|经办|统计|联系|录入|校对|领导)*"
    r"(?:负责人|责任人|领导|主任|书记|人|员|单位|日期|时间|电话|签字|签名|盖章|签章|公章)+(?:[(（].*[)）])?[:：]"
)
# 301栋, 5号楼 somewhere in a heading
_DAYS_BETWEEN_EPOCHS = 1462  # 1900 and 1904, as Excel counts
# 2026年11月 alone at the foot of a table
_DATED = re.compile(r"\d{4}年\d{1,2}月(\d{1,2}日)?")
_NAMED_LIKE_PLACE = re.compile(r"如\D*[苑园里村城院区]")
_HINT = re.compile(
    r"[(（【\[]?(必填|选填|非必填|可选|可不填|必须|如[:：,，、]?|例|示例|样例|请|填写|填“|填\"|格式|说明|下拉|自动|勿|不填|只填|文本格式|数字|单选|多选|按实际|同一)"
)
_EXAMPLE = frozenset(
    {"例", "示例", "样例", "举例", "例如", "填写示例", "范例", "填写样例", "示范", "例子", "例行"}
)
_DELETE_ME = re.compile(r"(填写|导入|提交|上报).{0,4}(删除|删去|清除)(本|此|该)行")
_ORDINALS = "甲乙丙丁戊己庚辛壬癸"


@dataclass(slots=True)
class Row:
    """One data row. `cells` by field key, merged and blank cells filled down; `raw` as in the file.

    `section` is the heading above it inside the sheet, "" without one.
    """

    table: Table
    number: int
    cells: dict[str, Cell]
    raw: list[Cell]
    section: str = ""


@dataclass
class Table:
    """One sheet of data with its recognised header."""

    sheet: Sheet
    header: Header
    fields: FieldSet
    proposals: Proposals = dataclass_field(default_factory=Proposals)

    @cached_property
    def opening_section(self) -> str:
        """Return the first section's heading where it is above the header, which each section repeats; else ""."""
        rows, top = self.sheet.rows, self.header.top
        texts = [plain(cell) for cell in rows[top - 1] if plain(cell)] if top else []
        if len(texts) != 1:
            return ""
        is_repeated = any(row == rows[top] for row in rows[top + self.header.depth :])
        return texts[0] if is_repeated else ""

    @cached_property
    def caption(self) -> str:
        """Return the text above the header, on one line; without the heading of the first section."""
        above = self.sheet.rows[: self.header.top - bool(self.opening_section)]
        return " ".join(shown_title(plain(cell)) for row in above for cell in row if plain(cell))

    def missing(self) -> list[str]:
        """Return labels of needed columns that are neither there nor given by the sheet outside its columns."""
        if not self.header.missing(self.fields):
            return []
        alone = [
            filled[0] for row in self.sheet.rows if len(filled := [cell for cell in row if plain(cell)]) == 1
        ]
        texts = [self.sheet.name, self.caption, *(cell for cell in alone if isinstance(cell, str))]
        said = [key for key, tells in self.fields.said_outside.items() if any(map(tells, texts))]
        return self.header.missing(self.fields, said)

    def rows(self) -> Iterator[Row]:
        """Return the data rows in order, one at a time."""
        return _Reader(self).rows()


def choose_tables(book: Book, fields: FieldSet, mapping: Mapping[str, str] | None = None) -> list[Table]:
    """Return the sheets that hold this kind of data: the one whose header matches best, and others like it.

    Instruction sheets, empty and hidden ones are skipped. `mapping` is column title → field key or label, or "" for a
    column to leave out.
    Raises LayoutError where no sheet has the needed columns, TabularError for a mapping to an unknown field.
    """
    by_title = _resolve_mapping(fields, mapping or {})
    sheets = [sheet for sheet in book.sheets if sheet.name != CHECK_SHEET and _holds_something(sheet)]
    if not sheets:
        raise TabularError(
            "文件里只有隐藏的工作表。请取消隐藏后再导入。"
            if book.hidden
            else "文件里没有内容。请确认选对了文件。"
        )
    found = [table for sheet in sheets if (table := _table(sheet, fields, by_title))]
    if not found:
        raise LayoutError(
            f"没有找到表头。{fields.title}至少要有这些列：{_needed(fields)}。可以下载模板，照着填写后再导入。",
            unrecognised=_first_titles(sheets),
            missing=[fields.by_key[group[0]].label for group in fields.needed],
        )
    best = max(table.header.score for table in found)
    complete = [table for table in found if not table.missing() and table.header.score >= best / 2]
    if complete:
        return complete
    raise _layout_error(max(found, key=lambda table: table.header.score))


def _holds_something(sheet: Sheet) -> bool:
    return any(plain(cell) for row in sheet.rows for cell in row)


def _table(sheet: Sheet, fields: FieldSet, by_title: Mapping[str, str]) -> Table | None:
    """Return a sheet with its header; None for one that has no header of this kind."""
    header = find_header(sheet, fields, by_title) or header_by_contents(sheet, fields, by_title)
    if header is None:
        return None
    proposals = propose(sheet, header, fields)
    if len(header.columns) < min(2, len(fields.needed)):
        return None
    return Table(sheet, header, fields, proposals)


def _resolve_mapping(fields: FieldSet, mapping: Mapping[str, str]) -> dict[str, str]:
    resolved = {}
    for title, name in mapping.items():
        key = fields.find(name) if name else ""
        if key is None:
            known = "、".join(f"{item.label}（{item.key}）" for item in fields.fields)
            raise TabularError(f"不认识要对应的栏目“{name}”。可以对应的栏目有：{known}。")
        resolved[title_key(title)] = key
    return resolved


def _needed(fields: FieldSet) -> str:
    return "、".join("或".join(fields.by_key[key].label for key in group[:3]) for group in fields.needed)


def _first_titles(sheets: Sequence[Sheet]) -> list[str]:
    """Return the most likely header: the first of the upper rows with the most short texts."""
    rows = [
        [shown_title(cell)[:20] for cell in row if isinstance(cell, str) and 0 < len(plain(cell)) <= 30]
        for sheet in sheets[:3]
        for row in sheet.rows[:10]
    ]
    titles = max(rows, key=len, default=[])
    return titles if len(titles) > 1 else []


def _layout_error(table: Table) -> LayoutError:
    header, fields = table.header, table.fields
    missing = header.missing(fields)
    recognised = {header.titles[index]: fields.by_key[key].label for key, index in header.columns.items()}
    known = "、".join(
        title if title == label else f"{title}（作{label}）" for title, label in recognised.items()
    )
    unknown = "、".join(header.unknown) or "无"
    advice = (
        "请改列名，或指明没认出的列对应哪个栏目，再导入。"
        if header.unknown
        else "请在表中加上这一列，再导入。"
    )
    labels = {fields.by_key[key].label for key in fields.said_outside}
    if elsewhere := next((label for label in labels if any(label in column for column in missing)), ""):
        advice += f"没有{elsewhere}这一列的，请加一列“{elsewhere}”，或在小标题、工作表名里写明。"
    return LayoutError(
        f"缺少必需的列：{'、'.join(missing)}。已认出的列：{known}；没认出的列：{unknown}。{advice}",
        recognised=recognised,
        unrecognised=header.unknown,
        missing=missing,
        suggested=table.proposals.suggested,
    )


class _Reader:
    """Reads one sheet from its header down."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.sheet, self.header = table.sheet, table.header
        self.first = self.header.top + self.header.depth
        self.columns = list(self.header.columns.items())
        self.above: dict[str, Cell] = {}
        # in the order of the tree: a new 苑区 ends the 片区 above it
        self.falling = [
            item.key for item in table.fields.fields if item.fills_down and item.key in self.header.columns
        ]
        self.falling_indexes = {self.header.columns[key] for key in self.falling}
        self.header_keys = [
            [title_key(plain(cell)) for cell in row] for row in self.sheet.rows[self.header.top : self.first]
        ]
        self.merged, self.wide = self._merged_below()
        dates = [key for key in self.header.columns if table.fields.by_key[key].is_date]
        self.days_from_1904 = dates if self.sheet.is_1904 else []

    def rows(self) -> Iterator[Row]:
        section, after_header = self.table.opening_section, True
        for index in range(self.first, len(self.sheet.rows)):
            raw = self.sheet.rows[index]
            filled = [
                at
                for at, cell in enumerate(raw)
                if cell != "" and cell is not None and at not in self.header.ours and plain(cell)
            ]
            if self._is_blank(raw, filled) and not self._merged_data(index):
                continue
            texts = [plain(raw[at]) for at in filled]
            if self._repeats_header(raw, filled):
                after_header, self.above = True, {}
                continue
            if is_footer(texts):
                continue
            if after_header and is_hint(texts):
                continue
            if self._is_heading(index, filled, raw):
                section = self._take_heading(filled[0], raw) or section
                continue
            after_header = False
            yield Row(self.table, index + 1, self._cells(index, raw), raw, section)

    def _is_blank(self, raw: Sequence[Cell], filled: Sequence[int]) -> bool:
        """Return whether a row holds only serial numbers: prepared and never filled in."""
        return all(at in self.header.serials and compact(raw[at]).isdigit() for at in filled)

    def _merged_below(self) -> tuple[dict[tuple[int, int], Cell], dict[int, int]]:
        """Return values of cells under a vertical merge, and per row the width of a merge in it."""
        values: dict[tuple[int, int], Cell] = {}
        wide: dict[int, int] = {}
        known = set(self.header.columns.values())
        for merge in self.sheet.merges:
            bottom = min(merge.bottom, len(self.sheet.rows) - 1)
            if merge.top < self.first or bottom < merge.top:
                continue
            if merge.top == merge.bottom:
                wide[merge.top] = max(wide.get(merge.top, 0), merge.right - merge.left + 1)
            elif merge.left in known:
                row = self.sheet.rows[merge.top]
                value = row[merge.left] if merge.left < len(row) else ""
                values.update({(index, merge.left): value for index in range(merge.top + 1, bottom + 1)})
        return values, wide

    def _merged_data(self, index: int) -> bool:
        """Return whether a blank row is part of a merge in other columns than the tree's."""
        return any(
            (index, column) in self.merged for _, column in self.columns if column not in self.falling_indexes
        )

    def _repeats_header(self, raw: Sequence[Cell], filled: Sequence[int]) -> bool:
        if len(filled) < 2:
            return False
        return any(self._is_like(raw, filled, keys) for keys in self.header_keys)

    @staticmethod
    def _is_like(raw: Sequence[Cell], filled: Sequence[int], keys: Sequence[str]) -> bool:
        """Return whether four cells in five, and two at least, equal the header's; stops as early as possible."""
        others = 0
        for at in filled:
            if at >= len(keys) or not keys[at] or title_key(plain(raw[at])) != keys[at]:
                others += 1
                if others > 0.2 * len(filled):
                    return False
        return len(filled) - others >= 2

    def _is_heading(self, index: int, filled: Sequence[int], raw: Sequence[Cell]) -> bool:
        """Return whether a row only says what the rows below it belong to."""
        if len(filled) != 1 or not isinstance(raw[filled[0]], str):
            return False
        at = filled[0]
        known = set(self.header.columns.values()) - self.falling_indexes
        if self._says_a_column(plain(raw[at])):
            return True
        return self.wide.get(index, 0) > 1 or (at not in known and at == 0) or at in self.falling_indexes

    def _says_a_column(self, text: str) -> bool:
        """Return whether a lone text gives what the sheet has no column for: 301栋 above its people."""
        told = self.table.fields.said_outside.items()
        return any(key not in self.header.columns and tells(text) for key, tells in told)

    def _take_heading(self, at: int, raw: Sequence[Cell]) -> str:
        if at in self.falling_indexes:
            self._cells(-1, raw)  # the rows below belong to it
        return plain(raw[at])

    def _cells(self, index: int, raw: Sequence[Cell]) -> dict[str, Cell]:
        width = len(raw)
        cells: dict[str, Cell] = {key: raw[at] if at < width else "" for key, at in self.columns}
        if self.merged:
            for key, at in self.columns:
                if cells[key] == "" and (index, at) in self.merged:
                    cells[key] = self.merged[index, at]
        for key in self.days_from_1904:
            cells[key] = _as_from_1900(cells[key])
        for depth, key in enumerate(self.falling):
            if plain(cells[key]):
                if cells[key] != self.above.get(key):
                    for lower in self.falling[depth + 1 :]:
                        self.above.pop(lower, None)
                self.above[key] = cells[key]
            else:
                cells[key] = self.above.get(key, "")
        return cells


def _as_from_1900(cell: Cell) -> Cell:
    """Return a day number counted from 1904 as one counted from 1900; the reader converts dates only."""
    is_day = isinstance(cell, int | float) and not isinstance(cell, bool) and 18_000 < cell < 80_000
    return cell + _DAYS_BETWEEN_EPOCHS if is_day and isinstance(cell, int | float) else cell


def is_footer(texts: Sequence[str]) -> bool:
    """Return whether a row's filled cells are a total, a signature or a remark under the table."""
    first = compact(texts[0]) if texts else ""
    if not first:
        return False
    if len(texts) == 1 and _DATED.fullmatch(first):
        return True
    return (
        bool(_FOOTER.fullmatch(first))
        or any(compact(text) in _TOTALS for text in texts[:4])
        or (len(texts) > 1 and ":" in first and all(_SIGNATURE.match(compact(text)) for text in texts))
    )


def is_hint(texts: Sequence[str]) -> bool:
    """Return whether a row's filled cells are instructions for the columns, an example or column numbers."""
    if any(_DELETE_ME.search(text) for text in texts):
        return True
    if len(texts) == 1 and _NAMED_LIKE_PLACE.fullmatch(texts[0]):
        return False  # 如意苑 is no hint
    if compact(texts[0]).rstrip(":：") in _EXAMPLE:
        return True
    if len(texts) >= 3 and [compact(text).strip("()[]") for text in texts] in (
        [str(number) for number in range(1, len(texts) + 1)],
        list(_ORDINALS[: len(texts)]),
    ):
        return True
    return 2 * sum(bool(_HINT.match(text)) for text in texts) > len(texts)
