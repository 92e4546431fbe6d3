"""Phones in every shape in which they can be read with certainty; the others are refused with a true reason."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baibuting.common.tabular.phones import parse_phone
from baibuting.common.tabular.problems import CellError

MOBILE = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


def refusal(cell: object) -> str:
    with pytest.raises(CellError) as error:
        parse_phone(cell)  # type: ignore[arg-type]
    assert error.value.reason == "phone"
    return error.value.message


def test_it_works() -> None:
    assert parse_phone("199 0571 9670") == "19905719670"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (19908227716.0, "19908227716"),
        ("１９９０８５０９７２４", "19908509724"),
        ("+86 199-0287-5909", "19902875909"),
        ("8619902875909", "19902875909"),
        ("027-82345678", "027-82345678"),
        ("（027）82345678", "027-82345678"),
        ("0717－6223344转12", "0717-6223344转12"),
        ("027-82345678 分机：203", "027-82345678转203"),
        ("82345678", "82345678"),
        ("400-820-1234", "400-820-1234"),
        ("19900001111/19900002222", "19900001111；19900002222"),
        ("大女儿19900001111，小儿子：19900002222", "19900001111；19900002222"),
        ("1、19900001111；2、19900002222", "19900001111；19900002222"),
        ("女儿2：19900001111", "19900001111"),
        ("199 0000 1111 199 0000 2222", "19900001111；19900002222"),
        ("手机:19906353078（微信同号）。", "19906353078"),
        ("19900001111、19900001111、", "19900001111"),
        ("Tel. 199.0000.1111", "19900001111"),
        ("无", ""),
    ],
)
def test_phones(cell: Any, expected: str) -> None:
    assert parse_phone(cell) == expected


@pytest.mark.parametrize("cell", ["1990875925", "199087592511", "12345678901", "1.99E+10", "电话不通", "同前", "199****1234", "8234", "19900001111、1990000"])  # fmt: skip
def test_what_is_no_phone_is_refused(cell: str) -> None:
    assert refusal(cell).endswith("。")


def test_the_reason_is_true() -> None:
    assert "这里是 10 位" in refusal("1990875925")
    assert "没有电话号码" in refusal("同下")
    assert "脱敏" in refusal("199****1234")


@given(
    MOBILE,
    st.sampled_from(
        ["{}", "本人{}", "{}（儿媳）", "联系电话：{}", "{}；", " {} ", "{}、、", "'{}", "+86{}", "0086 {}"]
    ),
)
def test_a_mobile_comes_out_of_any_shape(number: str, shape: str) -> None:
    assert parse_phone(shape.format(number)) == number


@given(MOBILE, st.integers(8, 10))
def test_a_shortened_mobile_is_refused(number: str, length: int) -> None:
    assert f"这里是 {length} 位" in refusal(number[:length]) or length == 8
