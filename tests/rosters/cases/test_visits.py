"""What a clerk expects of ledgers of visits from the field, case by case; the folders lie in tests/data/cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from baibuting.common.tabular.report import Correction, ImportReport
from tests.factories import live_for_ever, moment
from tests.rosters.tables import counts, csv_of, load
from visits.choices import Method
from visits.models import Visit

pytestmark = pytest.mark.django_db
FOLDER = Path(__file__).resolve().parents[2] / "data" / "cases"


def sent_in(case: str, kind: str, name: str, **options: Any) -> ImportReport:
    """A file of a case, imported."""
    return load(kind, (FOLDER / case / name).read_bytes(), **options)


def prepared(case: str) -> str:
    """The community with its places and the case's people; the case."""
    sent_in("_base", "places", "places.csv")
    live_for_ever()
    assert sent_in(case, "care", "people.xlsx").accepted > 0
    return case


def test_19_a_failed_formula_is_no_way_of_a_visit() -> None:
    """走访方式是#N/A/#REF!/未计算的公式时，不能当作“上门”；应拒绝或记为其他并留原文。"""
    case = prepared("19-formula-errors-in-visit-method")
    report = sent_in(case, "visits", "visits.xlsx")
    refused = {(one.row, one.column) for one in report.rejected}
    assert {(2, "走访方式"), (3, "走访方式"), (5, "走访方式")} <= refused
    assert not Visit.objects.exclude(method=Method.PHONE).exists()
    assert not Visit.objects.filter(seen=True).exists(), "row 4: #N/A in 是否见到本人"


def test_62_a_visit_sent_again_is_one_visit() -> None:
    """同一次走访改了错别字、补了钟点、换了写法再送一次：还是一次走访（更正），或提示“当天已有一次相同走访人的记录”。"""
    case = prepared("62-corrected-visit-sent-again")
    assert counts(sent_in(case, "visits", "v1.xlsx")) == (1, 0, 0)
    for name in ("v2.xlsx", "v3.xlsx", "v4.xlsx"):
        report = sent_in(case, "visits", name)
        assert counts(report) == (0, 0, 1)
        assert [one.reason for one in report.warned] == ["same visit differs"]
        assert "当天已有一次同一走访人的记录" in report.warned[0].message
        assert report.correctable[Correction.VISITS].rows == 1
    assert Visit.objects.get().notes == "身体上好"


def test_62_with_the_tick_it_is_corrected_and_still_one_visit() -> None:
    case = prepared("62-corrected-visit-sent-again")
    sent_in(case, "visits", "v1.xlsx")
    report = sent_in(case, "visits", "v2.xlsx", corrections=[Correction.VISITS])
    assert counts(report) == (0, 1, 0)
    assert counts(sent_in(case, "visits", "v3.xlsx")) == (0, 1, 0), "a time where none was known is filled in"
    assert counts(sent_in(case, "visits", "v4.xlsx")) == (0, 0, 1), (
        "other spellings of the same say nothing new"
    )
    valid, void = Visit.objects.get(voided_at=None), Visit.objects.get(voided_at__isnull=False)
    assert (valid.notes, valid.visited_at, valid.corrects) == ("身体尚好", moment("2026-03-05T14:30"), void)
    assert void.void_reason.startswith("更正")


def test_77_a_visit_without_a_day_is_refused() -> None:
    """只写了月份的走访不知道哪一天：应拒绝（要具体日期），不能算在1号、算按时。"""
    case = prepared("77-visit-with-month-only")
    report = sent_in(case, "visits", "v.xlsx")
    assert [(one.row, one.column) for one in report.rejected] == [(row, "走访日期") for row in range(2, 7)]
    assert not Visit.objects.exists()


def test_84_who_was_not_met_was_not_seen() -> None:
    """没见到本人，不算完成；“上门未遇”“入户（本人不在）”也不算。"""
    case = prepared("84-visit-not-really-made")
    report = sent_in(case, "visits", "v.xlsx")
    assert report.rejected == []
    assert [visit.resident.name for visit in Visit.objects.filter(seen=True)] == ["见面癸"]
    assert {one.row for one in report.warned if one.reason.startswith("resident")} == {5, 10}, "搬走, 去世"
    sent_in(case, "visits", "m.xlsx")
    at_the_door = Visit.objects.filter(resident__name="见面寅")
    assert [(visit.seen, visit.method) for visit in at_the_door.order_by("visited_at")] == [
        (False, Method.HOME), (False, Method.HOME), (False, Method.OTHER)
    ]  # fmt: skip


def test_99_a_telephone_beside_the_visitor_does_not_stand_in_the_clear() -> None:
    """走访人格里的电话：不能明文留在数据库里（拒绝、剥离或加密）。"""
    sent_in("_base", "places", "places.csv")
    live_for_ever()
    person = ("甲一", "怡康苑301栋1单元1001室", "孤寡老人", "2026-03-01")
    load("care", csv_of(("姓名", "住址", "对象类别", "纳入日期"), person))
    report = sent_in("99-numbers-and-illness-inside-address-or-visitor", "visits", "v.xlsx")
    assert Visit.objects.get().visitor_name == "张伟"
    assert [(one.column, one.reason) for one in report.warned] == [("走访人", "number")]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM visits_visit v WHERE v::text LIKE '%19900000985%'")
        assert cursor.fetchone() == (0,)
