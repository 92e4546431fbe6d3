"""Rosters of 必访对象 from the field: periods, discharge, death, ticks and titles. What a clerk expects is the assertion."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from baibuting.common.tabular.problems import LayoutError
from baibuting.common.tabular.report import ImportReport
from duties.choices import RUNNING
from duties.models import Duty
from residents.models import CareRecord, Resident
from rosters.imports import roster_import
from tests.duties.steps import sweep_at
from tests.factories import live_for_ever
from tests.rosters.tables import NOW, counts
from visits.services import resident_leave

pytestmark = pytest.mark.django_db

CASES = Path(__file__).resolve().parent.parent.parent / "data" / "cases"
HOME = "百步亭社区"


@pytest.fixture(autouse=True)
def places() -> None:
    load("_base", "places.csv", kind="places")
    live_for_ever()


def load(case: str, name: str, *, kind: str = "care", corrections: tuple[str, ...] = ()) -> ImportReport:
    """Import a file of a case."""
    folder = next(CASES.glob(f"{case}*"))
    data = (folder / name).read_bytes()
    return roster_import(
        kind=kind, data=data, community_name=HOME, now=NOW, user=None, corrections=corrections
    )


def records(name: str = "") -> list[tuple[str, date, date | None, str]]:
    """(category, first day, last day, reason) of everybody, or of one person, in the order of time."""
    found = CareRecord.objects.filter(resident__name__contains=name).order_by(
        "resident__name", "started_on", "pk"
    )
    return [
        (one.category.code, one.started_on, one.ended_on, one.end_reason)
        for one in found.select_related("category")
    ]


def spoken_of(report: ImportReport) -> set[int]:
    """The rows that are refused or warned of."""
    return {one.row for one in (*report.rejected, *report.warned)}


def test_25_who_is_said_to_be_dead_or_gone_opens_nothing() -> None:
    report = load("25", "in.xlsx")
    assert {4, 6, 7} <= spoken_of(report)  # 王五（已故）, 钱七【已搬走】, 孙八*
    for name in ("王五", "钱七"):
        assert records(name) == []
        assert not Resident.objects.filter(name=name).exists()
    assert records("赵六") == [("elderly_alone", date(2026, 3, 1), date(2026, 5, 1), "died")]
    assert Resident.objects.get(name="赵六").left_on == date(2026, 5, 1)
    for name in ("张三", "李四"):
        assert records(name) == [("elderly_alone", date(2026, 3, 1), None, "")]
    open_ones = Duty.objects.filter(outcome__in=RUNNING).values_list("care_record__resident__name", flat=True)
    assert not {"王五", "赵六", "钱七"} & set(open_ones)


def test_36_only_what_says_yes_is_yes() -> None:
    report = load("36", "in.xlsx")
    poor = set(CareRecord.objects.filter(category__code="hardship").values_list("resident__name", flat=True))
    assert poor == {f"打勾{one}" for one in "甲己庚丑寅卯"}
    assert {8, 9, 13} <= spoken_of(report)  # P, R, 边缘户


@pytest.mark.parametrize("name", ["a.xlsx", "b.xlsx", "c.xlsx", "d.xlsx", "e.xlsx"])
def test_37_a_title_that_is_not_certain_asks(name: str) -> None:
    with pytest.raises(LayoutError) as error:
        load("37", name)
    assert error.value.missing == ["对象类别"]
    assert not Resident.objects.exists()


def test_40_supervision_has_its_own_first_and_last_day() -> None:
    report = load("40", "in.xlsx")
    assert records("甲一") == [("released", date(2026, 1, 10), None, "")]
    assert records("乙二") == [("released", date(2019, 1, 10), date(2024, 1, 9), "other")]
    assert records("丙三") == [("released", date(2026, 2, 10), None, "")]
    assert set(Resident.objects.values_list("household__room", flat=True)) == {"101", "102", "103"}
    assert {one.phone for one in Resident.objects.all()} == {"19900000901"}
    assert not Duty.objects.filter(outcome__in=RUNNING, care_record__resident__name="乙二").exists()
    assert report.accepted == 3


def test_49_who_was_discharged_is_not_visited() -> None:
    load("49", "in.xlsx")
    assert records("甲一") == [("hospital", date(2026, 11, 20), None, "")]
    assert records("乙二") == [("hospital", date(2026, 10, 2), date(2026, 10, 12), "discharged")]
    assert not Duty.objects.filter(outcome__in=RUNNING, care_record__resident__name="乙二").exists()


def test_60_two_stays_are_two_records_in_either_order() -> None:
    report = load("60", "in.xlsx")
    stays = [
        ("hospital", date(2026, 1, 5), date(2026, 1, 12), "discharged"),
        ("hospital", date(2026, 3, 1), None, ""),
    ]
    assert records("甲一") == stays
    assert records("乙二") == stays
    assert counts(report) == (4, 0, 0)
    assert (report.units["条"].created, report.units["人"].created) == (4, 2)
    assert counts(load("60", "in.xlsx")) == (0, 0, 4)


def test_61_an_older_stay_leaves_the_running_one() -> None:
    load("61", "now.xlsx")
    duties = list(Duty.objects.order_by("pk").values())
    report = load("61", "old.xlsx")
    assert records() == [
        ("hospital", date(2026, 1, 5), date(2026, 1, 12), "discharged"),
        ("hospital", date(2026, 3, 1), None, ""),
    ]
    assert counts(report) == (1, 0, 0)
    known = [duty["id"] for duty in duties]
    assert list(Duty.objects.filter(pk__in=known).order_by("pk").values()) == duties


def test_68_the_dead_are_not_enrolled_again() -> None:
    load("68", "a.xlsx")
    assert Resident.objects.get(name="乙二").left_reason == "died"
    report = load("68", "b.xlsx")
    assert records("甲一")[-1] == ("hospital", date(2026, 9, 21), None, "")
    assert [(one.row, one.reason) for one in report.rejected] == [(3, "gone"), (4, "gone")]
    assert "登记有误" in report.rejected[0].message
    assert len(records("乙二")) == 1


def test_70_the_day_of_the_sheet_is_no_start() -> None:
    load("70", "a.xlsx")
    load("70", "v.xlsx", kind="visits")
    sweep_at(NOW)
    before = list(Duty.objects.order_by("pk").values())
    report = load("70", "b.xlsx")
    assert {one[1] for one in records()} == {date(2026, 1, 1)}
    assert list(Duty.objects.order_by("pk").values()) == before
    assert counts(report) == (0, 0, 2)
    assert "登记时间" in report.unrecognised
    assert [one.reason for one in report.warned] == ["no start"]


def test_72_who_has_left_has_no_duties_and_is_not_listed_again() -> None:
    load("72", "a.xlsx")
    resident_leave(
        resident=Resident.objects.get(), left_on=date(2026, 11, 20), reason="moved", now=NOW, user=None
    )
    sweep_at(NOW)
    assert not Duty.objects.filter(outcome__in=RUNNING).exists()
    report = load("72", "b.xlsx")
    assert [(one.row, one.reason) for one in report.rejected] == [(2, "gone")]
    assert "搬回" in report.rejected[0].message
    assert not CareRecord.objects.filter(ended_on=None).exists()
    report = load("72", "a.xlsx")  # the list from before he left
    assert counts(report) == (0, 0, 2)
    assert [one.reason for one in report.warned] == ["ended", "ended"]


def test_97_the_whole_year_sent_again_changes_nothing() -> None:
    load("97", "sept.xlsx")
    load("97", "nov.xlsx")
    before = [list(model.objects.order_by("pk").values()) for model in (CareRecord, Duty)]
    report = load("97", "whole-year.xlsx")
    assert counts(report) == (0, 0, 2)
    assert [list(model.objects.order_by("pk").values()) for model in (CareRecord, Duty)] == before
