"""Finding the header of a sheet: its position, its depth, and the field of each column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from baibuting.common.tabular.fields import FieldSet
from baibuting.common.tabular.others import (
    in_strange_groups,
    is_personal_title,
    names_somebody_else,
    of_others,
)
from baibuting.common.tabular.reading import Cell, Merge, Sheet
from baibuting.common.tabular.text import plain, shown_title, title_key, without_brackets

SEARCHED_ROWS = 40
DEEPEST = 3
_LONGEST_TITLE = 60
_SERIALS = frozenset({"序号", "编号", "序", "no", "行号", "序列", "顺序", "序列号"})
# columns that `writing.error_book` adds; ignored when the workbook is imported again
MENDING_TITLES = ("错误单元格", "错误原因", "原行号")
_OURS = frozenset(MENDING_TITLES)
# the sheet it adds for accepted rows with warnings; it holds no data
CHECK_SHEET = "需核对"

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """A recognised header. `top` is the 0-based index of its first row, `columns` the column index of each field.

    `serials` are columns that only number the rows, `ours` those an error workbook has added; `unclaimed` those whose
    title is neither known nor mapped.
    """

    top: int
    depth: int
    titles: list[str]
    columns: dict[str, int]
    unknown: list[str] = field(default_factory=list)
    serials: frozenset[int] = frozenset()
    ours: frozenset[int] = frozenset()
    score: float = 0.0
    unclaimed: tuple[int, ...] = ()

    def title_of(self, key: str) -> str:
        """Return the office's own title of a recognised field, "" for one that has no column."""
        index = self.columns.get(key)
        return "" if index is None else self.titles[index]

    def missing(self, fields: FieldSet, said: Collection[str] = ()) -> list[str]:
        """Return labels of needed columns that are neither there nor given elsewhere; alternatives are joined by 或."""
        return [
            "或".join(fields.by_key[key].label for key in group[:3])
            for group in fields.needed
            if not any(key in self.columns or key in said for key in group)
        ]


def find_header(sheet: Sheet, fields: FieldSet, mapping: Mapping[str, str]) -> Header | None:
    """Return the rows of a sheet that recognise the most columns; None where nothing looks like a header.

    `mapping` gives the field key for titles the clerk has mapped by hand, by `title_key` of the title; "" for a column
    to leave out.
    """
    best: Header | None = None
    for top in range(min(len(sheet.rows), SEARCHED_ROWS)):
        for depth in range(1, min(DEEPEST, len(sheet.rows) - top) + 1):
            header = recognise(sheet, top, depth, fields, mapping)
            if best is None or header.score > best.score:
                best = header
    if best is None or not best.columns:
        return None
    top, depth = _whole_title(sheet, best)
    if (top, depth) != (best.top, best.depth):
        best = recognise(sheet, top, depth, fields, mapping)
    return best if best.columns else None


def _whole_title(sheet: Sheet, header: Header) -> tuple[int, int]:
    """Return top and depth of a header with the group titles above it and the subtitles below it.

    They add no recognised column, but say whose the columns are: 电话 under 监护人.
    """
    top, bottom = header.top, header.top + header.depth - 1
    if top and _is_row_of_groups(sheet, top - 1, header):
        top -= 1
    known = set(header.columns.values())
    for merge in sheet.merges:
        if top <= merge.top <= bottom < merge.bottom < top + DEEPEST and merge.left in known:
            bottom = merge.bottom
    below = sheet.rows[bottom + 1] if bottom + 1 < len(sheet.rows) else []
    if bottom + 1 < top + DEEPEST and _is_row_of_parts(below, header):
        bottom += 1
    return top, bottom - top + 1


def _is_row_of_groups(sheet: Sheet, index: int, header: Header) -> bool:
    """Return whether a row names groups of the columns below it; a title over all of them does not."""
    texts = {at: plain(cell) for at, cell in enumerate(sheet.rows[index]) if plain(cell)}
    if any(":" in text or "：" in text or len(text) > _LONGEST_TITLE for text in texts.values()):
        return False
    width = sum(bool(title) for title in header.titles)
    merged = any(
        merge.top == merge.bottom == index and 1 < merge.right - merge.left + 1 < width - 1
        for merge in sheet.merges
    )
    return any(map(names_somebody_else, texts.values())) or (merged and len(texts) > 1)


def _is_row_of_parts(row: Sequence[Cell], header: Header) -> bool:
    """Return whether a row holds only subtitles (姓名, 电话) below groups, and nothing in a recognised column."""
    known = set(header.columns.values())
    texts = {at: plain(cell) for at, cell in enumerate(row) if plain(cell)}
    return (
        bool(texts)
        and known.isdisjoint(texts)
        and all(is_personal_title(text) for text in texts.values())
        and any(at < len(header.titles) and names_somebody_else(header.titles[at]) for at in texts)
    )


def recognise(sheet: Sheet, top: int, depth: int, fields: FieldSet, mapping: Mapping[str, str]) -> Header:
    """Return these rows read as a header, whatever they are."""
    paths = title_paths(sheet.rows[top : top + depth], top, sheet.merges)
    by_hand = {index: key for index, path in enumerate(paths) if (key := _by_hand(path, mapping)) is not None}
    columns = _columns(paths, fields, by_hand)
    known = set(columns.values())
    unknown: list[str] = []
    unclaimed = []
    serials, ours = set(), set()
    for index, path in enumerate(paths):
        if not path or index in known:
            continue
        if path[-1] in _OURS:
            ours.add(index)
        elif title_key(path[-1]) in _SERIALS:
            serials.add(index)
        else:
            unknown.append("/".join(map(shown_title, path)))
            if index not in by_hand:
                unclaimed.append(index)
    score = sum(3.0 if key in fields.needed_keys else 1.0 for key in columns) - 0.1 * depth
    titles = ["/".join(map(shown_title, path)) for path in paths]
    return Header(
        top, depth, titles, columns, unknown, frozenset(serials), frozenset(ours), score, tuple(unclaimed)
    )


def _columns(paths: Sequence[Path], fields: FieldSet, by_hand: Mapping[int, str]) -> dict[str, int]:
    """Return the column of each field; of several the one mapped by hand, else the one with the clearest title."""
    chosen = _best_of(_guesses(paths, fields, by_hand, head_is_other=True))
    weak = {key for key in fields.weak_titles.values() if chosen.get(key, (WEAK, 0))[0] == WEAK}
    if weak:
        chosen = _best_of(_guesses(paths, fields, by_hand, head_is_other=False))
    strange = in_strange_groups(
        paths, [index for rank, index in chosen.values() if rank > BY_HAND], frozenset(fields.by_title)
    )
    return {key: index for key, (_, index) in chosen.items() if index not in strange}


# how clearly a title names its field, clearest first
BY_HAND, EXACT, SYNONYM, PLAINER, WEAK = range(5)
_Guess = tuple[str, int]


def _best_of(guesses: Mapping[int, _Guess]) -> dict[str, tuple[int, int]]:
    """Return rank and column of the best guess for each field, in the order of the columns."""
    best: dict[str, tuple[int, int]] = {}
    for index, (key, rank) in guesses.items():
        if key:
            best[key] = min(best.get(key, (rank, index)), (rank, index))
    return dict(sorted(best.items(), key=lambda one: one[1][1]))


def _guesses(
    paths: Sequence[Path], fields: FieldSet, by_hand: Mapping[int, str], *, head_is_other: bool
) -> dict[int, _Guess]:
    """Return the field and rank of each column."""
    last_parts = Counter(title_key(path[-1]) for path in paths if path)
    own = {index for index, path in enumerate(paths) if fields.is_followed(_keys(path)[0])}
    others = of_others(paths, head_is_other=head_is_other, own=own)
    mapped = set(by_hand.values())
    guesses: dict[int, _Guess] = {}
    left = ""
    for index, path in enumerate(paths):
        guess: _Guess | None = None
        if index in by_hand:
            guess = by_hand[index], BY_HAND
        elif path and path[-1] not in _OURS:
            guess = _meaning(path, left, fields, last_parts, is_others=index in others)
            guess = None if guess and guess[0] in mapped else guess
        if guess:
            guesses[index] = guess
        left = guess[0] if guess else ""
    return guesses


def _by_hand(path: Path, mapping: Mapping[str, str]) -> str | None:
    return next((mapping[key] for key in _keys(path) if key in mapping), None) if path else None


def _meaning(
    path: Path, left: str, fields: FieldSet, last_parts: Counter[str], *, is_others: bool
) -> _Guess | None:
    """Return the field that a column title means: by the column left of it, or by its own words."""
    follower = _follower(path, left, fields)
    return (follower, EXACT) if follower else _by_own_words(path, fields, last_parts, is_others=is_others)


def _follower(path: Path, left: str, fields: FieldSet) -> str | None:
    if not left or len(path) != 1:
        return None
    titles = (title_key(text) for text in (path[0], without_brackets(path[0])))
    return next((found for title in titles if (found := fields.follower(left, title))), None)


def _by_own_words(
    path: Path, fields: FieldSet, last_parts: Counter[str], *, is_others: bool
) -> _Guess | None:
    """Return the field by the title's words, the whole path first; then without words that add no meaning.

    For another person's column only the whole path counts, and only where it is longer than its last part.
    """
    starts = range(1 if len(path) > 1 else 0) if is_others else range(len(path))
    for read in (_keys, _plainer_keys):
        for start in starts:
            suffix = path[start:]
            # 姓名 under six groups is ambiguous by itself
            if start and len(suffix) == 1 and last_parts[title_key(suffix[0])] > 1:
                continue
            known = next((key for key in read(suffix) if key in fields.by_title), None)
            if known:
                return fields.by_title[known], _rank(known, fields, is_plain=read is _keys)
    return None


def _rank(title: str, fields: FieldSet, *, is_plain: bool) -> int:
    if title in fields.weak_titles:
        return WEAK
    if not is_plain:
        return PLAINER
    return EXACT if title in fields.labels else SYNONYM


_ADDED_WORDS = re.compile(r"^(?:所属|所在|本人|居住)?(.+?)(?:姓名|名称|号码|编号)?$")


def _plainer_keys(path: Path) -> list[str]:
    """Return keys without words that add no meaning: 走访对象姓名 → 走访对象, 所在楼栋 → 楼栋."""
    return [_ADDED_WORDS.sub(r"\1", key) for key in _keys(path)]


@lru_cache(maxsize=512)  # every guess at a title calls this
def _keys(path: Path) -> tuple[str, str]:
    return (
        title_key("".join(path)),
        title_key("".join(without_brackets(part) for part in path)),
    )


def title_paths(rows: Sequence[Sequence[Cell]], top: int, merges: Sequence[Merge]) -> list[Path]:
    """Return the titles above each column, group first. A merged group is above all its columns.

    Where a file has no merging (CSV), a group extends right over blank cells as long as titles are below it.
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
