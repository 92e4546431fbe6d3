"""What an export of ours says above its header; and that nobody else's words are taken for it."""

from __future__ import annotations

import pytest

from baibuting.common.tabular.marks import MASKED, NOT_A_ROSTER, refuse_what_is_no_roster
from baibuting.common.tabular.problems import TabularError
from baibuting.common.tabular.reading import open_book
from baibuting.common.tabular.writing import export_book
from tests.common.books import xlsx

HEADER = ["姓名", "备注"]


@pytest.mark.parametrize(
    ("title", "note", "words"),
    [(f"居民名册{MASKED}", "", "脱敏"), ("配备率", f"2026年3月　{NOT_A_ROSTER}", "统计表")],
)
def test_it_works(title: str, note: str, words: str) -> None:
    book = export_book(title, HEADER, [["张**", ""]], note=note)
    with pytest.raises(TabularError, match=words):
        refuse_what_is_no_roster(open_book(book))


def test_moved_to_the_right_it_is_still_seen() -> None:
    with pytest.raises(TabularError):
        refuse_what_is_no_roster(open_book(xlsx([["", f"居民名册{MASKED}"], ["", *HEADER]])))


@pytest.mark.parametrize(
    "rows",
    [
        [["居民名册"], HEADER, ["张三", f"资料{MASKED}"]],
        [["两长四员汇总表（统计表）"], HEADER],
        [["已脱敏名册"], HEADER],
        [HEADER, ["张三", ""], ["李四", ""], [f"王五{MASKED}", ""]],
    ],
)
def test_an_offices_own_words_are_no_mark(rows: list[list[str]]) -> None:
    refuse_what_is_no_roster(open_book(xlsx(rows)))
