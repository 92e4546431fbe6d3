"""One spelling of a name, whatever the keyboard; initials that find it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import Style, pinyin

from baibuting.common.names import (
    COMPOUND_INITIALS,
    LONGEST,
    SURNAME_INITIALS,
    normalise_name,
    pinyin_initials,
)


def test_it_works() -> None:
    assert normalise_name(" 迪丽努尔•买买提\u3000") == "迪丽努尔·买买提"
    assert pinyin_initials("张三丰") == "zsf"


@pytest.mark.parametrize("dot", "·•‧．・∙⋅●｡.")
def test_every_dot_becomes_the_one(dot: str) -> None:
    assert normalise_name(f"迪丽努尔{dot}买买提") == "迪丽努尔\u00b7买买提"
    assert normalise_name(f"迪丽努尔 {dot} 买买提{dot}") == "迪丽努尔\u00b7买买提"


@pytest.mark.parametrize(
    "space", [" ", "\u3000", "\u00a0", "\t", "\n", "\u2003", "\u200b", "\ufeff", "\u2060"]
)
def test_spaces_go_wherever_they_stand(space: str) -> None:
    assert normalise_name(f"{space}张{space}三{space}") == "张三"


@pytest.mark.parametrize("name", ["𠮷田", "㛃", "䶮", "龑", "〇", "﨑", "\ue863"])
def test_rare_characters_stay(name: str) -> None:
    assert normalise_name(name) == name


@pytest.mark.parametrize(
    "mark",
    ["\u00ad", "\u3164", "\u115f", "\u1160", "\uffa0", "\ufe0f", "\U000e0100", "\U000e01ef", "\u2028", "\u2061", "\u2064", "\u202e", "\u2066", "\u200f"],
)  # fmt: skip
def test_what_nobody_sees_goes(mark: str) -> None:
    assert normalise_name(f"{mark}张{mark}三{mark}") == "张三"


def test_composed_and_decomposed_are_one_name() -> None:
    assert normalise_name("Jose\u0301") == normalise_name("Jos\u00e9") == "Jos\u00e9"


def test_compatibility_forms_stay() -> None:
    assert normalise_name("Ａ㈱") == "Ａ㈱"


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise_name(normalise_name(text)) == normalise_name(text)


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("单雄信", "sxx"),
        ("曾国藩", "zgf"),
        ("仇英", "qy"),
        ("翟志刚", "zzg"),
        ("解缙", "xj"),
        ("区寄", "oj"),
        ("覃勇", "qy"),
        ("王单", "wd"),  # only a surname is read as one
        ("尉迟恭", "ycg"),
        ("万俟卨", "mqx"),
        ("万里", "wl"),
        ("欧阳修", "oyx"),
        ("长孙无忌", "zswj"),
        ("迪丽努尔·买买提", "dlnemmt"),
        ("Tom王", "tomw"),
        ("李A", "la"),
        ("𠮷田", "𠮷t"),
        ("", ""),
    ],
)
def test_initials(name: str, initials: str) -> None:
    assert pinyin_initials(name) == initials


def test_every_entry_of_the_tables_is_needed() -> None:
    def everyday(text: str) -> str:
        return "".join(pinyin(one, style=Style.FIRST_LETTER)[0][0] for one in text)

    assert [
        text for text, ours in (SURNAME_INITIALS | COMPOUND_INITIALS).items() if everyday(text) == ours
    ] == []


@given(st.text(max_size=80))
def test_initials_fit_their_column(name: str) -> None:
    assert len(pinyin_initials(name)) <= LONGEST
