"""Cases from the field: who somebody is, and what the cells about him say of each other. Files in tests/data/cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from baibuting.common.tabular.report import ImportReport
from duties.choices import RUNNING
from duties.models import Duty
from residents.choices import EndReason
from residents.models import CareRecord, Resident
from rosters.imports import roster_import
from tests.factories import live_for_ever
from tests.rosters.tables import NOW

pytestmark = pytest.mark.django_db
CASES = Path(__file__).resolve().parents[2] / "data" / "cases"
COMMUNITY = "百步亭社区"


@pytest.fixture(autouse=True)
def places() -> None:
    sent("places", "_base/places.csv")
    live_for_ever()


def sent(kind: str, name: str) -> ImportReport:
    return roster_import(
        kind=kind, data=(CASES / name).read_bytes(), community_name=COMMUNITY, now=NOW, user=None
    )


def homes() -> dict[str, list[str]]:
    """The flats of the people by their names."""
    found: dict[str, list[str]] = {}
    for one in Resident.objects.select_related("household__building").order_by("pk"):
        found.setdefault(one.name, []).append(f"{one.household.building.name} {one.household.short}")
    return found


def wrong(report: ImportReport) -> list[tuple[int, str]]:
    return [(one.row, one.column) for one in report.rejected]


def looked_at(report: ImportReport) -> list[tuple[int, str]]:
    return [(one.row, one.column) for one in report.warned]


def test_people_without_a_mainland_id_card_are_registered_with_their_documents() -> None:
    """港澳台、外籍、军官、新生儿也住在楼里：6人都应登记上。"""
    report = sent("residents", "22-people-without-mainland-id/in.xlsx")
    assert (wrong(report), looked_at(report), report.accepted) == ([], [], 6)
    documents = {
        one.name: (one.get_document_kind_display(), one.document_number) for one in Resident.objects.all()
    }
    assert documents == {
        "陈港一": ("港澳居民来往内地通行证", "H00000000"),
        "林台二": ("台湾居民来往大陆通行证", "00000000"),
        "JOHNTEST": ("护照", "E00000000"),
        "周军三": ("军官证", "军字第0000000号"),
        "吴婴四": ("出生医学证明", "Z000000000"),
        "郑无五": ("未填", ""),
    }
    again = sent("residents", "22-people-without-mainland-id/in.xlsx")
    assert (again.units["人"].unchanged, again.created, again.updated) == (6, 0, 0)


def test_what_contradicts_the_id_number_is_not_stored_in_silence() -> None:
    """甲一：号码是男，表里写女；乙二：出生日期与号码差9年。应拒绝或提示，不能无声存下互相矛盾的内容。"""
    report = sent("residents", "23-gender-and-birth-contradict-id/in.xlsx")
    assert looked_at(report) == [(2, "性别")]
    assert wrong(report) == [(3, "出生日期")]
    stored = {one.name: (one.gender, str(one.born_on)) for one in Resident.objects.all()}
    assert stored == {"甲一": ("", "1955-01-01"), "丙三": ("male", "1957-01-01"), "丁四": ("", "1958-01-01")}


def test_mother_and_daughter_in_law_of_one_name_are_two_people() -> None:
    """601室有两位王芳（1950、1985），出生日期不同：两个人。不能无声并成一人。"""
    report = sent("care", "24-same-name-same-flat-no-id/in.xlsx")
    assert wrong(report) == []
    assert sorted(str(one) for one in Resident.objects.values_list("born_on", flat=True)) == [
        "1950-06-01",
        "1985-06-01",
        "2001-02-01",
    ]
    assert CareRecord.objects.count() == 3


def test_a_remark_behind_a_name_is_read_and_two_people_are_not_one() -> None:
    """王五（已故）、赵六（去世）、钱七（搬走）：不能无声当成在世在住的人。周九、吴十：拒绝或拆开。"""
    report = sent("care", "25-remarks-inside-names/in.xlsx")
    running = set(CareRecord.objects.filter(ended_on=None).values_list("resident__name", flat=True))
    assert running == {"张三", "李四"}
    spoken_of = {row for row, _ in wrong(report) + looked_at(report)}
    assert {4, 6, 7, 8, 9} <= spoken_of
    ended = CareRecord.objects.get(resident__name="赵六")  # the day of his death is written there
    assert (str(ended.ended_on), ended.end_reason) == ("2026-05-01", EndReason.DIED)
    assert not Resident.objects.filter(name__contains="、").exists()
    assert not Resident.objects.filter(name__contains="夫妇").exists()


def test_a_person_without_an_id_number_who_moved_stays_one_person() -> None:
    """同名同电话、搬到303栋：应提示可能是同一人，不能无声变成两个人、两份任务。"""
    sent("care", "63-moved-person-without-id-becomes-two/one.xlsx")
    report = sent("care", "63-moved-person-without-id-becomes-two/two.xlsx")
    assert homes() == {"甲一": ["303栋 1-301"], "乙二": ["303栋 1-302"]}
    assert [(one.row, one.column) for one in report.warned] == [(2, "住址"), (3, "住址")]
    assert [(one.subject, one.old, one.new) for one in report.changes] == [
        ("甲一", "301栋1单元101室", "303栋1单元301室"),
        ("乙二", "301栋1单元102室", "303栋1单元302室"),
    ]
    records = CareRecord.objects.filter(ended_on=None)
    assert set(records.values_list("building__name", flat=True)) == {"303栋"}
    owed = Duty.objects.filter(outcome__in=RUNNING)
    assert (records.count(), owed.values("care_record").distinct().count()) == (2, 2)


def test_one_id_number_in_two_flats_is_told() -> None:
    """同一身份证两处住址：第二行应拒绝或提示；同号不同名拒绝。"""
    report = sent("residents", "64-one-id-two-flats-in-one-file/in.xlsx")
    assert wrong(report) == [(3, "住址"), (7, "身份证号")]
    assert homes() == {"甲一": ["301栋 1-101"], "乙二": ["301栋 1-102"], "丙三": ["301栋 1-103"]}


def test_blank_cells_and_a_coarser_address_change_nothing() -> None:
    """空着的格不清掉已有内容，也不沿用上一行的；只写到楼栋的乙二不能从102室“搬”到没有室号的户。"""
    sent("residents", "69-blank-cells-on-reimport/a.xlsx")
    before = list(Resident.objects.order_by("pk").values())
    report = sent("residents", "69-blank-cells-on-reimport/b.xlsx")
    assert list(Resident.objects.order_by("pk").values()) == before
    assert (report.units["人"].unchanged, report.changes, wrong(report)) == (2, [], [])
    one = Resident.objects.get(name="甲一")
    assert (one.phone, one.gender, one.notes) == ("19900000991", "male", "独居，子女在外地")
