"""Of which kind an organisation is, by its name or a cell, and when two spellings are one; worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.choices import Level
from buildings.models import Place
from cadres.importers.organisations import Organisations, full_name, kind_in_cell, kind_in_name

QUARTER = Place(name="怡康苑北区", level=Level.QUARTER, path="/1/2/")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("百步亭社区党委", "committee"),
        ("中共百步亭社区委员会", "committee"),
        ("街道党工委", "committee"),
        ("康和党总支", "general_branch"),
        ("中共怡康苑总支部委员会", "general_branch"),
        ("怡康总支", "general_branch"),
        ("第一党支部", "branch"),
        ("第三支部委员会", "branch"),
        ("物业党支部（功能型）", "branch"),
        ("504栋党小组", "group"),
        ("居民委员会", None),
        ("业主委员会", None),
        ("怡康苑", None),
        ("", None),
    ],
)
def test_the_kind_stands_at_the_end_of_the_name(name: str, kind: str | None) -> None:
    assert kind_in_name(name) == kind


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("党委", "committee"),
        ("社区级", "committee"),
        ("总支", "general_branch"),
        ("二级党总支", "general_branch"),
        ("苑区级", "general_branch"),
        ("支部", "branch"),
        ("片区", "branch"),
        ("党小组", "group"),
        ("三级", None),
        ("", None),
    ],
)
def test_a_cell_says_the_kind_or_its_level(cell: str, kind: str | None) -> None:
    assert kind_in_cell(cell) == kind


@pytest.mark.parametrize(
    ("name", "whole"),
    [
        ("第一党支部", "怡康苑北区第一党支部"),
        ("第十二支部", "怡康苑北区第十二支部"),
        ("第1片区党支部", "怡康苑北区第1片区党支部"),
        ("怡康苑北区第一党支部", "怡康苑北区第一党支部"),
        ("康和党支部", "康和党支部"),
    ],
)
def test_a_number_alone_is_made_whole_by_its_quarter(name: str, whole: str) -> None:
    assert full_name(name, QUARTER) == whole
    assert full_name(name, None) == name


@given(name=st.text(alphabet="第一二三怡康苑党总支部委员会社区中共", max_size=12))
def test_a_whole_name_stays_whole(name: str) -> None:
    once = full_name(name, QUARTER)
    assert full_name(once, QUARTER) == once
    assert kind_in_name(once) == kind_in_name(name)


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("第一党支部", "中共百步亭社区第一支部委员会", True),
        ("第一党支部", "第1支部", True),
        ("社区第一党支部", "百步亭社区第一党支部", True),
        ("第一党支部", "第十一党支部", False),
        ("怡康苑第一党支部", "第一党支部", False),
    ],
)
def test_two_spellings(one: str, other: str, are_one: bool) -> None:
    known = Organisations.__new__(Organisations)
    known.community = Place(name="百步亭社区")
    assert (known._key(one, "branch") == known._key(other, "branch")) is are_one
