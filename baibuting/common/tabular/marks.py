"""Marks above the header of our own exports, by which one that is no roster is recognised and refused."""

from __future__ import annotations

from baibuting.common.tabular.problems import TabularError
from baibuting.common.tabular.reading import Book
from baibuting.common.tabular.text import plain

MASKED = "（已脱敏）"
NOT_A_ROSTER = "本表不作导入用"
_LOOKED_AT = (
    3  # rows from the top; in each the first cell that is not blank, so that no remark is taken for a mark
)

_REFUSALS = {
    MASKED: "这是脱敏后的导出表，姓名或号码不完整，不能导入。请导出完整内容后再导入；如已补全，请先删去标题中的“（已脱敏）”。",
    NOT_A_ROSTER: "这是系统导出的统计表、清单或往日名册，不能导入。要导入，请用花名册、台账、走访记录的导出表或模板。",
}


def refuse_what_is_no_roster(book: Book) -> None:
    """Raise TabularError for a file that our own export has marked as not importable."""
    for sheet in book.sheets:
        said = [next(filter(None, map(plain, row)), "") for row in sheet.rows[:_LOOKED_AT]]
        for mark, refusal in _REFUSALS.items():
            if any(mark in text for text in said):
                raise TabularError(refusal)
