"""Words and layouts of rosters of 必访对象: what opens a record, what ends it, what is asked. None is from a case file."""

from __future__ import annotations

from typing import Any

import pytest

from baibuting.common.tabular.report import ImportReport
from duties.choices import RUNNING, EventKind
from duties.models import Duty, DutyEvent
from residents.models import CareRecord, Resident
from tests.factories import Community, community
from tests.rosters.tables import NOW, counts, csv_of, load, refused, workbook_of
from visits.importers.categories import CategoryBook
from visits.services import resident_return

pytestmark = pytest.mark.django_db
WHERE = "怡康苑101栋2单元601室"
NAMES = ("姓名", "住址")


@pytest.fixture(autouse=True)
def home() -> Community:
    return community()


def row(head: dict[str, Any], *more: dict[str, Any]) -> ImportReport:
    """Import one sheet of rows about the same man, each as title → cell."""
    rows = (head, *more)
    titles = [*NAMES, *dict.fromkeys(title for one in rows for title in one)]
    cells = [["秦耀红", WHERE, *(one.get(title, "") for title in titles[2:])] for one in rows]
    return load("care", csv_of(titles, *cells))


def records() -> list[tuple[str, str, str, str]]:
    found = CareRecord.objects.select_related("category").order_by("category__code", "started_on", "pk")
    return [
        (one.category.code, f"{one.started_on}", f"{one.ended_on or ''}", one.end_reason) for one in found
    ]


def warned(report: ImportReport) -> list[tuple[str, str]]:
    return [(one.column, one.reason) for one in report.warned]


# --- words for first and last days ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"类别": "住院", "住院时间": "2026-10-01"}, ("hospital", "2026-10-01", "", "")),
        ({"类别": "住院", "入院日期": "2026-10-01", "出院日期": "2026.10.9"}, ("hospital", "2026-10-01", "2026-10-09", "discharged")),
        ({"类别": "住院", "住院起止时间": "2026-10-01至2026-10-09"}, ("hospital", "2026-10-01", "2026-10-09", "discharged")),
        ({"类别": "住院", "住院起止时间": "2026.10.1至今"}, ("hospital", "2026-10-01", "", "")),
        ({"类别": "刑满释放", "释放时间": "2025-05-06"}, ("released", "2025-05-06", "", "")),
        ({"类别": "刑满释放", "释放时间": "2025-05-06", "帮教开始时间": "2025-05-10"}, ("released", "2025-05-10", "", "")),
        ({"类别": "安置帮教", "帮教期限": "2025-05-06—2030-05-05"}, ("released", "2025-05-06", "", "")),
        ({"类别": "安置帮教", "衔接时间": "2019-05-06", "帮教期满日期": "2024-05-05"}, ("released", "2019-05-06", "2024-05-05", "other")),
        ({"类别": "安置帮教", "衔接时间": "2024-05-06", "解除帮教日期": "2026-05-05"}, ("released", "2024-05-06", "2026-05-05", "other")),
        ({"类别": "失业", "下岗时间": "2026-01-02", "再就业时间": "2026-06-01"}, ("laid_off", "2026-01-02", "2026-06-01", "employed")),
        ({"类别": "失业", "失业登记日期": "2026-01-02"}, ("laid_off", "2026-01-02", "", "")),
        ({"类别": "低保户", "享受起始时间": "2020-01-01", "停保日期": "2026-02-28"}, ("hardship", "2020-01-01", "2026-02-28", "other")),
        ({"类别": "独居老人", "独居认定时间": "2024-03-01"}, ("elderly_alone", "2024-03-01", "", "")),
        ({"类别": "独居老人", "纳入时间": "2024-03-01", "入院时间": "2026-11-01"}, ("elderly_alone", "2024-03-01", "", "")),
    ],
)  # fmt: skip
def test_it_works(cells: dict[str, Any], expected: tuple[str, str, str, str]) -> None:
    report = row(cells)
    assert (refused(report), report.accepted) == ([], 1)
    assert records() == [expected]
    assert Duty.objects.filter(outcome__in=RUNNING).exists() == (not expected[2])
    told = DutyEvent.objects.filter(kind=EventKind.RAISED)
    assert not (expected[2] and told.exists())  # nothing is told of what was over before we knew
    assert counts(row(cells)) == (0, 0, 1)


@pytest.mark.parametrize("title", ["登记时间", "登记日期", "填表日期", "填表时间", "录入日期", "上报日期"])
def test_the_day_of_the_sheet_is_no_start(title: str) -> None:
    report = row({"类别": "孤寡老人", title: "2026-10-01"})
    assert records() == [("elderly_alone", "2026-11-23", "", "")]
    assert warned(report) == [("纳入日期", "no start")]
    assert counts(row({"类别": "孤寡老人", title: "2026-11-22"})) == (0, 0, 1)


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"类别": "孤寡老人", "纳入日期": "2026-11-24"}, "纳入日期", "date"),  # tomorrow
        ({"类别": "孤寡老人", "纳入日期": "1949-01-01", "出生日期": "1950-01-01"}, "纳入日期", "date"),
        ({"类别": "住院", "入院时间": "2026-10-09", "出院时间": "2026-10-01"}, "出院时间", "date"),
        ({"类别": "住院", "入院时间": ""}, "入院时间", "missing date"),
        ({"类别": "住院", "入院时间": "2026-10-01", "出院时间": "2026-10-09", "是否出院": "否"}, "出院时间", "state"),
    ],
)  # fmt: skip
def test_days_that_cannot_be_are_refused(cells: dict[str, Any], column: str, reason: str) -> None:
    assert refused(row(cells)) == [(2, column, reason)]
    assert not Resident.objects.exists()


def test_a_last_day_to_come_ends_nothing_yet() -> None:
    report = row({"类别": "孤寡老人", "纳入日期": "2026-01-01", "终止日期": "2027-01-01"})
    assert warned(report) == [("终止日期", "planned")]
    assert records() == [("elderly_alone", "2026-01-01", "", "")]


# --- words that end, refuse or ask ------------------------------------------------------------------------------------
START = {"纳入日期": "2026-01-01"}


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"类别": "低保户", "目前情况": "已退出低保"}, "目前情况"),
        ({"类别": "低保户", "是否在册": "否"}, "是否在册"),
        ({"类别": "住院", "是否已出院": "是"}, "是否已出院"),
        ({"类别": "住院", "现状": "已出院回家休养"}, "现状"),
        ({"类别": "失业人员", "就业情况": "已就业"}, "就业情况"),
        ({"类别": "安置帮教", "帮教状态": "期满解除"}, "帮教状态"),
        ({"类别": "孤寡老人", "人员状态": "病故"}, "人员状态"),
        ({"类别": "孤寡老人", "是否健在": "否"}, "是否健在"),
        ({"类别": "孤寡老人", "居住状态": "搬到女儿家"}, "居住状态"),
        ({"类别": "孤寡老人", "迁出/去世": "去世"}, "迁出/去世"),
        ({"类别": "孤寡老人", "备注": "已故"}, "纳入日期"),
        ({"类别": "低保户", "备注": "2025年底退保"}, "纳入日期"),
        ({"类别": "孤寡老人", "终止原因": "去世"}, "终止原因"),
        ({"类别": "低保（已取消）"}, "类别"),
        ({"类别": "原特困户"}, "类别"),
        ({"类别": "非困难户"}, "类别"),
        ({"类别": "低保边缘户"}, "类别"),
        ({"类别": "拟纳入低保"}, "类别"),
        ({"类别": "空巢老人帮扶志愿者"}, "类别"),
        ({"低保户": "不详"}, "低保户"),
        ({"低保户": "已停保"}, "低保户"),
    ],
)
def test_what_says_no_longer_opens_nothing(cells: dict[str, Any], column: str) -> None:
    report = row({**START, **cells})
    assert [(one.row, one.column) for one in report.rejected] == [(2, column)]
    assert report.rejected[0].message.endswith("。")
    assert not Resident.objects.exists()


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"类别": "低保户", "状态": "2026.5.31退出"}, ("hardship", "2026-01-01", "2026-05-31", "other")),
        ({"类别": "住院（2026年2月3日出院）"}, ("hospital", "2026-01-01", "2026-02-03", "discharged")),
        ({"类别": "低保户", "是否退出": "是", "退出时间": "2026-05-31"}, ("hardship", "2026-01-01", "2026-05-31", "other")),
        ({"类别": "孤寡老人", "去世时间": "2026-05-31"}, ("elderly_alone", "2026-01-01", "2026-05-31", "died")),
        ({"类别": "孤寡老人", "离开原因": "迁出", "离开日期": "2026-05-31"}, ("elderly_alone", "2026-01-01", "2026-05-31", "moved")),
        ({"类别": "失业人员", "就业状态": "2026-05-31已就业"}, ("laid_off", "2026-01-01", "2026-05-31", "employed")),
        ({"类别": "孤寡老人", "终止日期": "2026-05-31", "终止原因": "病逝"}, ("elderly_alone", "2026-01-01", "2026-05-31", "died")),
    ],
)  # fmt: skip
def test_with_its_day_it_is_a_record_that_has_ended(
    cells: dict[str, Any], expected: tuple[str, str, str, str]
) -> None:
    report = row({**START, **cells})
    assert refused(report) == []
    assert records() == [expected]
    assert not Duty.objects.filter(outcome__in=RUNNING).exists()
    assert (Resident.objects.get().left_on is not None) == (expected[3] in ("died",) or "离开原因" in cells)


@pytest.mark.parametrize(
    "cells",
    [
        {"类别": "孤寡老人", "状态": "在册"},
        {"类别": "孤寡老人", "现状": "健在"},
        {"类别": "孤寡老人", "状态": "正常", "备注": "老伴已故"},
        {"类别": "孤寡老人", "目前情况": "已出院"},  # ends no 孤寡
        {"类别": "住院", "是否出院": "未出院"},
        {"类别": "失业人员", "就业情况": "未就业"},
        {"类别": "孤寡老人", "是否去世": "否", "是否迁出": "否"},
        {"类别": "孤寡老人", "备注": "老伴2020年去世，独自居住"},
        {"是否低保户": "是"},
        {"低保": "三类"},
        {"低保": "特困"},
    ],
)
def test_who_is_still_there_is_visited(cells: dict[str, Any]) -> None:
    report = row({**START, **cells})
    assert (refused(report), warned(report)) == ([], [])
    assert [one[2] for one in records()] == [""]


def test_a_state_that_is_not_understood_is_named() -> None:
    report = row({**START, "类别": "孤寡老人", "状态": "乙"})
    assert warned(report) == [("状态", "state")]
    assert len(records()) == 1


def test_a_state_in_an_unknown_column_is_named() -> None:
    report = row({**START, "类别": "孤寡老人", "三季度核查": "已搬走"})
    assert warned(report) == [("三季度核查", "state")]


def test_one_word_of_several_costs_only_itself() -> None:
    report = row({**START, "类别": "独居老人、低保（已取消）"})
    assert [one[0] for one in records()] == ["elderly_alone"]
    assert warned(report) == [("类别", "ended")]


# --- periods ----------------------------------------------------------------------------------------------------------
def stay(start: str, end: str = "", notes: str = "") -> dict[str, str]:
    return {
        "类别": "住院",
        "纳入日期": start,
        "终止日期": end,
        "终止原因": "出院" if end else "",
        "备注": notes,
    }


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (stay("2026-01-05", "2026-01-20"), stay("2026-01-10", "2026-01-25"), ("2026-01-05至2026-01-20", "2026-01-10至2026-01-25")),
        (stay("2026-01-05", "2026-01-20"), stay("2026-01-20"), ("2026-01-05至2026-01-20", "2026-01-20起在册")),
        (stay("2026-03-01"), stay("2026-02-20", "2026-03-05"), ("2026-03-01起在册", "2026-02-20至2026-03-05")),
        (stay("2026-01-05", "2026-01-20"), stay("2026-01-05", "2026-01-22"), ("2026-01-05至2026-01-20", "2026-01-05至2026-01-22")),
        (stay("2026-03-01", "2026-03-09"), stay("2026-01-01"), ("2026-03-01至2026-03-09", "2026-01-01起在册")),
    ],
)  # fmt: skip
def test_periods_that_contradict_are_refused_by_name(
    first: dict[str, str], second: dict[str, str], words: tuple[str, str]
) -> None:
    row(first)
    before = records()
    report = row(second)
    assert [one.reason for one in report.rejected] == ["overlap"]
    assert all(one in report.rejected[0].message for one in words)
    assert records() == before


def test_an_end_of_the_same_start_ends_it_and_notes_are_brought() -> None:
    row(stay("2026-03-01"))
    report = row(stay("2026-03-01", "2026-03-09", "已康复"))
    assert records() == [("hospital", "2026-03-01", "2026-03-09", "discharged")]
    assert [(one.column, one.old, one.new) for one in report.changes] == [
        ("终止日期", "", "2026-03-09"),
        ("备注", "", "已康复"),
    ]
    written = [one for one in report.journal if one.model == "residents.carerecord"]
    assert [one.before for one in written] == [{"ended_on": None, "end_reason": "", "notes": ""}]
    assert Resident.objects.get().left_on is None
    assert counts(row(stay("2026-03-01", "2026-03-09", "已康复"))) == (0, 0, 1)


def test_one_file_ends_a_stay_and_begins_the_next() -> None:
    row(stay("2026-03-01"))
    report = row(stay("2026-11-20"), stay("2026-03-01", "2026-03-09"))
    assert counts(report) == (1, 1, 0)
    assert records() == [
        ("hospital", "2026-03-01", "2026-03-09", "discharged"),
        ("hospital", "2026-11-20", "", ""),
    ]


def test_two_lines_that_both_run_contradict() -> None:
    report = row(stay("2026-03-01"), stay("2026-04-01"))
    assert [(one.row, one.reason) for one in report.rejected] == [(3, "overlap")]
    assert len(records()) == 1


def test_without_a_first_day_nobody_who_was_released_is_opened_again() -> None:
    row(stay("2026-03-01", "2026-03-09"))
    report = row({"类别": "住院"})
    assert [one.reason for one in report.rejected] == ["no start"]
    assert len(records()) == 1


# --- leaving ----------------------------------------------------------------------------------------------------------
def test_a_death_in_one_row_ends_every_record() -> None:
    row({**START, "类别": "孤寡老人、低保"})
    report = row({**START, "类别": "孤寡老人", "终止日期": "2026-11-20", "终止原因": "去世"})
    assert records() == [
        ("elderly_alone", "2026-01-01", "2026-11-20", "died"),
        ("hardship", "2026-01-01", "2026-11-20", "died"),
    ]
    assert counts(report) == (0, 2, 0)
    assert DutyEvent.objects.filter(kind=EventKind.LEFT).exists()
    resident_return(resident=Resident.objects.get(), was_mistake=True, now=NOW, user=None)
    assert [one[2] for one in records()] == ["", ""]


def test_an_old_stay_that_ended_by_moving_leaves_what_runs() -> None:
    row({"类别": "孤寡老人", "纳入日期": "2026-01-01"})
    row({"类别": "住院", "纳入日期": "2025-01-01", "终止日期": "2025-06-01", "终止原因": "搬离"})
    assert records() == [
        ("elderly_alone", "2026-01-01", "", ""),
        ("hospital", "2025-01-01", "2025-06-01", "moved"),
    ]
    assert Resident.objects.get().left_on is None


def test_a_roster_of_residents_lets_people_leave_as_well() -> None:
    row({**START, "类别": "孤寡老人"})
    head = (*NAMES, "迁出/去世", "离开日期")
    data = csv_of(head, ("秦耀红", WHERE, "去世", "2026-11-20"))
    report = load("residents", data)
    assert (refused(report), counts(report)) == ([], (0, 1, 0))
    assert records() == [("elderly_alone", "2026-01-01", "2026-11-20", "died")]
    assert counts(load("residents", data)) == (0, 0, 1)
    report = load("residents", csv_of(NAMES, ("秦耀红", WHERE)))
    assert warned(report) == [("姓名", "gone")]
    report = load("residents", csv_of(head, ("秦耀红", WHERE, "迁出", "2026-11-21")))
    assert refused(report) == [(2, "迁出/去世", "leaving")]
    report = load("residents", csv_of(head, ("沈一", WHERE, "去世", "")))
    assert refused(report) == [(2, "迁出/去世", "leaving")]


# --- titles -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("孤寡老人", "elderly_alone"),
        ("孤寡老人台账", "elderly_alone"),
        ("2026年度孤寡老人台账", "elderly_alone"),
        ("丹水池街道百步亭社区独居老人花名册（2026年11月）", "elderly_alone"),
        ("怡和苑空巢老人名单", "elderly_alone"),
        ("附件2：低保对象名册", "hardship"),
        ("低保户一览表", "hardship"),
        ("江岸区百步亭社区困难家庭花名册", "hardship"),
        ("特困人员登记表", "hardship"),
        ("困难群众基本情况统计表", "hardship"),
        ("住院病人登记表", "hospital"),
        ("第三季度住院人员走访台账", "hospital"),
        ("辖区内大病住院患者信息表", "hospital"),
        ("下岗失业人员名册", "laid_off"),
        ("2026年下半年失业人员统计表", "laid_off"),
        ("刑满释放人员安置帮教花名册", "released"),
        ("安置帮教对象台账", "released"),
        ("第二片区刑释解教人员信息登记表", "released"),
        ("五必访孤寡老人台账", "elderly_alone"),
        ("低保户、特困户名册", "hardship"),
        ("社区精神障碍患者台账", None),
        ("精神病人台账", None),
        ("困难党员花名册", None),
        ("困难残疾人名册", None),
        ("非低保困难家庭名册", None),
        ("原低保户名册", None),
        ("低保边缘家庭台账", None),
        ("拟纳入低保人员公示名单", None),
        ("退出低保人员名单", None),
        ("孤寡老人结对帮扶志愿者名单", None),
        ("住院病人陪护人员名册", None),
        ("低保及失业人员花名册", None),
        ("孤寡老人和住院病人台账", None),
        ("困难职工子女助学名册", None),
        ("失业保险金发放名册", None),
        ("独居老人探访员花名册", None),
        ("困难家庭大学生登记表", None),
        ("未就业失业人员排查对象之外名单", None),
        ("住院医生名册", None),
        ("居民花名册", None),
        ("五必访对象台账", None),
        ("2026年11月走访台账", None),
    ],
)
def test_a_title_names_a_category_only_as_a_whole(title: str, code: str | None) -> None:
    found = CategoryBook().said_by([title])
    assert (found.code if found else None) == code


def test_a_heading_inside_the_sheet_speaks_for_its_rows() -> None:
    head = ("序号", "姓名", "住址")
    rows = [
        ("孤寡老人台账",),
        head,
        (1, "秦耀红", WHERE),
        ("住院病人",),
        (2, "沈一", "怡康苑101栋2单元602室"),
    ]
    load("care", workbook_of(某社区=rows))
    found = dict(CareRecord.objects.values_list("resident__name", "category__code"))
    assert found == {"秦耀红": "elderly_alone", "沈一": "hospital"}


@pytest.mark.parametrize("remark", ["女儿在国外", "听力差"])
def test_a_remark_beside_a_category_that_nobody_understands_is_named(remark: str) -> None:
    report = row({"类别": f"孤寡老人（{remark}）", "纳入日期": "2026-03-01"})
    assert records() == [("elderly_alone", "2026-03-01", "", "")]
    assert warned(report) == [("类别", "remark")]


@pytest.mark.parametrize("remark", ["低保", "二类", "2026年3月5日", "在册"])
def test_one_that_says_more_of_the_same_is_not(remark: str) -> None:
    report = row({"类别": f"困难家庭（{remark}）", "纳入日期": "2026-03-01"})
    assert (len(records()), report.warned) == (1, [])


@pytest.mark.parametrize("state", ["下落不明", "申请退出", "看守所羁押"])
def test_a_state_that_leaves_it_open_is_named(state: str) -> None:
    report = row({"类别": "低保", "纳入日期": "2026-03-01", "目前情况": state})
    assert [one[3] for one in records()] == [""]
    assert warned(report) == [("目前情况", "state")]


def test_a_state_that_denies_opens_nothing() -> None:
    report = row({"类别": "低保", "纳入日期": "2026-03-01", "目前情况": "不在册"})
    assert (records(), [one.column for one in report.rejected]) == ([], ["目前情况"])


def test_since_when_somebody_benefits_is_a_start_where_nothing_else_is() -> None:
    row({"类别": "孤寡老人", "享受起始时间": "2026-03-01"})
    assert records() == [("elderly_alone", "2026-03-01", "", "")]
