"""A sentence is cut at the stop nearest to its middle, else in the middle; nothing of it is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotes.rules import cut


@pytest.mark.parametrize(
    ("sentence", "halves"),
    [
        ("绿水青山就是金山银山", ("绿水青山就", "是金山银山")),
        ("江山就是人民，人民就是江山", ("江山就是人民，", "人民就是江山")),
        (
            "千头万绪的事，说到底，是千家万户的事",
            ("千头万绪的事，", "说到底，是千家万户的事"),
        ),  # as near: the first
        ("事，千头万绪的事，是千家万户的事", ("事，千头万绪的事，", "是千家万户的事")),
        ("  江山就是人民，人民就是江山 ", ("江山就是人民，", "人民就是江山")),
        ("为中国人民谋幸福为中华民族谋复兴，", ("为中国人民谋幸福为", "中华民族谋复兴，")),
        ("一二三四五六七八九", ("一二三四五", "六七八九")),
    ],
)
def test_it_works(sentence: str, halves: tuple[str, str]) -> None:
    assert cut(sentence) == halves


@given(
    st.text(st.sampled_from("天地人，；、：abc "), min_size=2)
    .map(str.strip)
    .filter(lambda text: len(text) > 1)
)
def test_the_halves_are_the_sentence(text: str) -> None:
    first, second = cut(text)
    assert first + second == text
    assert first
    assert second
