"""What words say: yes, no, neither; and what became of somebody. No word here is taken from a case file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baibuting.common.tabular.meaning import (
    Fate,
    Meaning,
    fate_of,
    membership_of,
    plain_tick,
    split_remarks,
    tick_of,
)

YES = [
    "是",
    "是的",
    "有",
    "对",
    "✅",
    "■",
    "Y",
    "TRUE",
    "属于",
    "享受",
    "在册",
    "未取消",
    "尚未终止",
    "√（老低保）",
    "是（农村）",
]
NO = [
    "不属于", "非特困", "未纳入", "没有享受", "未住院", "不困难", "无低保", "查无此人", "已取消", "已清退", "停保", "退保",
    "2024年脱贫", "原特困户", "曾享受", "否（去年退出）", "√（已停发）", "是，2025年注销", "✘", "ý", "——", "没有", "N/A", "已去世",
]  # fmt: skip
UNCLEAR = [
    "待审核", "边缘", "拟纳入", "申报中", "不详", "？", "可能", "正在公示", "不能自理", "未婚", "非常困难", "无子女", "见附表", "2026-03-05",
    "是（拟退出）", "×（仍在保）", "大概是", "失业", "13900000000",
]  # fmt: skip
BLANK = ["", "  ", "\u3000", "未填", "空", "null", None]
ENDINGS = ["已退出", "2024年停发", "已去世", "搬走", "已出院", "取消", "注销", "已解除", "脱贫", "期满"]


def test_it_works() -> None:
    assert tick_of("√") is Meaning.YES
    assert tick_of("不符合") is Meaning.NO
    assert fate_of("已故") is Fate.DIED


@pytest.mark.parametrize(
    ("cell", "meaning"),
    [(word, meaning) for words, meaning in ((YES, Meaning.YES), (NO, Meaning.NO), (UNCLEAR, Meaning.UNCLEAR), (BLANK, Meaning.EMPTY)) for word in words],
)  # fmt: skip
def test_ticks(cell: str, meaning: Meaning) -> None:
    assert tick_of(cell) is meaning


def test_ticks_as_cells_hold_them() -> None:
    assert [tick_of(cell) for cell in (True, False, 1.0, 0.0)] == [
        Meaning.YES,
        Meaning.NO,
        Meaning.YES,
        Meaning.NO,
    ]


@pytest.mark.parametrize("cell", ["p", "R", "ü", "þ"])
def test_a_tick_that_lost_its_font_is_yes_with_a_doubt(cell: str) -> None:
    assert tick_of(cell) is Meaning.LIKELY
    assert plain_tick(cell) is None


@pytest.mark.parametrize(
    "cell", ["一类", "A级", "肢体四级", "丙等", "重度", "差额", 735.5, "620元/月", "每月300元"]
)
def test_a_grade_or_an_amount_makes_a_member_but_is_no_tick(cell: str | float) -> None:
    assert membership_of(cell) is Meaning.YES
    assert tick_of(cell) is Meaning.UNCLEAR


@pytest.mark.parametrize(
    ("cell", "meaning"),
    [("0元", Meaning.NO), (0.0, Meaning.NO), ("三类（已取消）", Meaning.NO), ("二级（待定）", Meaning.UNCLEAR), (45000.0, Meaning.YES), ("2026年", Meaning.UNCLEAR), ("B", Meaning.UNCLEAR)],
)  # fmt: skip
def test_other_words_in_a_category_column(cell: str | float, meaning: Meaning) -> None:
    assert membership_of(cell) is meaning


@given(st.sampled_from(["不", "非", "未", "没", "没有", "不是", "并未", "不再"]), st.sampled_from(["是", "享受", "符合", "属于", "低保", "有", "特困", "孤寡", "失能"]))  # fmt: skip
def test_a_negated_word_is_never_yes(no: str, word: str) -> None:
    assert tick_of(no + word) not in (Meaning.YES, Meaning.LIKELY)


@pytest.mark.parametrize(("cell", "meaning"), [("没有 已退出", Meaning.NO), ("没有已退出", Meaning.YES), ("是 已退出", Meaning.NO)])  # fmt: skip
def test_a_blank_behind_a_no_parts_it_from_what_follows(cell: str, meaning: Meaning) -> None:
    assert membership_of(cell) is meaning


@given(st.sampled_from([*NO, *YES, *UNCLEAR]), st.sampled_from(ENDINGS), st.sampled_from(["（{}）", "({})", "【{}】", " {}", "，{}"]))  # fmt: skip
def test_an_ending_behind_it_never_makes_a_yes(word: str, ending: str, form: str) -> None:
    assert membership_of(word + form.format(ending)) not in (Meaning.YES, Meaning.LIKELY)


@given(st.text(alphabet="囗见附表一二三日期地址某甲乙丙丁戊,、;:.+=@#$%&abgkmz", min_size=2, max_size=12))
def test_what_nobody_understands_is_never_yes(text: str) -> None:
    assert tick_of(text) is not Meaning.YES


@pytest.mark.parametrize(
    ("said", "fate"),
    [
        ("2023年11月过世", Fate.DIED), ("病逝", Fate.DIED), ("死亡注销", Fate.DIED), ("不在人世", Fate.DIED),
        ("搬到儿子家", Fate.MOVED), ("户口迁走", Fate.MOVED), ("不住此处", Fate.MOVED),
        ("3月5日出院", Fate.DISCHARGED), ("痊愈", Fate.DISCHARGED),
        ("已重新就业", Fate.EMPLOYED), ("找到工作", Fate.EMPLOYED), ("返岗", Fate.EMPLOYED),
        ("帮教期满", Fate.ENDED), ("停发", Fate.ENDED), ("原特困户", Fate.ENDED), ("已退保", Fate.ENDED),
        ("非本社区人", Fate.DENIED), ("不达标", Fate.DENIED), ("未通过", Fate.DENIED),
        ("疑似", Fate.DOUBTFUL), ("拟迁出", Fate.DOUBTFUL), ("即将出院", Fate.DOUBTFUL), ("失联", Fate.DOUBTFUL), ("走了", Fate.DOUBTFUL),
        ("健在", Fate.RUNNING), ("未出院", Fate.RUNNING), ("未去世", Fate.RUNNING), ("没有搬走", Fate.RUNNING), ("尚未解除", Fate.RUNNING),
        ("留院观察", None), ("出院后又入院", Fate.RUNNING), ("未就业", Fate.RUNNING), ("儿子搬走，本人健在", Fate.RUNNING),
        ("已于2025年9月3日就业", Fate.EMPLOYED), ("已在2024.7搬走", Fate.MOVED), ("随大儿子搬到宜昌", Fate.MOVED),
        ("由外甥女接走", Fate.DOUBTFUL), ("拟于2027年1月迁出", Fate.DOUBTFUL),
        # not this person's end, or none at all
        ("老伴2019年去世", None), ("父母双亡", None), ("女儿已迁出", None), ("户主已故", None),
        ("就业困难人员", None), ("已退休", None), ("已退伍", None), ("曾用名张三", None), ("原籍湖北", None), ("原纺织厂职工", None),
        ("未婚", None), ("不能自理", None), ("无人照料", None), ("非常困难", None), ("女儿", None), ("小名狗蛋", None), ("曾小芳", None), ("", None),
        ("解除劳动合同", Fate.RUNNING), ("合同到期", Fate.RUNNING),
    ],
)  # fmt: skip
def test_what_became_of_somebody(said: str, fate: Fate | None) -> None:
    assert fate_of(said) is fate


@given(st.sampled_from(["未", "尚未", "没有", "还没", "从未"]), st.sampled_from(["去世", "搬走", "出院", "退出", "解除", "终止", "注销"]))  # fmt: skip
def test_an_end_that_is_denied_is_none(no: str, end: str) -> None:
    assert fate_of(no + end) is Fate.RUNNING


def test_remarks_are_split_off() -> None:
    assert split_remarks("王五（已故）【低保】") == ("王五", ("已故", "低保"))
    assert split_remarks("王五（已故") == ("王五", ("已故",))
