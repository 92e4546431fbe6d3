"""Cells and titles as plain text."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time

from baibuting.common.invisible import INVISIBLE, without_invisible
from baibuting.common.tabular.reading import Cell

_HALF_WIDTH = str.maketrans(
    {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
    | {0x3000: " ", 0x00A0: " ", 0x2007: " ", 0x202F: " "}
)
_BRACKETED = re.compile(r"[(（\[【〔<《].*?[)）\]】〕>》]", re.DOTALL)

# What offices write into a cell that has no value.
NOTHING = frozenset(
    {
        "",
        "无",
        "没有",
        "暂无",
        "空",
        "空缺",
        "暂缺",
        "缺",
        "缺员",
        "待定",
        "待补",
        "待选",
        "不详",
        "未知",
        "未填",
    }
    | {
        "暂空",
        "空白",
        "缺额",
        "未配",
        "未配备",
        "待配",
        "待配备",
        "出缺",
        "无人",
        "n/a",
        "na",
        "none",
        "null",
        "/",
        "\\",
    }
    | {"—", "——", "－", "-", "--", "---", "–", "*", "×", "x", "...", "……", "…", "_", "、", "。", "?"}
)

_LONGEST_NOTHING = 16  # with blanks between the characters; longer cells are not checked


def plain(cell: Cell) -> str:
    """Return a cell as text without blanks at the ends; numbers without a needless .0, dates as ISO."""
    if isinstance(cell, str):
        # called several times for every cell
        return cell.strip() if INVISIBLE.isdisjoint(cell) else without_invisible(cell).strip()
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e21 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def half_width(cell: Cell) -> str:
    """Return `plain` text with full-width letters, digits and signs as half-width ones; Chinese stays as it is."""
    text = plain(cell)
    return text if text.isascii() else text.translate(_HALF_WIDTH).strip()


def compact(cell: Cell) -> str:
    """Return `half_width` text without any white space."""
    return "".join(half_width(cell).split())


def says_nothing(cell: Cell) -> bool:
    """Return whether a cell is blank or holds one of the words for "nobody" or "nothing"."""
    if isinstance(cell, str) and (not cell or len(cell) > _LONGEST_NOTHING):
        return not cell or cell.isspace()
    return compact(cell).lower() in NOTHING


def title_key(text: str) -> str:
    """Return the key of a column title: letters, digits and characters only, one width, lower case."""
    return "".join(
        character
        for character in unicodedata.normalize("NFKC", without_invisible(text)).lower()
        if character.isalnum()
    )


def without_brackets(text: str) -> str:
    """Return a title without its bracketed remarks: 姓名（必填） → 姓名."""
    return _BRACKETED.sub("", text)


def shown_title(text: str) -> str:
    """Return a title as it is shown to the clerk: on one line, without blanks."""
    return "".join(text.split())
