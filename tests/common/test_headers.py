"""Finding the header: where it is, how many rows it has, which column means what."""

from __future__ import annotations

import pytest

from baibuting.common.tabular.headers import Header
from baibuting.common.tabular.problems import LayoutError, TabularError
from baibuting.common.tabular.reading import open_book
from baibuting.common.tabular.table import choose_tables
from tests.common.books import FIELDS, HEADER, csv_of, tables, xls, xlsx

DATA = [1, "怡康苑", "第一片区", "301栋", "张三", "19900000001"]


def header_of(data: bytes, mapping: dict[str, str] | None = None) -> Header:
    return tables(data, mapping)[0].header


def refusal(data: bytes, mapping: dict[str, str] | None = None) -> LayoutError:
    with pytest.raises(LayoutError) as refused:
        tables(data, mapping)
    return refused.value


def test_it_works() -> None:
    header = header_of(xlsx([HEADER, DATA]))
    assert (header.top, header.depth) == (0, 1)
    assert header.columns == {"quarter": 1, "precinct": 2, "building": 3, "name": 4, "phone": 5}
    assert header.serials == {0}
    assert header.unknown == []


def test_title_rows_stand_above_it() -> None:
    rows = [["百步亭社区人员名册"], ["填报单位：怡康苑", "", "", "2026年11月"], [], HEADER, DATA]
    table = tables(xlsx(rows, merges=[(0, 0, 0, 5)]))[0]
    assert (table.header.top, table.header.depth) == (3, 1)
    assert table.caption == "百步亭社区人员名册 填报单位：怡康苑 2026年11月"


def test_two_header_rows_merged_down_and_across() -> None:
    rows = [
        ["序号", "苑区", "片区", "楼栋", "卫生员", "", "楼栋长", ""],
        ["", "", "", "", "姓名", "联系电话", "姓名", "联系电话"],
        [1, "怡康苑", "第一片区", "301栋", "张三", "1", "李四", "2"],
    ]
    merges = [(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 1, 2), (0, 3, 1, 3), (0, 4, 0, 5), (0, 6, 0, 7)]
    header = header_of(xlsx(rows, merges=merges))
    assert (header.top, header.depth) == (0, 2)
    # 姓名 below 卫生员 is the health worker's, below 楼栋长 nobody's we know
    assert header.columns == {"quarter": 1, "precinct": 2, "building": 3, "health": 4, "health_phone": 5}
    assert header.titles[5] == "卫生员/联系电话"
    assert header.unknown == ["楼栋长/姓名", "楼栋长/联系电话"]


def test_a_csv_has_no_merges_and_reads_the_same() -> None:
    rows = [
        ["苑区", "片区", "楼栋", "卫生员", "", "性别"],
        ["", "", "", "卫生员姓名", "卫生员电话", ""],
        ["怡康苑", "第一片区", "301栋", "张三", "1", "男"],
    ]
    header = header_of(csv_of(rows))
    assert header.depth == 2
    assert header.columns == {
        "quarter": 0,
        "precinct": 1,
        "building": 2,
        "health": 3,
        "health_phone": 4,
        "gender": 5,
    }


def test_three_header_rows() -> None:
    rows = [
        ["序号", "位置", "", "", "人员情况", "", ""],
        ["", "苑区", "片区", "楼栋", "基本信息", "", "证件"],
        ["", "", "", "", "姓名", "性别", "身份证号"],
        [1, "怡康苑", "第一片区", "301栋", "张三", "男", ""],
    ]
    merges = [
        (0, 0, 2, 0),
        (0, 1, 0, 3),
        (0, 4, 0, 6),
        (1, 1, 2, 1),
        (1, 2, 2, 2),
        (1, 3, 2, 3),
        (1, 4, 1, 5),
    ]
    for data in (xlsx(rows, merges=merges), xls(rows, merges=merges)):
        table = tables(data)[0]
        assert [row.number for row in table.rows()] == [4]
        header = table.header
        assert header.columns == {
            "quarter": 1,
            "precinct": 2,
            "building": 3,
            "name": 4,
            "gender": 5,
            "id_number": 6,
        }


def test_a_bare_title_right_of_its_column_belongs_to_it() -> None:
    header = header_of(
        xlsx([["楼栋", "卫生员", "联系电话", "姓名", "联系电话"], ["1栋", "a", "1", "b", "2"]])
    )
    assert header.columns["health_phone"] == 2
    assert header.columns["phone"] == 4


@pytest.mark.parametrize(
    "title",
    [
        "身份证号",
        "身 份 证 号",
        "身份证\n号",
        "身份证号（必填）",
        "＊身份证号",
        "证件号码",
        "公民身份号码",
        "身份证号:",
        "【身份证号】",
    ],
)
def test_a_title_is_recognised_in_its_usual_spellings(title: str) -> None:
    assert header_of(xlsx([["楼栋", "姓名", title], ["1栋", "张三", "x"]])).columns["id_number"] == 2


def test_full_width_titles_are_recognised() -> None:
    titles = ["ｎｏ．", "楼栋（栋号）", "姓\u3000名"]
    assert header_of(xlsx([titles, ["1", "1栋", "张三"]])).columns == {"building": 1, "name": 2}


def test_columns_nobody_knows_are_named() -> None:
    header = header_of(xlsx([["楼栋", "姓名", "门牌", "积分"], ["1栋", "张三", "x", 3]]))
    assert header.unknown == ["门牌", "积分"]


def test_a_second_column_of_the_same_meaning_is_not_recognised() -> None:
    header = header_of(xlsx([["楼栋", "姓名", "居民姓名"], ["1栋", "张三", "李四"]]))
    assert header.columns["name"] == 1
    assert header.unknown == ["居民姓名"]


def test_a_column_can_be_mapped_by_hand() -> None:
    data = xlsx([["幢", "当事人", "性别"], ["1栋", "张三", "男"]])
    assert refusal(data).unrecognised == ["幢", "当事人", "性别"]
    for mapping in ({"幢": "building", "当事人": "name"}, {" 幢 ": "楼栋", "当事人": "居民姓名"}):
        assert header_of(data, mapping).columns == {"building": 0, "name": 1, "gender": 2}


def test_a_group_can_be_mapped_by_its_whole_title() -> None:
    rows = [
        ["楼栋", "保健员", "", "网格长", ""],
        ["", "姓名", "电话", "姓名", "电话"],
        ["1栋", "张三", "1", "李四", "2"],
    ]
    data = xlsx(rows, merges=[(0, 0, 1, 0), (0, 1, 0, 2), (0, 3, 0, 4)])
    header = header_of(data, {"保健员/姓名": "health", "保健员/电话": "health_phone"})
    assert header.columns == {"building": 0, "health": 1, "health_phone": 2}
    assert header.unknown == ["网格长/姓名", "网格长/电话"]


def test_what_is_mapped_by_hand_goes_before_what_is_guessed() -> None:
    data = xlsx([["楼栋", "姓名", "居民姓名"], ["1栋", "经办人甲", "张三"]])
    header = header_of(data, {"居民姓名": "name"})
    assert header.columns["name"] == 2
    assert header.unknown == ["姓名"]


def test_mapping_to_an_unknown_field_is_refused() -> None:
    with pytest.raises(TabularError, match=r"不认识要对应的栏目“年龄”.*楼栋（building）"):
        header_of(xlsx([["楼栋", "姓名"], ["1栋", "张三"]]), {"姓名": "年龄"})


def test_a_missing_column_is_named_with_what_was_and_was_not_recognised() -> None:
    refused = refusal(xlsx([["栋号", "手机", "门牌"], ["1栋", "1", "x"]]))
    assert refused.missing == ["姓名或卫生员"]
    assert refused.recognised == {"栋号": "楼栋", "手机": "联系电话"}
    assert refused.unrecognised == ["门牌"]
    assert "缺少必需的列：姓名或卫生员" in refused.message
    assert "栋号（作楼栋）" in refused.message


def test_a_file_of_another_kind_is_refused_with_the_needed_columns() -> None:
    refused = refusal(xlsx([["商品", "单价"], ["大米", 3.5]]))
    assert refused.missing == ["楼栋", "姓名"]
    assert refused.unrecognised == ["商品", "单价"]
    assert "没有找到表头" in refused.message


def test_data_that_looks_like_titles_is_no_header() -> None:
    """A row of data below the header never becomes part of it."""
    header = header_of(xlsx([["楼栋", "姓名", "性别"], ["1栋", "性别", "男"], ["2栋", "姓名", "女"]]))
    assert (header.top, header.depth) == (0, 1)


def test_a_file_without_content_is_told_so() -> None:
    with pytest.raises(TabularError, match="没有内容"):
        choose_tables(open_book(xlsx([[]])), FIELDS)


def test_a_column_can_be_left_out_by_hand() -> None:
    header = header_of(xlsx([["楼栋", "姓名", "联系电话"], ["1栋", "张三", "经办人电话"]]), {"联系电话": ""})
    assert header.columns == {"building": 0, "name": 1}
    assert header.unknown == ["联系电话"]
