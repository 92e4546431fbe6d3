"""From sheets to data rows: what is skipped, what is filled down, which sheets count."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from baibuting.common.tabular.fields import FieldSet
from baibuting.common.tabular.problems import LayoutError, TabularError
from tests.common.books import FIELDS, HEADER, cells, csv_of, rows_of, tables, xls, xlsx

TREE = ("quarter", "precinct", "building")


def person(number: Any, quarter: str, precinct: str, building: str, name: str = "张三") -> list[Any]:
    return [number, quarter, precinct, building, name, "19900000001"]


def test_it_works() -> None:
    data = xlsx(
        [HEADER, person(1, "怡康苑", "第一片区", "301栋"), person(2, "文卉苑", "第一片区", "101栋", "李四")]
    )
    assert cells(data, *TREE, "name") == [
        (2, "怡康苑", "第一片区", "301栋", "张三"),
        (3, "文卉苑", "第一片区", "101栋", "李四"),
    ]


@pytest.mark.parametrize("make", [xlsx, xls])
@pytest.mark.parametrize("merged", [True, False])
def test_a_blank_quarter_means_as_above_merged_or_not(make: Any, merged: bool) -> None:
    rows = [
        HEADER,
        person(1, "怡康苑", "第一片区", "301栋"),
        person(2, "", "", "302栋"),
        person(3, "", "第二片区", "303栋"),
    ]
    data = make(rows, merges=[(1, 1, 3, 1), (1, 2, 2, 2)] if merged else [])
    assert cells(data, *TREE) == [
        (2, "怡康苑", "第一片区", "301栋"),
        (3, "怡康苑", "第一片区", "302栋"),
        (4, "怡康苑", "第二片区", "303栋"),
    ]


def test_a_new_quarter_ends_the_precinct_above_it() -> None:
    data = xlsx([HEADER, person(1, "怡康苑", "第一片区", "301栋"), person(2, "文卉苑", "", "101栋")])
    assert cells(data, *TREE)[1] == (3, "文卉苑", "", "101栋")


def test_the_same_quarter_written_again_does_not() -> None:
    data = xlsx([HEADER, person(1, "怡康苑", "第一片区", "301栋"), person(2, "怡康苑", "", "302栋")])
    assert cells(data, *TREE)[1] == (3, "怡康苑", "第一片区", "302栋")


def test_a_failed_formula_is_not_filled_from_above() -> None:
    failed = {"=": "=VLOOKUP(D3,X:Y,2,0)", "value": "#N/A"}
    rows = [HEADER, person(1, "怡康苑", "第一片区", "301栋"), [2, failed, "第一片区", "101栋", "李四", ""]]
    assert cells(xlsx(rows), "quarter")[1] == (3, "#N/A")


def test_a_person_merged_over_two_rows_counts_for_both() -> None:
    rows = [["楼栋", "姓名", "纳入日期"], ["301栋", "张三", "2026-01-01"], ["", "", "2026-02-01"]]
    data = xlsx(rows, merges=[(1, 0, 2, 0), (1, 1, 2, 1)])
    assert cells(data, "building", "name", "since") == [
        (2, "301栋", "张三", "2026-01-01"),
        (3, "301栋", "张三", "2026-02-01"),
    ]


def test_blank_rows_and_numbered_blank_rows_are_no_data() -> None:
    rows = [
        HEADER,
        [],
        person(1, "怡康苑", "第一片区", "301栋"),
        [2],
        [3, "  ", "\u3000"],
        person(4, "", "", "302栋"),
    ]
    assert [number for number, *_ in cells(xlsx(rows))] == [3, 6]


@pytest.mark.parametrize(
    "footer",
    [
        ["合计", "", "", 110, "", 7706],
        ["", "合计", "", "110栋"],
        ["合计：110栋"],
        ["合计110栋"],
        ["共110栋"],
        ["怡康苑小计", "", "", 40],
        ["本页合计", "", "", 40],
        ["", "", "总 计", 40],
        ["制表人：李敏", "", "", "审核人：王强"],
        ["填表人（签字）：", "", "", "日期："],
        ["填报单位（盖章）"],
        ["报送单位：百步亭社区", "", "", "时间：2026年"],
        ["备注：空白表示空缺"],
        ["注：以上信息由各苑区提供"],
        ["说明：1.本表一式两份"],
        ["第1页", "", "", "共3页"],
        ["以下空白"],
        ["", "", "", "", "", "2026年11月23日"],
    ],
)
def test_totals_signatures_and_remarks_are_no_data(footer: list[Any]) -> None:
    rows = [HEADER, person(1, "怡康苑", "第一片区", "301栋"), [], footer]
    assert [number for number, *_ in cells(xlsx(rows))] == [2]


@pytest.mark.parametrize(
    "row",
    [
        person(2, "", "", "302栋", "合小计"),
        person(2, "", "", "302栋", "共同"),
        person(2, "", "", "合计巷1栋"),
        person(2, "如意苑", "第一片区", "1栋", "如花"),
        person(2, "", "", "备注栋"),
        [2, "", "", "302栋", "", ""],
    ],
)
def test_data_is_not_mistaken_for_a_footer(row: list[Any]) -> None:
    assert [
        number for number, *_ in cells(xlsx([HEADER, person(1, "怡康苑", "第一片区", "301栋"), row]))
    ] == [2, 3]


@pytest.mark.parametrize(
    "hint",
    [
        ["", "必填，同一苑区可合并单元格", "必填", "必填，如 205栋", "", ""],
        ["", "选填", "选填", "（必填）", "必填", "11位手机号"],
        ["", "如：怡康苑", "如：第一片区", "如：301栋", "如：张三", "如：199"],
        ["填写前请删除本行", "怡康苑", "第一片区", "301栋", "张三", ""],
        ["例", "怡康苑", "第一片区", "301栋", "张三", "19900000000"],
        ["示例：", "怡康苑", "第一片区", "301栋", "张三", ""],
        ["1", "2", "3", "4", "5", "6"],
        [1, 2, 3, 4, 5, 6],
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"],
        ["甲", "乙", "丙", "丁", "戊", "己"],
    ],
)
def test_a_hint_or_example_under_the_header_is_no_data(hint: list[Any]) -> None:
    data = xlsx([HEADER, hint, person(1, "怡康苑", "第一片区", "301栋")])
    assert [number for number, *_ in cells(data)] == [3]


def test_a_row_like_a_hint_further_down_is_data() -> None:
    rows = [
        HEADER,
        person(1, "怡康苑", "第一片区", "301栋"),
        ["", "如：怡康苑", "如：第一片区", "如：1栋", "如：张三", ""],
    ]
    assert [number for number, *_ in cells(xlsx(rows))] == [2, 3]


def test_a_header_repeated_by_page_breaks_is_no_data() -> None:
    top = [["百步亭社区人员名册"], HEADER]
    rows = [
        *top,
        person(1, "怡康苑", "第一片区", "301栋"),
        *top,
        ["", "必填", "必填", "必填", "必填", ""],
        person(2, "", "第二片区", "302栋"),
    ]
    data = xlsx(rows, merges=[(0, 0, 0, 5), (3, 0, 3, 5)])
    # 苑区 stood above the break: a new page says it again or leaves it unsaid
    assert cells(data, *TREE) == [(3, "怡康苑", "第一片区", "301栋"), (7, "", "第二片区", "302栋")]


def test_both_rows_of_a_header_may_be_repeated() -> None:
    top = [["楼栋", "卫生员", ""], ["", "姓名", "联系电话"]]
    rows = [*top, ["1栋", "张三", "1"], *top, ["2栋", "李四", "2"]]
    data = xlsx(rows, merges=[(0, 0, 1, 0), (0, 1, 0, 2), (3, 0, 4, 0), (3, 1, 3, 2)])
    found = rows_of(data, {"卫生员/姓名": "health"})
    assert [(row.number, row.cells["health"]) for row in found] == [(3, "张三"), (6, "李四")]


def test_headings_between_the_rows_name_what_stands_below() -> None:
    header = ["序号", "楼栋", "姓名"]
    rows = [
        header,
        ["怡康苑"],
        [1, "301栋", "张三"],
        ["文卉苑", "", ""],
        [1, "101栋", "李四"],
        [2, "102栋", "王五"],
    ]
    data = xlsx(rows, merges=[(1, 0, 1, 2), (3, 0, 3, 2)])
    assert [(row.number, row.section) for row in rows_of(data)] == [
        (3, "怡康苑"),
        (5, "文卉苑"),
        (6, "文卉苑"),
    ]


def test_a_heading_named_like_a_hint_is_kept() -> None:
    rows = [["序号", "楼栋", "姓名"], ["如意苑"], [1, "301栋", "张三"]]
    assert [(row.number, row.section) for row in rows_of(xlsx(rows))] == [(3, "如意苑")]


def test_a_quarter_alone_in_its_column_is_a_heading_too() -> None:
    rows = [
        HEADER,
        ["", "怡康苑"],
        person(1, "", "第一片区", "301栋"),
        ["", "文卉苑"],
        person(2, "", "", "101栋"),
    ]
    assert cells(xlsx(rows), *TREE) == [(3, "怡康苑", "第一片区", "301栋"), (5, "文卉苑", "", "101栋")]


def test_one_sheet_for_each_quarter() -> None:
    short = ["片区", "楼栋", "姓名"]
    data = xlsx(
        [["请在各表中填写，身份证号设为文本"]],
        name="填写说明",
        sheets={
            "怡康苑": [short, ["第一片区", "301栋", "张三"]],
            "文卉苑": [["文卉苑人员名册"], short, ["第一片区", "101栋", "李四"]],
            "空表": [[]],
            "统计": [["苑区", "人数"], ["怡康苑", 1]],
        },
    )
    found = tables(data)
    assert [table.sheet.name for table in found] == ["怡康苑", "文卉苑"]
    assert [table.caption for table in found] == ["", "文卉苑人员名册"]
    assert [(row.table.sheet.name, row.number) for row in rows_of(data)] == [("怡康苑", 2), ("文卉苑", 3)]


def test_instructions_that_list_the_columns_are_no_data() -> None:
    told = [["列名", "是否必填", "说明"], ["楼栋", "必填", "如 205栋"], ["姓名", "必填", ""]]
    data = xlsx([HEADER, person(1, "怡康苑", "第一片区", "301栋")], sheets={"填写说明": told})
    assert [table.sheet.name for table in tables(data)] == ["名册"]


def test_hidden_sheets_do_not_count() -> None:
    old = [HEADER, person(1, "旧", "旧", "旧")]
    data = xlsx([HEADER, person(1, "怡康苑", "第一片区", "301栋")], sheets={"旧数据": old}, hidden=["旧数据"])
    assert len(rows_of(data)) == 1
    with pytest.raises(TabularError, match="只有隐藏的工作表"):
        rows_of(xlsx([[]], sheets={"旧数据": old}, hidden=["旧数据"]))


def test_records_of_a_csv_are_counted_not_lines() -> None:
    data = '楼栋,姓名\r\n301栋,"张\n三"\r\n\r\n302栋,李四\r\n'.encode()
    assert [number for number, *_ in cells(data)] == [2, 4]


def test_the_cells_as_they_were_left_are_kept() -> None:
    """The error workbook repeats the clerk's own row, not what was filled in."""
    data = csv_of([HEADER[1:], ["怡康苑", "第一片区", "301栋", "张三", "1"], ["", "", "302栋", "李四", "2"]])
    assert rows_of(data)[1].raw == ["", "", "302栋", "李四", "2"]


def test_the_first_section_may_stand_above_the_header_that_is_repeated_below_each() -> None:
    rows = [
        ["某小区名册"],
        ["7栋（楼长：甲）"],
        ["室号", "姓名", "楼栋"],
        ["101", "张三", "x"],
        ["8栋（楼长：乙）"],
        ["室号", "姓名", "楼栋"],
        ["102", "李四", "x"],
    ]
    table = tables(xlsx(rows, merges=[(0, 0, 0, 2), (1, 0, 1, 2), (4, 0, 4, 2)]))[0]
    assert [(row.number, row.section) for row in table.rows()] == [
        (4, "7栋（楼长：甲）"),
        (7, "8栋（楼长：乙）"),
    ]
    assert table.caption == "某小区名册"


def test_a_line_above_a_header_that_is_not_repeated_is_no_section() -> None:
    rows = [["某小区名册"], ["7栋"], ["楼栋", "姓名"], ["7栋", "张三"]]
    table = tables(xlsx(rows))[0]
    assert [row.section for row in table.rows()] == [""]
    assert table.caption == "某小区名册 7栋"


OUTSIDE = replace(
    FIELDS,
    needed=[["name"], ["building"]],
    said_outside={"building": lambda text: any(word in text for word in ("号楼", "幢", "8栋"))},
)
FLATS = [["姓名", "联系电话"], ["张三", "1"]]


@pytest.mark.parametrize(
    "data",
    [
        xlsx(FLATS, name="南苑7号楼"),
        xlsx([["南苑7幢住户名册"], *FLATS], merges=[(0, 0, 0, 1)]),
        xlsx([*FLATS, ["8栋"], ["李四", "2"]], merges=[(2, 0, 2, 1)]),
    ],
)
def test_a_building_may_be_said_outside_the_columns(data: bytes) -> None:
    assert next(row.cells["name"] for table in tables(data, fields=OUTSIDE) for row in table.rows()) == "张三"


@pytest.mark.parametrize("fields", [OUTSIDE, FIELDS])
def test_where_nothing_says_a_building_its_column_is_missing(fields: FieldSet) -> None:
    with pytest.raises(LayoutError) as refused:
        tables(xlsx([["南苑住户名册"], *FLATS], merges=[(0, 0, 0, 1)]), fields=fields)
    assert refused.value.missing == ["楼栋"]
    assert "请在表中加上这一列" in refused.value.message


@pytest.mark.parametrize(
    "footer",
    [
        ["单位负责人：", "填表人：", "填表日期：2026年3月"],
        ["社区主任签字：", "", "经办人：某"],
        ["单位负责人(签章)：", "", ""],
        ["审核人：", "电话：027", "上报时间："],
    ],
)
def test_a_row_to_sign_is_no_data(footer: list[str]) -> None:
    assert [
        row.number for row in rows_of(xlsx([["楼栋", "姓名", "性别"], ["1栋", "张三", "男"], footer]))
    ] == [2]
