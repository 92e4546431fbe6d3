"""What the cell of a post says: one person, nobody, whoever holds another post, or nothing that can be told."""

from __future__ import annotations

from datetime import date

import pytest

from baibuting.common.tabular.problems import CellError
from cadres.choices import Post
from cadres.importers.names import Said, read_holder
from cadres.importers.titles import Period, period_of, post_in_title


def reason(cell: str) -> str:
    with pytest.raises(CellError) as error:
        read_holder(cell)
    assert error.value.message.endswith("。")
    assert cell.startswith("#") or len(cell) < 5 or cell not in error.value.message
    return error.value.reason


def test_it_works() -> None:
    assert read_holder("任敏茂 199 0571 9670") == Said("任敏茂", "19905719670")
    assert read_holder("迪丽努尔·买买提") == Said("迪丽努尔·买买提")


@pytest.mark.parametrize(
    "cell",
    [
        "暂时空缺",
        "【待补】",
        "目前空缺",
        "待任命",
        "该岗位暂缺",
        "（无）",
        "缺岗",
        "——",
        "尚未产生",
        "没有人",
    ],
)
def test_a_vacancy_in_other_words(cell: str) -> None:
    assert (read_holder(cell).is_vacant, read_holder(cell).name) == (True, "")


@pytest.mark.parametrize("cell", ["暂缺（网格员兼管）", "空缺，待换届", "待选，物业代管", "无人愿任"])
def test_an_explained_vacancy_is_one_and_says_so(cell: str) -> None:
    said = read_holder(cell)
    assert (said.name, said.is_vacant, bool(said.warning)) == ("", True, True)


def test_a_blank_cell_says_nothing() -> None:
    assert read_holder("  ") == Said()


@pytest.mark.parametrize("cell", ["空缺？", "空缺，已补张三", "暂缺，现由韩平担任"])
def test_a_vacancy_that_may_be_filled_is_refused(cell: str) -> None:
    assert reason(cell) == "no name"


@pytest.mark.parametrize(
    ("cell", "name"),
    [("许芳（代）", "许芳"), ("许芳(代管)", "许芳"), ("许芳【临时】", "许芳"), ("许芳（临时负责）", "许芳"), ("许芳（胖）", "许芳")],
)  # fmt: skip
def test_a_remark_on_the_holder_is_told(cell: str, name: str) -> None:
    assert (read_holder(cell).name, bool(read_holder(cell).warning)) == (name, True)


@pytest.mark.parametrize("cell", ["许芳（兼）", "许芳（党员）", "许芳（301室）", "许芳（女）", "许 芳"])
def test_a_harmless_remark_is_not(cell: str) -> None:
    assert read_holder(cell) == Said("许芳")


# surnames and given names that hold words which elsewhere mean something
@pytest.mark.parametrize(
    "name", ["曾国平", "原野", "代建军", "李和平", "欧阳和美", "尚未明", "由美", "解放", "韩楼长", "王主任", "石代军"]
)  # fmt: skip
def test_names_that_look_like_words_are_names(name: str) -> None:
    assert read_holder(name) == Said(name)


@pytest.mark.parametrize(
    "cell",
    ["赵云/许芳", "赵云、许芳", "赵云，许芳", "赵云和许芳", "赵云 许芳", "赵云换许芳", "赵云＋许芳", "赵云（许芳代）", "赵云（由许芳兼管）", "赵云\n许芳"],
)  # fmt: skip
def test_two_people_are_refused(cell: str) -> None:
    assert reason(cell) == "several people"


@pytest.mark.parametrize(
    "cell",
    ["王华（已故）", "王华(去世)", "王华【已搬走】", "王华（调离）", "王华卸任", "王华已故", "王华（原任）", "原楼长王华", "王华（辞职）", "王华（不再担任）"],
)  # fmt: skip
def test_who_left_is_not_appointed(cell: str) -> None:
    assert reason(cell) == "left office"


@pytest.mark.parametrize(
    "cell",
    ["社区", "物业公司", "居委会", "由社区代管", "物业李强", "网格员", "楼栋长", "保安队", "全体党员干部", "请社区另行安排人员", "志愿者", "李强？"],
)  # fmt: skip
def test_a_body_or_a_sentence_is_no_person(cell: str) -> None:
    assert reason(cell) == "no name"


@pytest.mark.parametrize(
    "cell", ["#N/A", "#ref!", "#VALUE!", "＃N/A", "#NAME?", "#DIV/0!", "#未计算", "#SPILL!"]
)
def test_a_failed_formula_is_neither(cell: str) -> None:
    assert reason(cell) == "formula error"


@pytest.mark.parametrize(
    ("cell", "post"),
    [("同楼栋长", Post.BUILDING_HEAD), ("由楼长兼任", Post.BUILDING_HEAD), ("党小组长兼", Post.PARTY_GROUP_LEADER), ("与卫生员同一人", Post.HEALTH_WORKER), ("（治安员兼）", Post.SECURITY_WORKER)],
)  # fmt: skip
def test_another_posts_holder(cell: str, post: Post) -> None:
    assert read_holder(cell) == Said(same_as=post)


@pytest.mark.parametrize("cell", ["同上", "兼", "〃", "同左", "（兼任）", "同前"])
def test_as_above_may_be_anybody(cell: str) -> None:
    assert reason(cell) == "same as"


@pytest.mark.parametrize(
    ("title", "post"),
    [
        ("怡康苑治安员名册", Post.SECURITY_WORKER),
        ("2026年楼长通讯录", Post.BUILDING_HEAD),
        ("卫生员（公示）", Post.HEALTH_WORKER),
        ("社区楼栋长、党小组长花名册", None),
        ("副楼栋长名单", None),
        ("楼栋长助理名单", None),
        ("候选党小组长情况表", None),
        ("优秀楼栋长名单", None),
        ("骨干花名册", None),
    ],
)
def test_a_title_names_one_post_or_none(title: str, post: Post | None) -> None:
    assert post_in_title(title) == post


@pytest.mark.parametrize(
    ("title", "first", "last"),
    [
        ("花名册（2026年）", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026年3月骨干花名册", date(2026, 3, 1), date(2026, 3, 31)),
        ("骨干花名册 2026.3.5", date(2026, 3, 5), date(2026, 3, 5)),
        ("2025—2027届楼栋长名册", date(2025, 1, 1), date(2027, 12, 31)),
        ("2026年度楼栋长", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_the_time_a_roster_was_made_for(title: str, first: date, last: date) -> None:
    assert period_of(title) == Period(first, last)


def test_a_title_without_a_year() -> None:
    assert period_of("两长四员花名册") is None
