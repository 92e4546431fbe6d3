"""Names as offices write them: one person each, with what stands beside it; two people and words are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baibuting.common.tabular.meaning import Fate
from baibuting.common.tabular.naming import looks_like_name, parse_name, read_name, split_name_and_phone
from baibuting.common.tabular.problems import CellError

NAMES = [
    "邓小满",
    "欧阳兰",
    "令狐大同",
    "阿依古丽·艾合买提",
    "𠮷田洋",
    "王䶮",
    "曾静",
    "谢世英",
    "原野",
    "王和平",
    "张与之",
    "万千",
    "司徒 敏",
]


def refusal(cell: str) -> str:
    with pytest.raises(CellError) as error:
        read_name(cell)
    assert error.value.message.endswith("。")
    return error.value.reason


def test_it_works() -> None:
    said = read_name("邓小满（已故）")
    assert (said.name, said.remarks, said.fate) == ("邓小满", ("已故",), Fate.DIED)
    assert parse_name("阿依古丽•艾合买提") == "阿依古丽·艾合买提"


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        (" 秦 耀 红 ", "秦耀红"), ("王䶮（户主）", "王䶮"), ("𠮷田洋", "𠮷田洋"), ("邓小满；", "邓小满"), ("Anna Smith", "AnnaSmith"),
        ("Fish & Sons", "Fish&Sons"), ("邓小满（小名满满）", "邓小满"), ("欧阳 兰兰", "欧阳兰兰"), ("邓小满，女", "邓小满"), ("邓小满 党员", "邓小满"),
        ("邓小满【独居】", "邓小满"), ("邓\u00ad小\u3164满\U000e0101", "邓小满"),
    ],
)  # fmt: skip
def test_names_stay_readable(cell: str, name: str) -> None:
    assert parse_name(cell) == name


@pytest.mark.parametrize(
    ("cell", "remark", "fate"),
    [
        ("邓小满病逝", "病逝", Fate.DIED), ("邓小满 2024年2月过世", "2024年2月过世", Fate.DIED), ("邓小满[死亡注销]", "死亡注销", Fate.DIED),
        ("邓小满-迁出", "迁出", Fate.MOVED), ("邓小满（搬去女儿家）", "搬去女儿家", Fate.MOVED), ("邓小满 已出院", "已出院", Fate.DISCHARGED),
        ("邓小满（已脱贫）", "已脱贫", Fate.ENDED), ("邓小满（疑似重名）", "疑似重名", Fate.DOUBTFUL),
    ],
)  # fmt: skip
def test_an_end_beside_a_name_is_handed_on_or_refused(cell: str, remark: str, fate: Fate) -> None:
    said = read_name(cell)
    assert (said.name, said.remarks, said.fate) == ("邓小满", (remark,), fate)
    with pytest.raises(CellError) as refused:
        parse_name(cell)
    assert refused.value.reason == "name remark"


@pytest.mark.parametrize(
    "cell", ["邓小满（未去世）", "邓小满（老伴已故）", "邓小满 丈夫去世", "邓小满（健在）"]
)
def test_what_is_no_end_of_this_person_is_none(cell: str) -> None:
    assert parse_name(cell) == "邓小满"


@given(st.sampled_from(NAMES), st.sampled_from(["已故", "病故", "过世", "搬离", "迁往外地", "已退出", "注销"]), st.sampled_from(["（{}）", "({})", " {}", "，{}", "【{}】", "—{}"]))  # fmt: skip
def test_no_form_of_an_end_is_lost(name: str, end: str, form: str) -> None:
    said = read_name(name + form.format(end))
    assert said.name == name.replace(" ", "")
    assert said.fate in (Fate.DIED, Fate.MOVED, Fate.ENDED)


@pytest.mark.parametrize("cell", ["韩梅★", "韩梅?", "韩梅☎", "【韩梅", "韩#梅", "韩梅！"])
def test_a_sign_in_a_name_is_asked_about(cell: str) -> None:
    with pytest.raises(CellError):
        read_name(cell)


@pytest.mark.parametrize("label", ["户主：", "姓名:", "必访对象： "])
def test_a_label_before_the_name_is_none_of_it(label: str) -> None:
    assert read_name(f"{label}韩梅").name == "韩梅"


@pytest.mark.parametrize("name", NAMES)
def test_a_name_alone_has_no_fate(name: str) -> None:
    assert read_name(name).remarks == ()


@pytest.mark.parametrize(
    "cell",
    ["邓小满、韩梅", "邓小满/韩梅", "邓小满；韩梅", "邓小满和韩梅", "邓小满 韩梅", "邓小满\n韩梅", "邓小满&韩梅", "邓小满夫妻", "韩梅一家", "韩家三口", "韩梅母女", "五人", "韩梅等3人"],
)  # fmt: skip
def test_two_people_are_refused(cell: str) -> None:
    assert refusal(cell) == "several people"


@pytest.mark.parametrize(
    "cell",
    ["韩*", "韩某", "韩某某", "韩XX", "韩梅13800000000", "同上", "同卫生员", "由物业公司代管", "社区居委会", "韩梅的女儿", "邓小满家属", "长" * 51, "韩梅，三楼那位"],
)  # fmt: skip
def test_what_is_no_name_is_refused(cell: str) -> None:
    assert refusal(cell) == "name"


@pytest.mark.parametrize("cell", ["", "—", "无", "（暂缺）", "去世", None])
def test_a_blank_is_missing(cell: str) -> None:
    assert refusal(cell) == "missing name"


def test_what_looks_like_a_name() -> None:
    assert [looks_like_name(cell) for cell in ("邓小满", "欧阳兰", "阿依古丽·艾合买提", "邓小满（女）")] == [
        True
    ] * 4
    assert [
        looks_like_name(cell) for cell in ("301栋", "孤寡老人", "13800000000", "2026-03-05", "", "是")
    ] == [False] * 6


def test_a_name_and_a_phone_in_one_cell() -> None:
    assert split_name_and_phone("任敏茂 199 0571 9670") == ("任敏茂", "199 0571 9670")
    assert split_name_and_phone("任敏茂（19905719670）") == ("任敏茂", "19905719670")
    assert split_name_and_phone("迪丽努尔·买买提") == ("迪丽努尔·买买提", "")


@pytest.mark.parametrize(
    "word",
    [
        "已故", "亡故", "身故", "病故", "去世", "过世", "逝世", "离世", "死亡", "已亡", "搬走", "搬离", "搬家", "迁出", "迁走", "移居", "出院",
        "痊愈", "退出", "退保", "取消", "解除", "停保", "停发", "注销", "清退", "脱贫", "卸任", "调离", "夫妇", "一家", "全家", "两口", "母女", "父子",
        "妻子", "女儿", "老伴", "家属", "某某", "某",
    ],
)  # fmt: skip
def test_the_quick_look_at_a_short_name_overlooks_no_word(word: str) -> None:
    with pytest.raises(CellError):
        parse_name(f"邓{word}")
