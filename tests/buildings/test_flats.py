"""The grammar of entrance and room: what offices write, in one normal form, or refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baibuting.common.tabular.problems import CellError
from buildings.addresses import (
    cell_text,
    flat_is_coarser,
    names_buildings,
    normal_flat,
    parse_entrance,
    parse_flat,
    parse_flat_beside,
)


def test_it_works() -> None:
    flat = parse_flat("2单元1601室")
    assert (flat.entrance, flat.room, flat.left_out) == ("2", "1601", False)


VECTORS = {
    "1601": "|1601",
    "０１０２": "|102",
    "2-1601": "2|1601",
    "2－0301室": "2|301",
    "第三单元四〇二室": "3|402",
    "二门洞501": "2|501",
    "B单元1502": "B|1502",
    "乙单元203": "乙|203",
    "西单元5楼右": "西|5楼右",
    "12楼1204": "|1204",
    "3单元12层1204号": "3|1204",
    "4-12-1203": "4|1203",
    "4单元12-1203": "4|1203",
    "4单元4-1203": "4|1203",
    "501、502": "|501、502",
    "3单元501，502，503室": "3|501、502、503",
    "3-501、3-502": "3|501、502",
    "501-502": "|501、502",
    "501和502": "|501、502",
    "2 501": "2|501",
    "501 502": "|501、502",
    "2、501": "2|501",
    "3单元-102": "3|-102",
    "3单元-502": "3|502",
    "-102": "|-102",
    "负102": "|-102",
    "负二楼204": "|-204",
    "地下一层105": "|-105",
    "负一楼": "|负1楼",
    "501-3": "|501-3",
    "501之三": "|501-3",
    "2单元501室乙": "2|501乙",
    "502室b": "|502B",
    "502东户": "|502东",
    "中户": "|中",
    "附2号": "|附2号",
    "附2号-301": "|附2号301",
    "602附1": "|602附1号",
    "商铺12号": "|商铺12号",
    "12号商铺": "|商铺12号",
    "门卫室": "|门卫室",
    "地下室": "|地下室",
    "一单元地下室3": "1|地下室3号",
    "4单元": "4|",
    "无": "|",
    "—": "|",
}


@pytest.mark.parametrize(("text", "flat"), VECTORS.items())
def test_vectors(text: str, flat: str) -> None:
    found = parse_flat(text)
    assert (f"{found.entrance}|{found.room}", found.left_out) == (flat, False)


@pytest.mark.parametrize(
    ("text", "flat"),
    [
        ("2单元501室（出租）", "2|501"),
        ("501【空挂户】", "|501"),
        ("501室 13900000001", "|501"),
        ("501室，联系电话：139-0000-0001", "|501"),
        ("501 女儿电话13900000001", "|501"),
        ("501室电话027-80000001", "|501"),
        ("501（高血压）", "|501"),
        ("1单元13900000001", "1|"),
        ("（501室）", "|501"),
        ("501（左）", "|501左"),
    ],
)
def test_a_remark_is_no_part_of_the_room(text: str, flat: str) -> None:
    found = parse_flat(text)
    assert f"{found.entrance}|{found.room}" == flat
    assert found.left_out == (text not in ("（501室）", "501（左）"))


@pytest.mark.parametrize(
    "text",
    [
        "429999196001014119",
        "1单元13900000001x",
        "501室高血压",
        "501王小明",
        "王小明家",
        "501室尿毒症",
        "同上",
        "20 1",
        "501、2",
        "1单元501、2单元502",
        "5楼402",
        "3-5-402",
        "1-2-3-4",
        "12栋501",
        "7#501",
        "5.01E+2",
        "501室隔壁",
        "1234567",
        "5" * 30,
    ],
)
def test_what_the_grammar_does_not_know_is_refused(text: str) -> None:
    with pytest.raises(CellError) as refused:
        parse_flat(text)
    assert refused.value.reason == "room"
    assert text not in refused.value.message


@pytest.mark.parametrize(
    "text", ["2026-04-02", "2026/4/2", "4月2日", "4月2号", "2026年4月", "APR-02", "2-APR"]
)
def test_a_room_that_became_a_date_is_refused(text: str) -> None:
    for parse in (parse_flat, parse_entrance):
        with pytest.raises(CellError) as refused:
            parse(text)
        assert refused.value.reason == "date room"


@pytest.mark.parametrize("cell", [date(2026, 4, 2), datetime(2026, 4, 2, tzinfo=UTC), time(4, 2)])
def test_so_is_the_cell_itself(cell: date | time) -> None:
    with pytest.raises(CellError) as refused:
        cell_text(cell)
    assert refused.value.reason == "date room"


@pytest.mark.parametrize(
    ("entrance", "room", "flat"),
    [
        ("2", "301", ("2", "301")),
        ("二单元", "0301", ("2", "301")),
        ("", "2-301", ("2", "301")),
        ("2", "2-301", ("2", "301")),
        ("2.0", "", None),
        ("2", "3-301", None),
        ("2", "1单元301", None),
        ("301、302", "", None),
        ("张三家", "301", None),
        ("2", "301（租）", None),
    ],
)
def test_columns_of_their_own(entrance: str, room: str, flat: tuple[str, str] | None) -> None:
    if flat is not None:
        assert normal_flat(entrance, room) == flat
        return
    with pytest.raises(CellError):
        normal_flat(entrance, room)


@pytest.mark.parametrize(
    ("text", "building", "entrance", "flat"),
    [
        ("7-2-104", "7栋", "", "2|104"),
        ("7-1-104", "7号楼", "1", "1|104"),
        ("7栋1单元104", "7幢", "", "1|104"),
        ("12-1-2-203", "12-1栋", "", "2|203"),
        ("205-304", "205栋", "", "|304"),
        ("3-104", "3栋", "", "3|104"),  # an entrance, as everywhere
        ("3-104", "3栋", "1", "1|104"),  # unless the entrance is said
        ("1-3-304", "1栋", "", None),  # 1栋3单元, or the third floor of the first entrance
        ("1-3-304", "1栋", "3", "3|304"),
        ("8栋1单元104", "7栋", "", None),
        ("301-302", "301栋", "", "|301、302"),
    ],
)
def test_beside_the_building(text: str, building: str, entrance: str, flat: str | None) -> None:
    if flat is not None:
        found = parse_flat_beside(text, building, entrance)
        assert f"{found.entrance}|{found.room}" == flat
        return
    with pytest.raises(CellError):
        parse_flat_beside(text, building, entrance)


ENTRANCES = st.one_of(
    st.just(""), st.integers(1, 40).map(str), st.sampled_from(["东", "西", "甲", "B", "A2"])
)
NUMBERS = st.tuples(st.integers(1, 40), st.integers(1, 19)).map(lambda at: f"{at[0]}{at[1]:02d}")
ROOMS = st.one_of(
    NUMBERS,
    NUMBERS.map(lambda number: f"{number}A"),
    NUMBERS.map(lambda number: f"{number}-2"),
    st.lists(NUMBERS, min_size=2, max_size=4, unique=True)
    .map("、".join)
    .filter(lambda room: len(room) <= 20),
    st.integers(1, 30).map(lambda floor: f"{floor}楼左"),
    st.integers(1, 9).map(lambda number: f"门面{number}号"),
    st.integers(101, 219).map(lambda number: f"-{number}"),
    st.sampled_from(["负1楼", "附1号", "附3号201", "101附2号", "门卫室", "东", "A301", ""]),
)
WRITINGS = (
    "{entrance}单元{room}室",
    "{entrance}单元{room}",
    "{entrance} 单元 {room}",
    "第{entrance}单元{room}",
)


@given(ENTRANCES, ROOMS, st.sampled_from(WRITINGS))
def test_the_normal_form_reads_itself_back(entrance: str, room: str, writing: str) -> None:
    assert normal_flat(entrance, room) == (entrance, room)
    text = writing.format(entrance=entrance, room=room) if entrance else f"{room}室" if room else ""
    found = parse_flat(text)
    assert (found.entrance, found.room) == (entrance, room)


PIECES = ("1", "3", "301", "302", "0102", "-", "、", "/", "单元", "楼", "室", "号", "附", "左", "门面", "（", "）", "负", "A", " ", "二", "户", "张", "癌")  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=7).map("".join))
def test_whatever_is_taken_is_in_normal_form(text: str) -> None:
    try:
        found = parse_flat(text)
    except CellError:
        return
    assert normal_flat(found.entrance, found.room) == (found.entrance, found.room)
    assert not {"张", "癌", "（", " "} & set(found.room)
    assert len(found.entrance) <= 4
    assert len(found.room) <= 20


@given(st.text(max_size=30))
def test_no_text_breaks_it(text: str) -> None:
    for parse in (parse_flat, parse_entrance):
        with suppress(CellError):
            parse(text)


@pytest.mark.parametrize(
    ("said", "known", "coarser"),
    [
        ((1, "", ""), (1, "2", "301"), True),
        ((1, "2", ""), (1, "2", "301"), True),
        ((1, "", "301"), (1, "2", "301"), True),
        ((1, "2", "301"), (1, "2", "301"), False),
        ((1, "2", "301"), (1, "2", ""), False),
        ((1, "3", ""), (1, "2", "301"), False),
        ((2, "", ""), (1, "2", "301"), False),
    ],
)
def test_a_coarser_address(said: tuple[int, str, str], known: tuple[int, str, str], coarser: bool) -> None:
    assert flat_is_coarser(said, known) is coarser


@pytest.mark.parametrize(
    ("text", "names"),
    [("怡康苑301栋", True), ("7#", True), ("甲座", True), ("205", True), ("Sheet1", False), ("孤寡老人", False),
     ("2026年名册", False), ("12", False), ("各楼栋名册", False)],
)  # fmt: skip
def test_headings_that_name_a_building(text: str, names: bool) -> None:
    assert names_buildings(text) is names
