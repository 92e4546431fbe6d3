"""Finding the header of a sheet: where it is, how many rows it has, which column means what."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from baibuting.common.tabular.fields import FieldSet
from baibuting.common.tabular.reading import Cell, Merge, Sheet
from baibuting.common.tabular.text import plain, shown_title, title_key, without_brackets

SEARCHED_ROWS = 40
DEEPEST = 3
_LONGEST_TITLE = 60
_SERIALS = frozenset({"序号", "编号", "序", "no", "行号", "序列", "顺序", "序列号"})
# columns that `writing.error_book` adds; when the workbook comes back they say nothing
MENDING_TITLES = ("错误单元格", "错误原因", "原行号")
_OURS = frozenset(MENDING_TITLES)

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """`top` is the 0-based index of the first header row, `columns` the column index of each recognised field.

    `serials` are columns that only number the rows, `ours` those an error workbook has added.
    """

    top: int
    depth: int
    titles: list[str]
    columns: dict[str, int]
    unknown: list[str] = field(default_factory=list)
    serials: frozenset[int] = frozenset()
    ours: frozenset[int] = frozenset()
    score: float = 0.0

    def title_of(self, key: str) -> str:
        """The office's own title of a recognised field, "" for one that has no column."""
        index = self.columns.get(key)
        return "" if index is None else self.titles[index]

    def missing(self, fields: FieldSet, said: Collection[str] = ()) -> list[str]:
        """Labels of needed columns that are neither there nor said elsewhere; alternatives are joined by 或."""
        return [
            "或".join(fields.by_key[key].label for key in group[:3])
            for group in fields.needed
            if not any(key in self.columns or key in said for key in group)
        ]


def find_header(sheet: Sheet, fields: FieldSet, mapping: Mapping[str, str]) -> Header | None:
    """The rows of a sheet that recognise the most columns; None where nothing looks like a header.

    `mapping` gives the field key for titles a person has mapped by hand, by `title_key` of the title; "" for a column
    that is to be left out.
    """
    best: Header | None = None
    for top in range(min(len(sheet.rows), SEARCHED_ROWS)):
        for depth in range(1, min(DEEPEST, len(sheet.rows) - top) + 1):
            header = _recognise(sheet, top, depth, fields, mapping)
            if best is None or header.score > best.score:
                best = header
    if best is None or len(best.columns) < min(2, len(fields.needed)):
        return None
    return best


def _recognise(sheet: Sheet, top: int, depth: int, fields: FieldSet, mapping: Mapping[str, str]) -> Header:
    paths = title_paths(sheet.rows[top : top + depth], top, sheet.merges)
    last_parts = Counter(title_key(path[-1]) for path in paths if path)
    columns: dict[str, int] = {}
    unknown: list[str] = []
    serials, ours = set(), set()
    left = ""
    by_hand = {index: key for index, path in enumerate(paths) if (key := _by_hand(path, mapping)) is not None}
    mapped = set(by_hand.values())
    for index, path in enumerate(paths):
        if path and path[-1] in _OURS:
            ours.add(index)
            continue
        guess = None if index in by_hand else _meaning(path, left, fields, last_parts)
        left = by_hand.get(index, "" if guess is None or guess in mapped else guess)
        if left and left not in columns:
            columns[left] = index
            continue
        if path and title_key(path[-1]) in _SERIALS:
            serials.add(index)
        elif path:
            unknown.append("/".join(map(shown_title, path)))
    score = sum(3.0 if key in fields.needed_keys else 1.0 for key in columns) - 0.1 * depth
    titles = ["/".join(map(shown_title, path)) for path in paths]
    return Header(top, depth, titles, columns, unknown, frozenset(serials), frozenset(ours), score)


def _by_hand(path: Path, mapping: Mapping[str, str]) -> str | None:
    return next((mapping[key] for key in _keys(path) if key in mapping), None) if path else None


def _meaning(path: Path, left: str, fields: FieldSet, last_parts: Counter[str]) -> str | None:
    """The field a column title means: told by the column left of it, or by its own words."""
    if not path:
        return None
    return _follower(path, left, fields) or _by_own_words(path, fields, last_parts)


def _follower(path: Path, left: str, fields: FieldSet) -> str | None:
    if not left or len(path) != 1:
        return None
    titles = (title_key(text) for text in (path[0], without_brackets(path[0])))
    return next((found for title in titles if (found := fields.follower(left, title))), None)


def _by_own_words(path: Path, fields: FieldSet, last_parts: Counter[str]) -> str | None:
    """By the words of its title, the whole path first; then without the words that say nothing of their own."""
    for read in (_keys, _plainer_keys):
        for start in range(len(path)):
            suffix = path[start:]
            # 姓名 under six groups says nothing by itself
            if start and len(suffix) == 1 and last_parts[title_key(suffix[0])] > 1:
                continue
            known = next((fields.by_title[key] for key in read(suffix) if key in fields.by_title), None)
            if known:
                return known
    return None


_ADDED_WORDS = re.compile(r"^(?:所属|所在|本人|居住)?(.+?)(?:姓名|名称|号码|编号)?$")


def _plainer_keys(path: Path) -> list[str]:
    """走访对象姓名 → 走访对象, 所在楼栋 → 楼栋."""
    return [_ADDED_WORDS.sub(r"\1", key) for key in _keys(path)]


def _keys(path: Path) -> tuple[str, str]:
    return (
        title_key("".join(path)),
        title_key("".join(without_brackets(part) for part in path)),
    )


def title_paths(rows: Sequence[Sequence[Cell]], top: int, merges: Sequence[Merge]) -> list[Path]:
    """The titles over each column, group first. A merged group stands over all its columns.

    Where a file knows no merging (CSV), a group reaches right over blank cells as long as titles stand below it.
    """
    width = max((len(row) for row in rows), default=0)
    grid = [[_title(row[index]) if index < len(row) else "" for index in range(width)] for row in rows]
    covered = _spread_merges(grid, top, merges)
    _spread_groups(grid, covered)
    paths = []
    for index in range(width):
        parts: list[str] = []
        for row in grid:
            if row[index] and (not parts or parts[-1] != row[index]):
                parts.append(row[index])
        paths.append(tuple(parts))
    return paths


def _spread_merges(grid: list[list[str]], top: int, merges: Sequence[Merge]) -> set[tuple[int, int]]:
    """Repeat a merged title over its columns; returns the (row, column) pairs that lie under a merge."""
    covered: set[tuple[int, int]] = set()
    for merge in merges:
        if not top <= merge.top < top + len(grid):
            continue
        row = grid[merge.top - top]
        text = row[merge.left] if merge.left < len(row) else ""
        for index in range(merge.left, min(merge.right, len(row) - 1) + 1):
            row[index] = text
            covered.add((merge.top - top, index))
    return covered


def _spread_groups(grid: list[list[str]], covered: set[tuple[int, int]]) -> None:
    for depth, (row, below) in enumerate(pairwise(grid)):
        for index in range(1, len(row)):
            is_gap = not row[index] and row[index - 1] and below[index] and below[index - 1]
            if is_gap and (depth, index - 1) not in covered:
                row[index] = row[index - 1]


def _title(cell: Cell) -> str:
    text = plain(cell)
    return text if title_key(text) and len(text) <= _LONGEST_TITLE else ""
