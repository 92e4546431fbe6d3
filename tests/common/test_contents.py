"""Columns nobody knows by their title, told by what stands in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from baibuting.common.tabular.contents import content_of
from baibuting.common.tabular.fields import Content, Field, FieldSet
from baibuting.common.tabular.importing import Intake
from baibuting.common.tabular.problems import LayoutError
from tests.common.books import tables, xlsx

PEOPLE = FieldSet(
    kind="people",
    title="人员名册",
    fields=[
        Field("name", "姓名", content=Content.NAME),
        Field("id_number", "身份证号", content=Content.ID_NUMBER),
        Field("phone", "联系电话", content=Content.PHONE),
        Field("born_on", "出生日期", content=Content.BIRTHDAY),
        Field("since", "纳入日期", content=Content.DAY),
        Field("address", "住址", content=Content.ADDRESS),
        Field("building", "楼栋", content=Content.BUILDING),
    ],
    needed=[["name"], ["address", "building"]],
)
NAMES = ["邓小满", "韩梅", "令狐大同", "阿依古丽·艾合买提"]
ADDRESSES = ["南苑5栋2单元301室", "南苑6栋101", "7号楼1-203", "南苑8幢3单元402"]


def columns(**given: Sequence[Any]) -> bytes:
    """A workbook with these columns."""
    return xlsx([list(given), *map(list, zip(*given.values(), strict=True))])


def test_it_works() -> None:
    table = tables(columns(长者=NAMES, 住址=ADDRESSES, 机号=["19900000001"] * 4), fields=PEOPLE)[0]
    assert table.proposals.taken == {"长者": "name"}
    assert table.proposals.suggested == {"机号": "phone"}
    assert table.header.columns == {"address": 1, "name": 0}
    assert [row.cells["name"] for row in table.rows()] == NAMES


def test_where_no_title_at_all_is_known() -> None:
    """The needed columns are told by their contents, and the line of titles with them; the others are proposed."""
    rows = [
        ["人员信息采集"],
        ["人", "门户", "机号"],
        *map(list, zip(NAMES, ADDRESSES, ["19900000001"] * 4, strict=True)),
    ]
    table = tables(xlsx(rows), fields=PEOPLE)[0]
    assert table.proposals.taken == {"人": "name", "门户": "address"}
    assert table.proposals.suggested == {"机号": "phone"}
    assert [row.cells["name"] for row in table.rows()] == NAMES


def test_where_the_contents_do_not_tell_either_it_is_refused() -> None:
    rows = [["人", "门户"], ["甲", "一"], ["乙", "二"]]
    with pytest.raises(LayoutError):
        tables(xlsx(rows), fields=PEOPLE)


def test_the_report_says_what_was_taken() -> None:
    intake = Intake(columns(长者=NAMES, 住址=ADDRESSES, 机号=["19900000001"] * 4), PEOPLE, {}, None)
    list(intake.rows())
    report = intake.finish()
    assert report.taken_by_content == {"长者": "name"}
    assert report.suggested == {"机号": "phone"}
    assert report.recognised["长者"] == "姓名"
    assert report.unrecognised == ["机号"]
    assert [(one.column, one.reason) for one in report.warned] == [("长者", "taken by content")]


def test_of_two_candidates_none_is_taken() -> None:
    with pytest.raises(LayoutError) as refused:
        tables(columns(长者=NAMES, 来访=NAMES, 住址=ADDRESSES, 联系电话=["1"] * 4), fields=PEOPLE)
    assert refused.value.missing == ["姓名"]
    assert refused.value.suggested == {}


def test_what_a_person_has_decided_stands() -> None:
    data = columns(长者=NAMES, 住址=ADDRESSES)
    with pytest.raises(LayoutError):
        tables(data, {"长者": ""}, PEOPLE)


@pytest.mark.parametrize("title", ["监护人手机", "家属电话号", "紧急联络电话", "子女手机"])
def test_a_phone_of_somebody_else_is_never_proposed(title: str) -> None:
    table = tables(columns(姓名=NAMES, 住址=ADDRESSES, **{title: ["19900000001"] * 4}), fields=PEOPLE)[0]
    assert table.proposals.suggested == {}


@pytest.mark.parametrize("title", ["慰问人", "记录者", "户主称呼"])
def test_the_name_of_somebody_else_is_never_taken(title: str) -> None:
    with pytest.raises(LayoutError):
        tables(columns(**{title: NAMES}, 住址=ADDRESSES), fields=PEOPLE)


@pytest.mark.parametrize(
    ("cells", "content"),
    [
        (NAMES, Content.NAME),
        (["11010519491231002X", "'440524188001010014", "x", "110105194912310021", "110105194912310022"], Content.ID_NUMBER),
        (["儿子19900000001", 19900000002.0, "199 0000 0003"], Content.PHONE),
        (ADDRESSES, Content.ADDRESS),
        (["5栋", "南苑6幢", "7号楼"], Content.BUILDING),
        ([date(1950, 3, 1), "1949.12.31", "19480101"], Content.BIRTHDAY),
        ([date(2025, 3, 1), "2026.1.31", "2026年2月1日"], Content.DAY),
        (["男", "女", "女"], Content.GENDER),
        (["高中", "初中", "高中", "高中"], None),
        (["汉族", "汉族", "满族"], None),
        ([45000.0, 45010.0, 45020.0], None),
        (["82000001", "42990001", "42990002"], None),
        (["邓小满", "韩梅", "低保", "见附表", "无业"], None),
        (["是", "否", "是"], None),
        ([], None),
        (["邓小满", "x"], None),
    ],
)  # fmt: skip
def test_contents(cells: list[Any], content: Content | None) -> None:
    assert content_of(cells) is content


@pytest.mark.parametrize("title", ["停保时间", "填表日期", "登记时间", "死亡日期", "出院时间"])
def test_a_day_that_begins_nothing_is_not_proposed(title: str) -> None:
    assert content_of([date(2026, 3, day) for day in range(1, 9)], title) is None


VISITS = replace(
    PEOPLE,
    kind="visits",
    fields=[*PEOPLE.fields, Field("seen", "见到本人"), Field("way", "方式")],
    needed=[["name"], ["way"]],
)
