"""Ledgers of 必访对象 as other offices keep them, and what a second one changes."""

from __future__ import annotations

from datetime import date

import pytest

from baibuting.common.tabular.problems import LayoutError
from duties.models import Duty
from residents.models import CareRecord, Household, Resident
from tests.factories import Community, community
from tests.rosters.tables import NOW, counts, csv_of, load, refused, workbook_of
from visits.services import care_record_end

pytestmark = pytest.mark.django_db
HEAD = ("姓名", "身份证号", "联系电话", "住址", "对象类别", "纳入日期")
MAN = ("秦耀红", "429999197708220316", "19907454063", "怡康苑101栋2单元601室", "困难家庭", "2026.11.20")


@pytest.fixture(autouse=True)
def home() -> Community:
    return community()


def people() -> list[tuple[str, str, list[str]]]:
    return [
        (one.name, str(one.household), sorted(one.care_records.values_list("category__code", flat=True)))
        for one in Resident.objects.order_by("name")
    ]


def test_it_works() -> None:
    report = load("care", csv_of(HEAD, MAN))
    assert people() == [("秦耀红", "101栋 2-601", ["hardship"])]
    assert (counts(report), report.accepted) == ((1, 0, 0), 1)
    man = Resident.objects.get()
    assert (man.phone, man.id_number, man.born_on) == (MAN[2], MAN[1], date(1977, 8, 22))
    assert Duty.objects.get().due_on == date(2026, 11, 27)  # seven days


@pytest.mark.parametrize(
    ("head", "row"),
    [
        (("对象姓名", "所属小区", "楼号", "单元", "房号", "人员类别"), ("秦耀红", "怡康苑", "101", "2", "601", "低保户")),
        (("姓名", "苑区", "楼栋", "室号", "类型"), ("秦耀红", "怡康苑", "101栋", "2-601", "困难家庭（低保）")),
        (("姓名", "地址", "困难家庭", "住院病人", "孤寡老人"), ("秦耀红", "武汉市江岸区百步亭花园怡康苑101栋二单元6楼601", "√", "", "×")),
        (("序号", "姓 名", "家庭住址", "人员类型"), (1, "秦 耀 红", "怡康苑第一片区１０１栋—２—６０１", "特困")),
    ],
)  # fmt: skip
def test_layouts(head: tuple[str, ...], row: tuple[object, ...]) -> None:
    report = load("care", workbook_of(台账=[("某社区台账",), head, row]))
    assert refused(report) == []
    assert people() == [("秦耀红", "101栋 2-601", ["hardship"])]
    assert CareRecord.objects.get().started_on == date(
        2026, 11, 23
    )  # no such column: the day it was registered


def test_one_sheet_a_category() -> None:
    rows = [("姓名", "住址"), ("秦耀红", "怡康苑101栋2-601")]
    load("care", workbook_of(孤寡老人=rows, 住院病人=rows))
    assert people() == [("秦耀红", "101栋 2-601", ["elderly_alone", "hospital"])]


def test_without_any_category_it_says_so() -> None:
    with pytest.raises(LayoutError) as error:
        load("care", csv_of(("姓名", "住址"), ("秦耀红", "怡康苑101栋2-601")))
    assert error.value.missing == ["对象类别"]
    assert Resident.objects.count() == 0


def test_a_person_in_two_lines_is_one_person() -> None:
    other = (*MAN[:4], "住院", "20261105")
    report = load("care", csv_of(HEAD, MAN, other, other))
    assert people() == [("秦耀红", "101栋 2-601", ["hardship", "hospital"])]
    assert (report.accepted, report.created) == (3, 2)


def test_without_an_id_number_name_and_flat_tell_who_it_is() -> None:
    load("care", csv_of(HEAD, ("秦耀红", "", *MAN[2:])))
    report = load("care", csv_of(HEAD, MAN))
    assert counts(report) == (0, 1, 0)  # the number is new
    assert Resident.objects.get().id_number == MAN[1]


def test_a_number_of_somebody_else_is_refused() -> None:
    load("care", csv_of(HEAD, MAN))
    report = load("care", csv_of(HEAD, ("别人", *MAN[1:])))
    assert refused(report) == [(2, "身份证号", "id number taken")]
    assert people() == [("秦耀红", "101栋 2-601", ["hardship"])]


def test_another_flat_moves_the_person_and_the_open_duty() -> None:
    load("care", csv_of(HEAD, MAN))
    report = load("care", csv_of(HEAD, (*MAN[:3], "文卉苑105栋1-101", *MAN[4:])))
    assert counts(report) == (0, 1, 0)
    assert people() == [("秦耀红", "105栋 1-101", ["hardship"])]
    assert Duty.objects.get().place.name == "105栋"


def test_another_start_puts_the_record_right_only_where_it_is_ticked() -> None:
    load("care", csv_of(HEAD, MAN))
    other = csv_of(HEAD, (*MAN[:5], "2026-11-18"))
    report = load("care", other)
    assert counts(report) == (0, 0, 1)
    assert [(one.row, one.column, one.reason) for one in report.warned] == [(2, "纳入日期", "start")]
    assert (report.correctable["starts"].rows, report.correctable["starts"].rounds) == (1, 1)
    assert CareRecord.objects.get().started_on == date(2026, 11, 20)
    report = load("care", other, corrections=["starts"])
    assert counts(report) == (0, 1, 0)
    assert [(one.column, one.old, one.new) for one in report.changes] == [
        ("纳入日期", "2026-11-20", "2026-11-18")
    ]
    assert CareRecord.objects.get().started_on == date(2026, 11, 18)
    assert counts(load("care", other)) == (0, 0, 1)


def test_an_ended_record_is_not_opened_again_by_the_old_list() -> None:
    load("care", csv_of(HEAD, MAN))
    care_record_end(
        care_record=CareRecord.objects.get(), ended_on=date(2026, 11, 21), end_reason="recovered", now=NOW
    )
    assert counts(load("care", csv_of(HEAD, MAN))) == (0, 0, 1)
    report = load("care", csv_of(HEAD, (*MAN[:5], "2026-11-19")))
    assert refused(report) == [(2, "纳入日期", "overlap")]
    assert counts(load("care", csv_of(HEAD, (*MAN[:5], "2026-11-22")))) == (1, 0, 0)


def test_every_bad_cell_of_a_row_is_named_at_once() -> None:
    report = load("care", csv_of(HEAD, ("", "42999919770822031", "123", "幸福里3栋", "重点人员", "去年")))
    assert refused(report) == [
        (2, "姓名", "missing name"),
        (2, "身份证号", "id number"),
        (2, "住址", "unknown place"),
        (2, "对象类别", "unknown category"),
        (2, "纳入日期", "date"),
    ]
    assert [(one.column, one.reason) for one in report.warned] == [
        ("联系电话", "phone")
    ]  # costs only its cell
    assert (Resident.objects.count(), Household.objects.count()) == (0, 0)


def test_an_end_written_in_the_ledger_ends_the_record() -> None:
    load("care", csv_of((*HEAD, "退出日期", "退出原因"), (*MAN, "2026-11-21", "去世")))
    record = CareRecord.objects.get()
    assert (record.ended_on, record.end_reason) == (date(2026, 11, 21), "died")
