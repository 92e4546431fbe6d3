"""Cells that show an Excel error instead of a value: they have no meaning in any column, not even "none"."""

from __future__ import annotations

import re

from baibuting.common.tabular.errors import NOT_CALCULATED
from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.text import half_width

# what Excel, WPS and LibreOffice show, also where it was copied as text; within longer text it is still an error
_SHOWN = re.compile(
    rf"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA|FIELD!|BLOCKED!|CONNECT!|UNKNOWN!|BUSY!|PYTHON!|EXTERNAL!)"
    rf"|^{NOT_CALCULATED}$|^Err:\d{{3}}$",
    re.IGNORECASE,
)


def error_shown(cell: Cell) -> str:
    """Return the error a cell shows (#N/A, #REF!, #未计算), "" for a cell that shows none."""
    if not isinstance(cell, str) or not ("#" in cell or "＃" in cell or cell[:3].lower() == "err"):
        return ""
    found = _SHOWN.search(half_width(cell))
    return found.group() if found else ""


def refuse_error(cell: Cell) -> None:
    """Raise CellError "formula error" for a cell that shows an error instead of a value."""
    shown = error_shown(cell)
    if shown == NOT_CALCULATED:
        raise CellError(
            "formula error",
            "这一格的公式还没有算出结果。请用 Excel 或 WPS 打开文件，保存一次后再导入。",
        )
    if shown:
        raise CellError(
            "formula error",
            f"这一格的公式出错，显示的是 {shown}，看不到内容。请改正公式或直接填写内容；没有就清空。",
        )
