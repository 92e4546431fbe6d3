"""CSV as Excel, WPS and other systems save it."""

from __future__ import annotations

import pytest

from baibuting.common.tabular import limits
from baibuting.common.tabular.delimited import decode, read_delimited, separator_of
from baibuting.common.tabular.problems import TabularError
from tests.common.books import csv_of

ROWS = [["姓名", "楼栋", "备注"], ["𠮷䶮", "205栋", "王·某"], ["李四", "206栋", ""]]


def refusal(data: bytes) -> str:
    with pytest.raises(TabularError) as refused:
        read_delimited(data)
    return refused.value.message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_it_works(encoding: str, separator: str) -> None:
    assert read_delimited(csv_of(ROWS, encoding=encoding, separator=separator)) == ROWS


def test_rare_characters_survive_gb18030() -> None:
    """𠮷 takes four bytes and 䶮 is not in gbk at all."""
    data = csv_of(ROWS, encoding="gb18030")
    with pytest.raises(UnicodeDecodeError):
        data.decode("gbk")
    assert read_delimited(data)[1][0] == "𠮷䶮"


def test_bytes_that_are_no_text_are_refused() -> None:
    assert "编码" in refusal(b"\xff\xff\x81\x00\x00\xfe\xff" * 20)
    assert "编码" in refusal("姓名,年龄\n".encode("utf-16-le"))


def test_a_mark_in_front_is_no_part_of_the_first_title() -> None:
    assert decode("姓名".encode("utf-8-sig")) == "姓名"


def test_line_breaks_and_quotes_stay_inside_their_cell() -> None:
    assert read_delimited('甲,"家中灯管坏了，\n已联系""物业""",乙\r\n丙,丁,戊\r\n'.encode()) == [
        ["甲", '家中灯管坏了，\n已联系"物业"', "乙"],
        ["丙", "丁", "戊"],
    ]


def test_a_blank_line_is_an_empty_record() -> None:
    """The spreadsheet shows it as a row, so it has a number."""
    assert read_delimited(b"a,b\r\n\r\n\r\n1,2") == [["a", "b"], [], [], ["1", "2"]]


def test_old_line_ends_are_line_ends() -> None:
    assert read_delimited(b"a,b\r1,2\r") == [["a", "b"], ["1", "2"]]


def test_the_separator_is_the_one_that_divides_the_records_alike() -> None:
    assert separator_of("人员名册，2026年\n姓名;备注\n张三;有低保,残疾\n李四;无\n") == ";"
    assert separator_of("姓名\n张三\n") == ","


def test_excels_own_hint_is_no_row() -> None:
    assert read_delimited(b"sep=;\r\na;b\r\n1;2\r\n") == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize(
    "text",
    [
        '姓名,楼栋\n"张三,205栋\n李四,206栋\n王五,207栋\n',
        '姓名,楼栋\n李四,206栋\n王五,"207栋',
        'a,b,c,d\n1,"2,3,4\n5,6,7,8\n9,10,11,12\n13,14",15,16\n',
    ],
)
def test_a_quotation_mark_never_closed_loses_no_rows_silently(text: str) -> None:
    assert "引号没有配对" in refusal(text.encode())


def test_a_long_note_of_many_lines_is_no_such_mistake() -> None:
    note = "\n".join(["血压偏高，已提醒", "子女在外地，每周来电，", "邻居帮忙买菜"])
    assert read_delimited(f'a,b,c,d\n1,"{note}",3,4\n'.encode())[1][1] == note


def test_the_record_of_the_mistake_is_named() -> None:
    assert "第 3 条记录" in refusal(b'a,b\n1,2\n3,"4\n5,6\n')


@pytest.mark.parametrize("limit", ["MAX_ROWS", "MAX_CELLS"])
def test_too_long_a_file_is_refused(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, limit, 10)
    assert "文件太大" in refusal(b"a,b\n" * 20)


def test_too_wide_a_file_is_refused() -> None:
    assert "文件太大" in refusal(b"," * (limits.MAX_COLUMNS + 1))


def test_a_cell_without_end_is_refused() -> None:
    assert "引号没有配对" in refusal(b'"' + b"a" * (4 * limits.MAX_CELL_TEXT + 1) + b'"')
