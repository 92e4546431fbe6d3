"""Whether a row says that the person was met: any word of absence wins, what is not understood is not seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baibuting.common.tabular.meaning import Fate
from visits.choices import Method
from visits.importers.meeting import Seen, meeting_of, seen_by, unmet_by_method, unmet_by_notes
from visits.importers.visit_cells import method_by_notes

YES = (
    "是", "是的", "√", "✔", "1", "Y", "TRUE", "有", "见到", "见到了", "已见到", "见到本人", "见到老人", "本人", "本人在家",
    "在家", "已见面", "当面", "看到本人", "遇到了", "是（隔门对话）", "是，精神尚好", "见到，血压偏高", "见到本人，未见异常",
    "本人和家属", "见到本人及老伴", "是（儿子陪同）", "是（没有问题）", "老人在家",
)  # fmt: skip
NO = (
    "否", "×", "无", "0", "○", "没", "未见", "未见到", "没见着", "不在家", "不在", "出差", "出差在外", "回老家", "回乡下老家", "住院中",
    "本人住院", "养老院", "去养老院了", "联系不上", "空挂户", "空房", "无人应门", "没人", "没人在家", "未开门", "不开门", "敲门无应答",
    "由邻居转告", "邻居代答", "儿子代答", "儿子代为回答", "电话未接", "视频未接通", "停机", "已关机", "已去世", "病故", "换人居住",
    "房屋已出租，换租", "搬走", "已搬到外地", "拒绝", "拒访", "本人拒绝见面", "不愿见面", "不方便", "上班", "外出务工", "打工", "旅游",
    "走亲戚", "住女儿家", "服刑", "在押", "失联", "走失", "门锁着", "铁锁", "家属", "家属在家", "老伴", "保姆", "邻居说在",
    "见不到", "错过了", "改天再去", "另约时间",
)  # fmt: skip
UNCLEAR = (
    "部分", "待定", "待核实", "未知", "不详", "?", "？", "/", "—", "一般", "隔窗", "P", "二类", "正常", "王大明", "见 上",
    "是，但没见着", "是（女儿）", "在家，拒绝见面", "是/否", "见到家门锁着",
)  # fmt: skip
# whatever else stands there, with one of these nobody was met
ABSENCE = (
    "不在家", "外出", "住院", "出差", "回老家", "养老院", "联系不上", "没人", "无人应门", "门锁着", "未开门", "未遇", "拒绝",
    "停机", "已搬走", "去世", "由邻居转告", "儿子代答", "打工", "服刑", "未接通",
)  # fmt: skip
ABSENCE_IN_A_WAY = (
    "未遇", "未见", "没人", "不在", "无人应答", "无应答", "门锁", "未接", "未接通", "拒访", "停机", "无人接听", "已搬走", "没开门",
)  # fmt: skip
WAYS = ("上门", "入户", "电话", "视频", "家访", "入户走访", "微信", "")


@pytest.mark.parametrize("words", YES)
def test_it_works(words: str) -> None:
    assert seen_by(words) is Seen.YES
    assert meeting_of(words, "上门", "身体尚好").seen


@pytest.mark.parametrize("words", NO)
def test_words_of_absence_and_of_others_are_no(words: str) -> None:
    assert not meeting_of(words).seen
    assert seen_by(words) in (Seen.NO, Seen.UNCLEAR)


@pytest.mark.parametrize("words", UNCLEAR)
def test_what_is_not_understood_is_not_seen_and_said(words: str) -> None:
    met = meeting_of(words)
    assert (met.seen, met.kept) == (False, words)
    assert met.doubt


def test_nothing_said_is_a_visit_like_any_other() -> None:
    assert meeting_of("", "上门", "身体尚好，儿子外出打工").seen
    assert meeting_of("", "", "").doubt == ""


def test_plain_words_are_not_repeated_in_the_notes() -> None:
    assert {
        meeting_of(words).kept for words in ("是", "否", "√", "见到", "见到本人", "本人在家", "未见到")
    } == {""}
    assert meeting_of("家属在家").kept == "家属在家"


@given(
    st.sampled_from([*YES, *UNCLEAR, ""]),
    st.sampled_from(ABSENCE),
    st.sampled_from(["", "，", "（", " ", "；"]),
)
def test_a_word_of_absence_never_makes_a_visit_seen(said: str, absence: str, between: str) -> None:
    assert not meeting_of(f"{said}{between}{absence}").seen
    assert not meeting_of(f"{absence}{between}{said}").seen


@given(st.text(max_size=12), st.sampled_from(ABSENCE))
def test_nor_whatever_stands_around_it(said: str, absence: str) -> None:
    assert not meeting_of(said + absence, "上门").seen


@given(st.sampled_from(["", "是", "见到"]), st.sampled_from(WAYS), st.sampled_from(ABSENCE_IN_A_WAY))
def test_nor_inside_the_way_of_the_visit(said: str, way: str, absence: str) -> None:
    for method in (f"{way}{absence}", f"{way}（{absence}）", f"{way}，{absence}"):
        assert not meeting_of(said, method).seen


@given(st.text(max_size=15))
def test_seen_and_not_understood_exclude_each_other(said: str) -> None:
    met = meeting_of(said)
    assert not (met.seen and seen_by(said) is Seen.UNCLEAR)
    assert met.doubt or seen_by(said) is not Seen.UNCLEAR


@pytest.mark.parametrize(
    "way",
    [
        "上门",
        "入户走访",
        "到医院看望",
        "养老院探视",
        "敬老院走访",
        "入户（家属陪同）",
        "电话",
        "楼下碰到",
        "来访",
    ],
)
def test_ways_that_say_nothing_of_absence(way: str) -> None:
    assert not unmet_by_method(way)


def test_in_hospital_the_hospital_is_no_absence() -> None:
    assert meeting_of("是（病房）", "到医院看望", in_hospital=True).seen
    assert not meeting_of("是（病房）", "上门").seen
    assert not meeting_of("住院中", "到医院看望", in_hospital=True).seen
    assert meeting_of("", "医院探视", "住院治疗，恢复良好", in_hospital=True).seen
    assert not meeting_of("", "上门", "住院治疗").seen


@pytest.mark.parametrize(
    "notes",
    [
        "家中无人", "敲门无应答", "敲门三次均无人应", "无人在家。", "没人", "未见到本人", "没见到人，已留纸条", "门锁着", "大门紧闭",
        "本人外出", "本人住院，女儿在家", "外出打工，年底回", "已搬走", "本人已去世", "老人不在家，邻居说在女儿家", "联系不上",
        "电话停机", "拒绝开门", "吃了闭门羹", "当时没在家",
    ],
)  # fmt: skip
def test_notes_that_say_plainly_that_nobody_was_met(notes: str) -> None:
    met = meeting_of("", "上门", notes)
    assert not met.seen
    assert met.doubt
    assert meeting_of("是", "上门", notes).seen, "what the column says goes first"
    assert meeting_of("是", "上门", notes).doubt


@pytest.mark.parametrize(
    "notes",
    [
        "身体尚好", "儿子外出打工，平时一个人在家", "其子住院，情绪低落", "父亲去世后独居", "无人照料，需要关心", "家中无人照顾",
        "未见异常", "没有困难", "没有人陪护", "邻居已搬走", "老伴不在了", "血压高，不肯吃药", "门锁坏了，已联系物业", "电话号码已更新",
    ],
)  # fmt: skip
def test_notes_about_other_things(notes: str) -> None:
    assert not unmet_by_notes(notes)
    assert meeting_of("", "上门", notes).seen


@pytest.mark.parametrize(
    ("cells", "fate"),
    [
        (("去世", "", ""), Fate.DIED),
        (("本人已搬走", "", ""), Fate.MOVED),
        (("", "上门（已去世）", ""), Fate.DIED),
        (("", "", "本人已去世"), Fate.DIED),
        (("", "", "已搬到外地"), Fate.MOVED),
        (("", "", "父亲去世"), None),
        (("", "", "邻居搬走了"), None),
        (("是", "上门", "身体尚好"), None),
    ],
)
def test_what_became_of_the_person_is_told(cells: tuple[str, str, str], fate: Fate | None) -> None:
    assert meeting_of(*cells).fate is fate


@pytest.mark.parametrize(
    ("notes", "method"),
    [
        ("电话询问近况，都好", Method.PHONE), ("打了个电话，身体尚可", Method.PHONE), ("电联，无诉求", Method.PHONE),
        ("与其视频通话", Method.VIDEO), ("视频", Method.VIDEO), ("前往市三医院探望", Method.HOSPITAL),
        ("家中电话换了号码", None), ("帮老人交了视频会员费", None), ("陪同去医院拿药", None), ("身体尚好", None),
    ],
)  # fmt: skip
def test_the_notes_may_tell_the_way_where_nothing_else_does(notes: str, method: Method | None) -> None:
    assert method_by_notes(notes) is method
