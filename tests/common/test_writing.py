"""Workbooks for the office: what we write, we read again; what we write, Excel leaves alone."""

from __future__ import annotations

import io
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from baibuting.common.tabular.fields import Field, FieldSet
from baibuting.common.tabular.reading import open_book
from baibuting.common.tabular.report import Rejection
from baibuting.common.tabular.table import choose_tables
from baibuting.common.tabular.writing import error_book, export_book, template_book
from tests.common.books import FIELDS, HEADER, csv_of, rows_of, tables, xls, xlsx


def opened(data: bytes) -> Any:
    """The workbook as another program sees it, formats included."""
    return openpyxl.load_workbook(io.BytesIO(data))


# --- exports


def test_it_works() -> None:
    rows = [["张三", "19900000001", 3, date(2026, 3, 5), True, None]]
    data = export_book("居民名册", ["姓名", "联系电话", "次数", "日期", "党员", "备注"], rows)
    assert open_book(data).sheets[0].rows == [
        ["居民名册", "", "", "", "", ""],
        ["姓名", "联系电话", "次数", "日期", "党员", "备注"],
        ["张三", "19900000001", 3.0, date(2026, 3, 5), "是", ""],
    ]


def test_numbers_that_are_names_of_things_stay_text() -> None:
    sheet = opened(export_book("x", ["身份证号"], [["429999197803051768"]])).active
    assert (sheet["A3"].value, sheet["A3"].data_type, sheet["A3"].number_format) == (
        "429999197803051768",
        "s",
        "@",
    )


@pytest.mark.parametrize(
    "text", ["=1+1", "+86 1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")']
)
def test_no_text_becomes_a_formula(text: str) -> None:
    """Not in this file, and not after somebody has edited the cell or saved the sheet as CSV and opened it again."""
    cell = opened(export_book("x", ["备注"], [[text]])).active["A3"]
    assert cell.data_type == "s"
    assert cell.number_format == "@"
    assert cell.quotePrefix


def test_plain_text_carries_no_such_mark() -> None:
    assert not opened(export_book("x", ["备注"], [["a=1"]])).active["A3"].quotePrefix


def test_the_header_is_frozen_and_filtered_and_repeated_in_print() -> None:
    sheet = opened(export_book("x", ["甲", "乙"], [[1, 2], [3, 4]])).active
    assert sheet.freeze_panes == "A3"
    assert sheet.auto_filter.ref == "A2:B4"
    assert sheet.print_title_rows == "$2:$2"


def test_neighbours_share_a_heading() -> None:
    data = export_book(
        "x", ["楼栋", "楼栋长/姓名", "楼栋长/电话", "卫生员/姓名", "备注"], [["1栋", "a", "b", "c", "d"]]
    )
    merged = {str(found) for found in opened(data).active.merged_cells.ranges}
    assert merged == {"A2:A3", "B2:C2", "E2:E3"}
    assert open_book(data).sheets[0].rows[2] == ["", "姓名", "电话", "姓名", ""]


def test_moments_are_told_in_wuhan_time() -> None:
    noon = datetime(2026, 11, 23, 4, 0, tzinfo=ZoneInfo("UTC"))
    assert open_book(export_book("x", ["时间"], [[noon], [time(14, 30)]])).sheets[0].rows[2:] == [
        [datetime(2026, 11, 23, 12, 0)],  # noqa: DTZ001
        [time(14, 30)],
    ]


def test_rare_characters_long_texts_and_old_days_survive() -> None:
    rows = [["𠮷䶮·买买提", "长" * 40_000, date(1899, 5, 1)]]
    read = open_book(export_book("[名册]: a/b*?" * 9, ["a", "b", "c"], rows)).sheets[0]
    assert read.rows[2] == ["𠮷䶮·买买提", "长" * 32_767, "1899-05-01"]


def test_an_export_without_rows_is_a_header() -> None:
    assert len(open_book(export_book("x", ["甲", "乙"], [])).sheets[0].rows) == 2


# --- templates


def test_an_unfilled_template_holds_no_rows() -> None:
    data = template_book(FIELDS)
    assert [table.sheet.name for table in tables(data)] == ["人员名册"]
    assert tables(data)[0].header.unknown == []
    assert rows_of(data) == []


def test_a_template_has_every_column_of_the_importer() -> None:
    assert set(tables(template_book(FIELDS))[0].header.columns) == {item.key for item in FIELDS.fields}


def test_a_filled_template_is_read() -> None:
    book = opened(template_book(FIELDS))
    sheet = book.worksheets[0]
    columns = {sheet.cell(2, at).value: at for at in range(1, 12)}
    first = next(at for at in range(1, 9) if str(sheet.cell(at, 1).value).startswith("选填"))
    for title, value in {"苑区": "怡康苑", "楼栋": "301栋", "姓名": "张三", "联系电话": "199"}.items():
        sheet.cell(first + 1, columns[title], value)
    target = io.BytesIO()
    book.save(target)
    rows = rows_of(target.getvalue())
    assert [row.number for row in rows] == [first + 1]
    assert {key: value for key, value in rows[0].cells.items() if value} == {
        "quarter": "怡康苑", "building": "301栋", "name": "张三", "phone": "199",
    }  # fmt: skip


def test_a_column_and_its_follower_share_a_heading() -> None:
    fields = FieldSet(
        "posts", "骨干",
        [Field("building", "楼栋"), Field("health", "卫生员姓名"), Field("tel", "卫生员电话", follows="health", following_titles=["电话"])],
        needed=[["building"], ["health"]],
    )  # fmt: skip
    data = template_book(fields)
    assert {str(found) for found in opened(data).worksheets[0].merged_cells.ranges} == {"A2:A3", "B2:C2"}
    header = choose_tables(open_book(data), fields)[0].header
    assert header.columns == {"building": 0, "health": 1, "tel": 2}


def test_a_template_offers_choices_and_keeps_digits() -> None:
    sheet = opened(template_book(FIELDS)).worksheets[0]
    [rule] = sheet.data_validations.dataValidation
    assert (rule.type, rule.formula1) == ("list", '"男,女"')
    assert all(dimension.number_format == "@" for dimension in sheet.column_dimensions.values())


def test_a_long_list_to_pick_from_lies_on_a_hidden_sheet() -> None:
    choices = [f"第{number}类困难家庭" for number in range(60)]
    data = template_book(
        FieldSet("x", "名册", [Field("a", "甲", choices=choices), Field("b", "乙")], needed=[["a"]])
    )
    assert open_book(data).hidden == ["选项1"]
    [rule] = opened(data).worksheets[0].data_validations.dataValidation
    assert rule.formula1 == "'选项1'!$A$1:$A$60"


def test_instructions_say_what_is_needed() -> None:
    told = {row[0]: row[1:] for row in open_book(template_book(FIELDS)).sheets[1].rows if row[0]}
    assert told["楼栋"] == ["必填", "如 205栋"]
    assert told["性别"] == ["选填", "可选：男、女"]


# --- rejected rows


def person(number: int, quarter: str, building: str, name: str, phone: Any = "19900000001") -> list[Any]:
    return [number, quarter, "第一片区", building, name, phone]


ROWS = [
    ["百步亭社区人员名册"],
    HEADER,
    person(1, "怡康苑", "301栋", "张三"),
    person(2, "", "302栋", "", "1990"),
    person(3, "", "303栋", "李四"),
    person(4, "文卉苑", "101栋", "王五", "=1+1"),
    ["合计", "", "", "4栋"],
]
REJECTED = [
    Rejection(4, "姓名", "missing name", "请填写姓名。", "名册"),
    Rejection(4, "联系电话", "phone", "电话不对。", "名册"),
    Rejection(6, "联系电话", "phone", "电话不对。", "名册"),
]
MERGES = [(0, 0, 0, 5), (2, 1, 4, 1)]


def test_rejected_rows_come_back_each_standing_for_itself() -> None:
    data = error_book(xlsx(ROWS, merges=MERGES), FIELDS, REJECTED)
    assert open_book(data).sheets[0].rows == [
        ["百步亭社区人员名册", *[""] * 8],
        [*HEADER, "错误单元格", "错误原因", "原行号"],
        [
            2.0,
            "怡康苑",
            "第一片区",
            "302栋",
            "",
            "1990",
            "E3 姓名\nF3 联系电话",
            "请填写姓名。\n电话不对。",
            4.0,
        ],
        [4.0, "文卉苑", "第一片区", "101栋", "王五", "=1+1", "F4 联系电话", "电话不对。", 6.0],
    ]


def test_wrong_cells_are_red_and_the_title_stays_merged() -> None:
    sheet = opened(error_book(xlsx(ROWS, merges=MERGES), FIELDS, REJECTED)).active
    red = {
        cell.coordinate for row in sheet.iter_rows() for cell in row if cell.fill.fgColor.rgb == "FFFDECEA"
    }
    assert red == {"E3", "F3", "F4"}
    assert "A1:F1" in {str(found) for found in sheet.merged_cells.ranges}
    assert (sheet["F4"].data_type, sheet["F4"].number_format) == ("s", "@")


def test_mended_and_sent_again_exactly_those_rows_are_read() -> None:
    book = opened(error_book(xlsx(ROWS, merges=MERGES), FIELDS, REJECTED))
    book.active["E3"], book.active["F3"], book.active["F4"] = "赵六", "19900000002", "19900000003"
    target = io.BytesIO()
    book.save(target)
    [table] = tables(target.getvalue())
    assert table.header.unknown == []
    assert [(row.number, row.cells["quarter"], row.cells["name"]) for row in table.rows()] == [
        (3, "怡康苑", "赵六"),
        (4, "文卉苑", "王五"),
    ]


def test_a_second_round_keeps_the_first_files_row_numbers() -> None:
    once = error_book(xlsx(ROWS, merges=MERGES), FIELDS, REJECTED)
    twice = error_book(once, FIELDS, [Rejection(4, "联系电话", "phone", "还是不对。", "名册")])
    assert open_book(twice).sheets[0].rows[1:] == [
        [*HEADER, "错误单元格", "错误原因", "原行号"],
        [4.0, "文卉苑", "第一片区", "101栋", "王五", "=1+1", "F3 联系电话", "还是不对。", 6.0],
    ]


def test_a_row_that_was_emptied_while_mending_is_no_data() -> None:
    book = opened(error_book(xlsx(ROWS, merges=MERGES), FIELDS, REJECTED))
    for column in "ABCDEF":
        book.active[f"{column}3"] = None
    target = io.BytesIO()
    book.save(target)
    assert [row.number for row in rows_of(target.getvalue())] == [4]


def test_a_header_of_two_rows_is_kept() -> None:
    rows = [
        ["楼栋", "卫生员", ""],
        ["", "卫生员姓名", "卫生员电话"],
        ["1栋", "张三", "12"],
        ["2栋", "李四", "1"],
    ]
    for made in (xlsx(rows, merges=[(0, 0, 1, 0), (0, 1, 0, 2)]), csv_of(rows)):
        [table] = tables(made)
        rejection = Rejection(4, table.header.titles[2], "phone", "电话不对。", table.sheet.name)
        [again] = tables(error_book(made, FIELDS, [rejection]))
        assert (again.header.top, again.header.depth) == (0, 2)
        assert again.header.columns == table.header.columns
        assert again.header.unknown == []
        assert [row.cells["health"] for row in again.rows()] == ["李四"]


def test_headings_between_rows_are_kept() -> None:
    rows = [
        ["序号", "楼栋", "姓名"],
        ["怡康苑"],
        [1, "301栋", "张三"],
        ["文卉苑"],
        [1, "101栋", ""],
        [2, "102栋", ""],
    ]
    made = xlsx(rows, merges=[(1, 0, 1, 2), (3, 0, 3, 2)])
    rejected = [Rejection(number, "姓名", "missing name", "请填写姓名。", "名册") for number in (5, 6)]
    again = rows_of(error_book(made, FIELDS, rejected))
    assert [(row.section, row.cells["building"]) for row in again] == [
        ("文卉苑", "101栋"),
        ("文卉苑", "102栋"),
    ]


def test_only_sheets_with_rejected_rows_come_back() -> None:
    header = ["片区", "楼栋", "姓名"]
    made = xlsx(
        [header, ["第一片区", "301栋", "张三"]],
        name="怡康苑",
        sheets={"文卉苑": [header, ["第一片区", "101栋", ""]], "填写说明": [["请逐行填写"]]},
    )
    data = error_book(made, FIELDS, [Rejection(2, "姓名", "missing name", "请填写姓名。", "文卉苑")])
    assert [sheet.name for sheet in open_book(data).sheets] == ["文卉苑"]


def test_a_number_that_lost_its_tail_stays_a_number_and_what_is_typed_over_it_is_text() -> None:
    """Written as text, the invented zeros would look like an ID number."""
    made = xls([["楼栋", "姓名", "身份证号"], ["1栋", "张三", 429999197803051768.0]])
    data = error_book(
        made, FIELDS, [Rejection(2, "身份证号", "id number lost digits", "末几位已丢失。", "名册")]
    )
    cell = opened(data).active["C2"]
    assert (cell.data_type, cell.number_format) == ("n", "@")


def test_columns_mapped_by_hand_are_mapped_again() -> None:
    made = xlsx([["楼栋", "当事人"], ["1栋", ""], ["2栋", "李四"]])
    rejection = Rejection(2, "当事人", "missing name", "请填写姓名。", "名册")
    data = error_book(made, FIELDS, [rejection], {"当事人": "name"})
    assert [row.cells["building"] for row in rows_of(data, {"当事人": "name"})] == ["1栋"]


def test_without_rejections_the_header_alone_comes_back() -> None:
    assert rows_of(error_book(xlsx(ROWS, merges=MERGES), FIELDS, [])) == []


def test_rows_that_were_taken_and_want_a_look_stand_on_a_sheet_of_their_own() -> None:
    warned = [Rejection(3, "联系电话", "phone", "手机号应为 11 位。", "名册")]
    data = error_book(xlsx(ROWS, merges=MERGES), FIELDS, REJECTED, warned=warned)
    book = opened(data)
    assert book.sheetnames == ["名册", "需核对"]
    assert [[cell.value for cell in row] for row in book["需核对"].iter_rows(min_row=2)] == [
        ["工作表", "原行号", "栏目", "请核对"],
        ["名册", 3, "联系电话", "手机号应为 11 位。"],
    ]


def test_what_only_wants_a_look_is_never_read_back() -> None:
    warned = [Rejection(number, "姓名", "name", "请核对。", "名册") for number in range(2, 40)]
    made = xlsx(ROWS, merges=MERGES)
    without, beside = (rows_of(error_book(made, FIELDS, REJECTED, warned=given)) for given in ((), warned))
    assert [row.cells for row in beside] == [row.cells for row in without]
    assert rows_of(error_book(xlsx(ROWS, merges=MERGES), FIELDS, [], warned=warned)) == []
