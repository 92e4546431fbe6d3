"""A mask never shows more than its docstring says, whatever people write into the cell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baibuting.common.masking import mask_address, mask_id_number, mask_name, mask_phone


def test_it_works() -> None:
    assert mask_name("张三丰") == "张**"
    assert mask_phone("13812341234") == "138****1234"
    assert mask_id_number("429999194903071768") == "****************68"
    assert mask_address("湖北省武汉市江岸区中山大道1号2栋301") == "湖北省武汉市江岸区****"


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张**"),
        ("欧阳修", "欧**"),
        ("迪丽努尔·买买提", "迪**"),
        ("𠮷田", "𠮷**"),
        (" 张三", "张**"),
        ("", ""),
        (" ", ""),
    ],
)
def test_a_name_shows_one_character(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@given(st.text(min_size=1, alphabet=st.characters(exclude_categories=["Zs", "Cc", "Zl", "Zp"])))
def test_the_length_of_a_name_does_not_show(name: str) -> None:
    assert mask_name(name) == f"{name[0]}**"


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("138-1234-1234", "138****1234"),
        ("027-82345678", "****78"),
        ("82345678", "****78"),
        ("13812341234，13912345678", "138****1234；139****5678"),
        ("13812341234/027-82345678", "138****1234；****78"),
        ("13812341234王小明", "138****1234"),
        ("王小明：13812341234（儿子）", "138****1234"),
        ("138 1234 1234", "****；****；****"),
        ("110", "****"),
        ("同上", "****"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_phones(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


@given(st.text())
def test_a_masked_phone_holds_no_words(text: str) -> None:
    assert set(mask_phone(text)) <= set("0123456789*；")


@pytest.mark.parametrize(
    ("id_number", "masked"),
    [
        ("42999919490307176X", "****************6X"),
        ("429999490307176", "****************76"),
        ("1768", "******************"),
        ("4", "******************"),
        ("", ""),
    ],
)
def test_an_id_number_shows_its_end_only(id_number: str, masked: str) -> None:
    assert mask_id_number(id_number) == masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("武汉市江岸区中山大道1号", "武汉市江岸区****"),
        ("黄陂区李集街5号", "黄陂区****"),
        ("湖北省孝感市大悟县城关镇", "湖北省孝感市大悟县****"),
        ("新疆维吾尔自治区喀什市人民路", "新疆维吾尔自治区喀什市****"),
        ("百步亭花园怡和苑北区504栋", "****"),
        ("阳光小区3栋502", "****"),
        ("同安社区4号", "****"),
        ("中山大道5号", "****"),
        ("5号", "****"),
        ("", ""),
    ],
)
def test_an_address_shows_administration_only(address: str, masked: str) -> None:
    assert mask_address(address) == masked
