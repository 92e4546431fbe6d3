"""督办情况: which step was told when, and how long it took until somebody acted, against cases made by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from cadres.choices import Post
from cadres.services import appointment_end
from duties.models import DutyEvent
from residents.models import CareRecord
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, care_record, clerk, moment
from tests.reports.asking import made, rows_of
from tests.visits.people import NOW, account_of
from visits.models import Incident
from visits.services import arrival_stamp, care_record_end, incident_report, visit_void

pytestmark = pytest.mark.django_db
BEGIN = moment("2026-03-01T09:00")
START = date(2026, 3, 1)


@pytest.fixture
def office(home: Community) -> User:
    return clerk(home.place)


@pytest.fixture
def record(home: Community) -> CareRecord:
    """Due on 4 March; told on the 5th at midnight, on the 6th and on the 8th."""
    made = care_record(home.building, now=BEGIN, started_on=START)
    for at in ("2026-03-05T00:01", "2026-03-06T00:01"):
        sweep_at(at)
    return made


def table(home: Community, office: User, **options: Any) -> list[dict[str, Any]]:
    return rows_of(made("escalations", home.place, office, **options))


def answers(home: Community, office: User, **options: Any) -> list[tuple[str, Any, Any, str]]:
    rows = table(home, office, **options)
    return [(row["督办级别"], row["办理时间"], row["用时（小时）"], row["结果"]) for row in rows]


def test_it_works(home: Community, office: User, record: CareRecord) -> None:
    visit(record.resident, "2026-03-06T12:01")
    rows = table(home, office)
    assert rows[0] == {
        "楼栋": f"怡康苑 第一片区 101栋 {record.resident.household.short}",
        "对象": record.resident.name,
        "类别": "孤寡老人",
        "种类": "首访",
        "责任岗位": "楼栋长",
        "应办日期": date(2026, 3, 4),
        "督办级别": "楼栋",
        "应知会时间": moment("2026-03-05T00:00"),
        "知会时间": moment("2026-03-05T00:01"),
        "知会对象": f"楼栋党小组长{home.holder(home.building, Post.PARTY_GROUP_LEADER).name}",
        "空缺越过": "",
        "办理时间": moment("2026-03-06T12:01"),
        "用时（小时）": 36.0,
        "折合（天）": 1.5,
        "结果": "逾期后完成",
    }
    assert [(row["督办级别"], row["用时（小时）"]) for row in rows] == [("楼栋", 36.0), ("片区", 12.0)]
    summary = made("escalations", home.place, office).summary
    assert summary == "共知会 2 次，撤回 0 次，尚未办理 0 次，已办理 2 次，平均用时 24.0 小时，最长 36.0 小时"


def test_nothing_was_done_yet(home: Community, office: User, record: CareRecord) -> None:
    assert answers(home, office) == [("楼栋", None, None, "尚未办理"), ("片区", None, None, "尚未办理")]


def test_a_visit_that_does_not_settle_is_an_answer_too(
    home: Community, office: User, record: CareRecord
) -> None:
    visit(record.resident, "2026-03-05T06:01", seen=False)
    assert answers(home, office)[0] == ("楼栋", moment("2026-03-05T06:01"), 6.0, "逾期")


def test_a_voided_visit_is_none(home: Community, office: User, record: CareRecord) -> None:
    mistaken = visit(record.resident, "2026-03-06T06:01")
    visit_void(visit=mistaken, reason="记错了人", now=moment("2026-03-06T07:00"))
    assert [row[3] for row in answers(home, office)] == ["尚未办理", "尚未办理"]


def test_who_was_told_late_answers_from_when_he_was_told(home: Community, office: User) -> None:
    """The sweep stood still for two days; the visit came an hour after the notice."""
    record = care_record(home.building, now=BEGIN, started_on=START)
    sweep_at("2026-03-07T08:00")
    visit(record.resident, "2026-03-07T09:00")
    rows = table(home, office)
    assert [row["应知会时间"] for row in rows] == [moment("2026-03-05T00:00"), moment("2026-03-06T00:00")]
    assert {row["知会时间"] for row in rows} == {moment("2026-03-07T08:00")}
    assert [row["用时（小时）"] for row in rows] == [1.0, 1.0]


def test_what_was_done_before_one_could_be_told_took_no_time(home: Community, office: User) -> None:
    """Recorded on the way in by the sweep of the 7th; the visits became known later that day."""
    record = care_record(home.building, now=BEGIN, started_on=START)
    sweep_at("2026-03-07T08:00")
    visit(record.resident, "2026-03-05T06:00", received="2026-03-07T18:00", seen=False)
    visit(record.resident, "2026-03-07T00:00", received="2026-03-07T18:00", has_time=False)
    assert answers(home, office) == [
        ("楼栋", moment("2026-03-05T06:00"), 0.0, "知会前已办"),
        ("片区", moment("2026-03-07T00:00"), 0.0, "当天已办"),
    ]


def test_a_step_taken_back_says_so_and_counts_no_time(
    home: Community, office: User, record: CareRecord
) -> None:
    visit(record.resident, "2026-03-04T20:00", received="2026-03-06T09:00")
    assert answers(home, office) == [("楼栋", None, None, "已撤回"), ("片区", None, None, "已撤回")]
    assert "撤回 2 次" in made("escalations", home.place, office).summary


def test_a_step_that_was_reinstated_runs_again(home: Community, office: User, record: CareRecord) -> None:
    seen = visit(record.resident, "2026-03-04T20:00", received="2026-03-06T09:00")
    visit_void(visit=seen, reason="录错了人", now=moment("2026-03-06T10:00"))
    assert [row[3] for row in answers(home, office)] == ["尚未办理", "尚未办理"]


def test_a_record_that_ends_settles_it(home: Community, office: User, record: CareRecord) -> None:
    care_record_end(
        care_record=record, ended_on=date(2026, 3, 6), end_reason="moved", now=moment("2026-03-07T00:00")
    )
    ended = moment("2026-03-06T00:00")
    assert answers(home, office) == [("楼栋", ended, 24.0, "未完成"), ("片区", ended, 0.0, "未完成")]


def test_a_vacant_rung_is_named(home: Community, office: User) -> None:
    held = home.holders[home.building.pk, Post.PARTY_GROUP_LEADER]
    appointment_end(appointment=held, ended_on=date(2026, 3, 2), end_reason="resigned")
    care_record(home.building, now=BEGIN, started_on=START)
    sweep_at("2026-03-05T00:01")
    [row] = table(home, office)
    assert (row["督办级别"], row["空缺越过"]) == ("楼栋", "楼栋党小组长")
    assert row["知会对象"].startswith("支部书记")


def test_an_incident_is_answered_by_turning_up(home: Community, office: User) -> None:
    incident: Incident = incident_report(
        building=home.building,
        kind="emergency",
        occurred_at=BEGIN,
        summary="水管爆裂",
        now=BEGIN,
        reported_by=None,
    )
    sweep_at("2026-03-01T10:00")
    arrival_stamp(
        incident=incident,
        post=Post.BUILDING_HEAD,
        arrived_at=moment("2026-03-01T10:30"),
        now=moment("2026-03-01T10:31"),
        cadre=None,
    )
    rows = [row for row in table(home, office) if row["责任岗位"] == "楼栋长"]
    assert [(row["对象"], row["类别"], row["种类"], row["用时（小时）"]) for row in rows] == [
        ("", "突发性事件", "到场", 0.5)
    ]
    assert "水管" not in str(table(home, office))


def test_a_reminder_is_no_escalation_and_another_month_is_left_out(home: Community, office: User) -> None:
    care_record(home.building, now=BEGIN, started_on=START)
    sweep_at("2026-03-03T00:01")
    assert DutyEvent.objects.filter(rung=0).count() == 1
    assert table(home, office) == []
    sweep_at("2026-03-05T00:01")
    assert len(table(home, office)) == 1
    april = (date(2026, 4, 1), date(2026, 4, 30))
    assert table(home, office, days=april) == []
    assert rows_of(made("escalations", home.quarters[1], office)) == []


def test_masked_it_names_nobody_who_is_visited(home: Community, office: User, record: CareRecord) -> None:
    report = made("escalations", home.place, office, is_full=False)
    assert record.resident.name not in str(report.rows) + report.page()
    assert rows_of(report)[0]["楼栋"] == "怡康苑 第一片区 101栋"
    assert report.title.endswith("（已脱敏）")


def test_a_sensitive_category_is_named_to_the_ladder_alone(home: Community, office: User) -> None:
    care_record(home.building, now=BEGIN, started_on=START, code="released")
    sweep_at(NOW)
    assert {row["类别"] for row in table(home, office)} == {"重点对象"}
    secretary = account_of(home.holder(home.precincts[0], Post.BRANCH_SECRETARY), "zhibu")
    rows = rows_of(made("escalations", home.precincts[0], secretary, is_full=False))
    assert {row["类别"] for row in rows} == {"刑释解教人员"}


def test_queries_do_not_grow_with_the_rows(home: Community, office: User) -> None:
    taken = []
    for count in (1, 9):
        for number in range(count):
            care_record(home.buildings[number % 8], now=BEGIN, started_on=START)
        sweep_at(NOW)
        with CaptureQueriesContext(connection) as queries:
            made("escalations", home.place, office)
        taken.append(len(queries))
    assert taken[0] == taken[1] < 20
