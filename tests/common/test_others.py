"""Whose column it is: titles under or beside somebody else's are his, whatever order the columns stand in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baibuting.common.tabular.fields import Content, Field, FieldSet
from baibuting.common.tabular.headers import Header
from tests.common.books import Range, csv_of, tables, xlsx

PEOPLE = FieldSet(
    kind="people",
    title="人员名册",
    fields=[
        Field("name", "姓名", ["居民姓名", "对象"], weak_synonyms=["户主姓名", "户主"], content=Content.NAME),
        Field("id_number", "身份证号", ["身份证号码", "证件号码"]),
        Field("phone", "联系电话", ["电话", "手机号码"]),
        Field("born_on", "出生日期", ["出生年月"]),
        Field("address", "住址", ["家庭住址"]),
        Field("since", "享受起始日期"),
    ],
    needed=[["name"], ["address"]],
)
OTHERS = [
    "监护人",
    "家属",
    "紧急联系人",
    "子女",
    "配偶",
    "帮教责任人",
    "护理人",
    "第一联系人",
    "网格员",
    "家庭医生",
]


def header_of(rows: Sequence[Sequence[str]], merges: Sequence[Range] = ()) -> Header:
    return tables(xlsx(rows, merges=merges), fields=PEOPLE)[0].header


def test_it_works() -> None:
    rows = [
        ["姓名", "住址", "监护人", ""],
        ["", "", "姓名", "手机号码"],
        ["邓小满", "1栋", "邓大满", "19900000001"],
    ]
    merges = [(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 0, 3)]
    for header in (header_of(rows, merges), tables(csv_of(rows), fields=PEOPLE)[0].header):
        assert header.columns == {"name": 0, "address": 1}
        assert (header.top, header.depth) == (0, 2)
        assert header.unknown == ["监护人/姓名", "监护人/手机号码"]


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("own", ["联系电话", "身份证号", "出生日期"])
def test_under_and_beside_somebody_else(other: str, own: str) -> None:
    under = header_of(
        [["姓名", "住址", other, ""], ["", "", "姓名", own], ["邓小满", "1栋", "邓大满", "x"]],
        [(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 0, 3)],
    )
    beside = header_of([["姓名", "住址", other, own], ["邓小满", "1栋", "邓大满", "x"]])
    named = header_of([["姓名", "住址", f"{other}{own}"], ["邓小满", "1栋", "x"]])
    for header in (under, beside, named):
        assert header.columns == {"name": 0, "address": 1}


@given(st.permutations(["姓名", "身份证号", "联系电话", "出生日期", "住址"]), st.sampled_from(OTHERS))
def test_what_stands_before_somebody_else_stays_the_persons(titles: list[str], other: str) -> None:
    header = header_of([[*titles, other, "联系电话", "与本人关系"], ["x"] * 8])
    assert {key: header.titles[index] for key, index in header.columns.items()} == {
        "name": "姓名", "id_number": "身份证号", "phone": "联系电话", "born_on": "出生日期", "address": "住址",
    }  # fmt: skip
    assert header.columns["phone"] < 5


def test_a_title_that_says_whose_it_is_belongs_to_nobody_beside() -> None:
    titles = ["住址", "楼长姓名", "楼长手机", "居民姓名", "本人电话"]
    fields = replace(PEOPLE, fields=[*PEOPLE.fields, Field("own_phone", "本人电话")])
    header = tables(xlsx([titles, ["x"] * 5]), fields=fields)[0].header
    assert header.columns == {"address": 0, "name": 3, "own_phone": 4}


@given(st.permutations(["户主姓名", "姓名", "住址", "备注"]))
def test_the_exact_name_of_a_field_wins_wherever_it_stands(titles: list[str]) -> None:
    header = header_of([titles, ["x"] * 4])
    assert header.titles[header.columns["name"]] == "姓名"
    assert "户主姓名" in header.unknown


def test_a_head_of_household_is_the_person_where_nobody_else_is() -> None:
    header = header_of([["户主姓名", "身份证号码", "联系电话", "家庭住址"], ["x"] * 4])
    assert header.columns == {"name": 0, "id_number": 1, "phone": 2, "address": 3}
    rows = [["户主", "", "", "家庭住址"], ["姓名", "身份证号码", "电话", ""], ["x"] * 4]
    assert header_of(rows, [(0, 0, 0, 2), (0, 3, 1, 3)]).columns == {
        "name": 0,
        "id_number": 1,
        "phone": 2,
        "address": 3,
    }


def test_a_head_of_household_beside_a_name_keeps_his_number() -> None:
    header = header_of([["姓名", "户主", "身份证号", "家庭住址"], ["x"] * 4])
    assert header.columns == {"name": 0, "address": 3}


def test_a_label_beats_a_synonym() -> None:
    header = header_of([["对象", "姓名", "手机号码", "联系电话", "住址"], ["x"] * 5])
    assert (header.columns["name"], header.columns["phone"]) == (1, 3)


def test_a_group_nobody_knows_keeps_what_goes_with_its_name() -> None:
    rows = [["姓名", "住址", "承租方", ""], ["", "", "姓名", "电话"], ["x"] * 4]
    assert header_of(rows, [(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 0, 3)]).columns == {"name": 0, "address": 1}


@pytest.mark.parametrize("title", ["低保证号", "残疾证号", "医保卡号", "银行账号", "老年证编号"])
def test_other_numbers_are_no_id_number(title: str) -> None:
    assert "id_number" not in header_of([["姓名", "住址", title], ["x"] * 3]).columns


def test_the_number_of_another_document_is_no_id_number() -> None:
    rows = [["姓名", "住址", "残疾证", ""], ["", "", "证件号码", "等级"], ["x"] * 4]
    assert "id_number" not in header_of(rows, [(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 0, 3)]).columns


@pytest.mark.parametrize("title", ["享受起始时间", "享受起始年月", "享受起始日期", "出生时间", "出生年月日"])
def test_the_words_for_a_day_are_one(title: str) -> None:
    key = "born_on" if title.startswith("出生") else "since"
    assert header_of([["姓名", "住址", title], ["x"] * 3]).columns[key] == 2
