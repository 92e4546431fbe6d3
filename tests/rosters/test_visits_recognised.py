"""One visit is one visit: a row is held against what is known of that person, day and visitor."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import Any

import pytest
from django.db import connection

from baibuting.common.tabular.report import Correction, ImportReport, Written
from cadres.choices import Post
from duties.choices import Outcome
from duties.models import Duty, DutyEvent
from residents.models import Resident
from tests.factories import Community, care_record, community, moment, resident
from tests.rosters.tables import NOW, counts, csv_of, load
from visits.choices import Method, VisitOrigin
from visits.models import Visit
from visits.services import visit_record, visit_void

pytestmark = pytest.mark.django_db
HEAD = ("走访日期", "走访人", "走访对象", "住址", "走访方式", "是否见到本人", "情况记录", "诉求")


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def person(home: Community) -> Resident:
    found = resident(home.building, now=NOW, name="周文小", room="101")
    care_record(home.building, now=moment("2026-11-01T09:00"), started_on=date(2026, 11, 1), resident=found)
    return found


def row(day: str = "2026-11-03", **cells: str) -> tuple[str, ...]:
    given = {
        "走访日期": day, "走访人": "王五", "走访对象": "周文小", "住址": "怡康苑101栋", "走访方式": "上门", "是否见到本人": "是",
    }  # fmt: skip
    return tuple((given | cells).get(title, "") for title in HEAD)


def sent(*rows: tuple[str, ...], **options: Any) -> ImportReport:
    return load("visits", csv_of(HEAD, *rows), **options)


def everything() -> list[Any]:
    return [list(model.objects.order_by("pk").values_list()) for model in (Visit, Duty, DutyEvent)]


def reasons(report: ImportReport) -> list[tuple[int, str]]:
    return [(one.row, one.reason) for one in report.warned]


def test_it_works(person: Resident) -> None:
    """What is open is filled in, and only that; sent again nothing changes."""
    assert counts(sent(row())) == (1, 0, 0)
    first = Visit.objects.get()
    report = sent(row("2026-11-03 14:30", 情况记录="血压偏高", 诉求="换灯泡"))
    assert counts(report) == (0, 1, 0)
    visit = Visit.objects.get()
    assert (visit.pk, visit.uid, visit.received_at) == (first.pk, first.uid, first.received_at)
    assert (visit.visited_at, visit.has_time) == (moment("2026-11-03T14:30"), True)
    assert (visit.notes, visit.request) == ("血压偏高", "换灯泡")
    assert Duty.objects.get(opened_on=date(2026, 11, 1)).done_at == moment("2026-11-03T14:30")
    before = everything()
    for again in (row(), row("2026-11-03 14:30"), row(情况记录="血压偏高。"), row(诉求="换灯泡")):
        assert counts(sent(again)) == (0, 0, 1)
    assert everything() == before


@pytest.mark.parametrize(
    "cells",
    [
        {"走访人": "王 五"}, {"走访人": "王五（网格员）"}, {"走访人": "王　五"}, {"走访方式": "入户"}, {"是否见到本人": "见到本人"},
        {"是否见到本人": ""}, {"情况记录": " 血压偏高 "}, {"情况记录": "血压偏高。"}, {"情况记录": ""}, {"诉求": "无"},
        {"走访日期": "2026/11/3"}, {"走访日期": "2026年11月3日"}, {"走访人": ""},
    ],
)  # fmt: skip
def test_other_spellings_and_fewer_words_are_the_same_visit(person: Resident, cells: dict[str, str]) -> None:
    sent(row(情况记录="血压偏高"))
    before = everything()
    report = sent(row(**{"情况记录": "血压偏高", **cells}))
    assert (counts(report), report.warned, report.changes) == ((0, 0, 1), [], [])
    assert everything() == before


@pytest.mark.parametrize(
    "cells",
    [
        {"情况记录": "血压正常"}, {"走访方式": "电话"}, {"是否见到本人": "否"}, {"走访日期": "2026-11-03 16:00"}, {"诉求": "换门锁"},
        {"走访日期": "2026-11-03 9:00", "情况记录": "血压正常"},
    ],
)  # fmt: skip
def test_what_says_something_else_is_not_counted_again(person: Resident, cells: dict[str, str]) -> None:
    sent(row("2026-11-03 14:30", 情况记录="血压偏高", 诉求="换灯泡"))
    before = everything()
    report = sent(row(**{"走访日期": "2026-11-03 14:30", **cells}))
    assert counts(report) == (0, 0, 1)
    assert reasons(report) == [(2, "same visit differs")]
    assert report.correctable[Correction.VISITS].rows == 1
    assert (report.journal, report.changes) == ([], [])
    assert everything() == before


def test_with_the_tick_it_is_voided_and_recorded_anew(person: Resident) -> None:
    sent(row(情况记录="血压偏高"))
    old = Visit.objects.get()
    assert Duty.objects.get(opened_on=date(2026, 11, 1)).outcome == Outcome.IN_TIME
    corrected = row(是否见到本人="家中无人", 情况记录="没有人在家")
    report = sent(corrected, corrections=[Correction.VISITS])
    assert counts(report) == (0, 1, 0)
    old.refresh_from_db()
    new = Visit.objects.get(voided_at=None)
    assert (new.corrects, new.seen, old.voided_at) == (old, False, NOW)
    assert old.void_reason.startswith("更正")
    assert Duty.objects.filter(opened_on=date(2026, 11, 1), outcome=Outcome.IN_TIME).count() == 0
    assert [(one.column, one.old, one.new) for one in report.changes if one.column == "是否见到本人"] == [
        ("是否见到本人", "是", "否")
    ]
    assert Written("visits.visit", old.pk, {"voided_at": None, "void_reason": ""}) in report.journal
    assert Written("visits.visit", new.pk) in report.journal
    before = everything()
    assert counts(sent(corrected, corrections=[Correction.VISITS])) == (0, 0, 1)
    assert everything() == before


def test_different_visitors_are_two_visits(person: Resident) -> None:
    assert counts(sent(row(), row(走访人="李四"), row(走访人="王五、李四"))) == (3, 0, 0)


def test_two_stated_times_an_hour_apart_in_one_file_are_two_visits(person: Resident) -> None:
    morning = row("2026-11-03 09:00", 是否见到本人="否", 情况记录="家中无人")
    evening = row("2026-11-03 17:30", 情况记录="身体尚好")
    assert counts(sent(morning, evening)) == (2, 0, 0)
    assert counts(sent(evening, morning)) == (0, 0, 2)
    report = sent(row("2026-11-04 09:00", 情况记录="一"), row("2026-11-04 09:20", 情况记录="二"))
    assert (counts(report), reasons(report)) == ((1, 0, 0), [(3, "same visit twice")])


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_the_rows_decides_nothing(person: Resident, order: tuple[int, ...]) -> None:
    """Two visits are known; three rows speak of them, one adding notes, one repeating, one a third visit."""
    sent(row("2026-11-03 09:00", 是否见到本人="否"), row("2026-11-03 17:30"))
    rows = [row("2026-11-03 09:00", 是否见到本人="否"), row("2026-11-03 17:30", 情况记录="尚好"), row("2026-11-03 20:00", 走访方式="电话")]  # fmt: skip
    assert counts(sent(*(rows[at] for at in order))) == (1, 1, 1)
    assert counts(sent(*rows)) == (0, 0, 3)


def test_one_visit_told_by_two_rows_is_one_visit(person: Resident) -> None:
    report = sent(row(情况记录="血压偏高"), row("2026-11-03 14:30", 诉求="换灯泡"), row(情况记录="血压正常"))
    assert (counts(report), report.accepted) == ((1, 0, 0), 3)
    assert reasons(report) == [(3, "same visit twice"), (4, "same visit twice")]
    visit = Visit.objects.get()
    assert (visit.notes, visit.request, visit.has_time) == ("血压偏高", "换灯泡", True)


@pytest.mark.parametrize("origin", list(VisitOrigin))
def test_whichever_way_it_came_in(home: Community, person: Resident, origin: VisitOrigin) -> None:
    """A ledger of paper that repeats what the phone has sent: not counted again, and its notes do not replace a word."""
    head = home.holder(home.building, Post.BUILDING_HEAD)
    visit_record(
        resident=person, visited_at=moment("2026-11-03T10:12"), now=NOW, origin=origin, visitor=head, notes="身体尚好"
    )  # fmt: skip
    before = everything()
    assert counts(sent(row(走访人=head.name))) == (0, 0, 1)
    report = sent(row(走访人=head.name, 情况记录="血压偏高"))
    assert (counts(report), reasons(report)) == ((0, 0, 1), [(2, "same visit differs")])
    assert everything() == before


def test_the_visitor_is_filled_in_where_none_was_written(home: Community, person: Resident) -> None:
    head = home.holder(home.building, Post.BUILDING_HEAD)
    sent(row(走访人=""))
    report = sent(row(走访人=head.name))
    assert counts(report) == (0, 1, 0)
    visit = Visit.objects.get()
    assert (visit.visitor, visit.visitor_post) == (head, Post.BUILDING_HEAD)
    assert report.journal == [
        Written("visits.visit", visit.pk, {"visitor_id": None, "visitor_post": "", "visitor_name": ""})
    ]


@pytest.mark.parametrize("nobody", ["", "见花名册", "详见名单", "同上", "—"])
def test_where_nobody_is_named_rows_of_one_file_are_one_only_word_by_word(
    person: Resident, nobody: str
) -> None:
    """Nothing says that one person made both: what contradicts, or says less, is another visit."""
    rows = [
        row(走访人=nobody, 情况记录="尚好"),
        row(走访人=nobody),
        row(走访人=nobody, 走访方式="电话"),
        row(走访人=nobody),
    ]
    assert counts(sent(*rows)) == (3, 0, 0)
    before = everything()
    assert counts(sent(*rows)) == (0, 0, 3)
    assert everything() == before


def test_where_nobody_is_named_another_file_still_adds(person: Resident) -> None:
    sent(row(走访人="见花名册"))
    assert counts(sent(row("2026-11-03 14:30", 走访人="见花名册", 情况记录="尚好"))) == (0, 1, 0)
    assert Visit.objects.get().notes == "尚好"


def test_a_time_after_it_was_written_down_is_not_filled_in(person: Resident) -> None:
    visit_record(
        resident=person, visited_at=moment("2026-11-03T00:00"), has_time=False, now=moment("2026-11-03T09:00"),
        origin=VisitOrigin.OFFICE, visitor_name="王五",
    )  # fmt: skip
    before = everything()
    report = sent(row("2026-11-03 15:00"))
    assert (counts(report), reasons(report)) == ((0, 0, 1), [(2, "same visit differs")])
    assert everything() == before


def test_what_was_voided_stays_voided_and_other_words_are_said_aloud(person: Resident) -> None:
    sent(row(情况记录="血压偏高"))
    visit_void(visit=Visit.objects.get(), reason="记错了人", now=NOW)
    assert counts(sent(row(情况记录="血压偏高"))) == (0, 0, 1)
    report = sent(row(情况记录="血压正常"))
    assert (counts(report), reasons(report)) == ((1, 0, 0), [(2, "voided before")])


def test_a_row_that_says_it_is_void_is_none(person: Resident) -> None:
    report = load("visits", csv_of((*HEAD, "作废原因"), (*row(), "重复录入")))
    assert (counts(report), reasons(report)) == ((0, 0, 0), [(2, "voided")])
    assert not Visit.objects.exists()


def test_the_report_names_its_unit_and_what_was_written(person: Resident) -> None:
    report = sent(row(), row("2026-11-04"), row("2026-11-05"))
    assert {unit: counted.created for unit, counted in report.units.items()} == {"次走访": 3}
    assert {written.pk for written in report.journal} == set(Visit.objects.values_list("pk", flat=True))
    assert all(written.before is None for written in report.journal)
    report = sent(row(情况记录="尚好"), row("2026-11-04"))
    changed = Visit.objects.get(visited_at=moment("2026-11-03T00:00"))
    assert report.journal == [Written("visits.visit", changed.pk, {"notes": ""})]
    assert [(one.row, one.column, one.old, one.new) for one in report.changes] == [
        (2, "情况记录", "（空）", "尚好")
    ]


@pytest.mark.parametrize(
    ("written", "kept", "in_notes", "reason"),
    [
        ("张伟19900000985", "张伟", "", "number"),
        ("张伟 199-0000-0985", "张伟", "", "number"),
        ("张伟（电话：19900000985）", "张伟", "", "number"),
        ("张伟，手机199 0000 0985", "张伟", "", "number"),
        ("１９９００００００８５李敏", "李敏", "", "number"),
        ("429999196001014100", "", "", "number"),
        ("社区王主任、志愿者小李", "社区王主任、志愿者小李", "", ""),
        ("迪丽努尔·买买提（网格员）", "迪丽努尔·买买提（网格员）", "", ""),
        ("王五。本人肝癌晚期，需要陪护", "", "走访人：王五。本人肝癌晚期，需要陪护", "name"),
        ("社" * 31, "", "走访人：" + "社" * 31, "name"),
        ("2号网格员", "2号网格员", "", ""),
    ],
)
def test_what_is_no_name_does_not_stand_in_the_clear(
    person: Resident, written: str, kept: str, in_notes: str, reason: str
) -> None:
    report = sent(row(走访人=written))
    visit = Visit.objects.get()
    assert (visit.visitor_name, visit.notes) == (kept, in_notes)
    assert [one.reason for one in report.warned] == ([reason] if reason else [])
    before = everything()
    assert counts(sent(row(走访人=written))) == (0, 0, 1)
    assert everything() == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM visits_visit v WHERE v::text ~ '19900000985|肝癌'")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("text", ["#N/A", "#REF!", "#未计算", "#VALUE!", "#DIV/0!", "#NAME?"])
@pytest.mark.parametrize("column", ["走访方式", "是否见到本人", "走访人", "走访日期"])
def test_a_failed_formula_is_refused(person: Resident, column: str, text: str) -> None:
    report = sent(row(**{column: text}))
    assert [(one.row, one.column) for one in report.rejected] == [(2, column)]
    assert not Visit.objects.exists()


def test_a_failed_formula_in_the_notes_costs_the_notes(person: Resident) -> None:
    report = sent(row(情况记录="#REF!"))
    assert [(one.column, one.reason) for one in report.warned] == [("情况记录", "formula error")]
    assert Visit.objects.get().notes == ""


@pytest.mark.parametrize(
    ("written", "method", "kept"),
    [
        ("", Method.HOME, ""), ("/", Method.HOME, ""), ("入户", Method.HOME, ""), ("上门未遇", Method.HOME, "走访方式：上门未遇"),
        ("电话未接", Method.PHONE, "走访方式：电话未接"), ("待定", Method.OTHER, "走访方式：待定"), ("无", Method.OTHER, "走访方式：无"),
        ("未上门", Method.OTHER, "走访方式：未上门"), ("未入户，电话联系", Method.PHONE, "走访方式：未入户，电话联系"),
        ("菜场", Method.OTHER, "走访方式：菜场"),
    ],
)  # fmt: skip
def test_ways_that_are_none_of_ours_are_kept_as_written(
    person: Resident, written: str, method: Method, kept: str
) -> None:
    sent(row(走访方式=written))
    assert (Visit.objects.get().method, Visit.objects.get().notes) == (method, kept)


@pytest.mark.parametrize(
    "written",
    [
        "2026年11月", "2026.11", "202611", "2026-11", "2026/11", "2026年11月份", "二〇二六年十一月", "2026年11月上旬", "11月",
        "2026-11-01至05", "2026-11-01~2026-11-05", "2026.11.1-11.5", "2026年11月1日至5日", "2026年11月1日-11月5日",
        "2026-11-01、2026-11-03", "11月3日、5日", "2026年11月3、5日", "20261101-20261105", "2026年11月第一周", "每周一",
    ],
)  # fmt: skip
def test_a_month_or_several_days_are_no_day(person: Resident, written: str) -> None:
    report = sent(row(written))
    assert [(one.row, one.column) for one in report.rejected] == [(2, "走访日期")]
    assert "2026-03-05" in report.rejected[0].message
    assert not Visit.objects.exists()


@pytest.mark.parametrize(
    ("written", "at", "has_time"),
    [
        ("2026-11-03", "2026-11-03T00:00", False), ("2026.11.3", "2026-11-03T00:00", False), ("20261103", "2026-11-03T00:00", False),
        ("2026年11月3日（星期二）", "2026-11-03T00:00", False), ("二〇二六年十一月三日", "2026-11-03T00:00", False),
        ("2026-11-03 14:30-15:30", "2026-11-03T14:30", True), ("2026年11月3日下午3点", "2026-11-03T15:00", True),
        ("2026-11-03 14：30", "2026-11-03T14:30", True), ("2026-11-03 9时至10时", "2026-11-03T09:00", True),
        ("20261103 09:05", "2026-11-03T09:05", True), ("2026-11-03 上午", "2026-11-03T00:00", False),
    ],
)  # fmt: skip
def test_days_as_offices_write_them(person: Resident, written: str, at: str, has_time: bool) -> None:
    assert sent(row(written)).rejected == []
    assert (Visit.objects.get().visited_at, Visit.objects.get().has_time) == (moment(at), has_time)
