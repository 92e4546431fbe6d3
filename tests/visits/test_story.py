"""A duty can say why it stands as it does."""

from __future__ import annotations

from datetime import date

import pytest

from cadres.choices import Post
from cadres.services import appointment_end
from duties.story import duty_explanation, duty_story, status_label
from residents.models import CareRecord
from tests.duties.steps import duty_of, sweep_at, visit
from tests.factories import Community, care_record, community, moment
from visits.services import incident_report, rules_ship, visit_void

pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> Community:
    made = community()
    rules_ship(community=made.place, now=moment("2026-03-01T08:00"))
    return made


@pytest.fixture
def record(home: Community) -> CareRecord:
    made = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    visit(made.resident, "2026-03-02T10:00")
    return made


def name(home: Community, place: object, post: str) -> str:
    return home.holder(place, post).name  # type: ignore[arg-type]


def test_it_works(home: Community, record: CareRecord) -> None:
    for at in ("2026-03-10T00:01", "2026-03-11T00:01"):
        sweep_at(at)
    leader = name(home, home.building, Post.PARTY_GROUP_LEADER)
    branch = name(home, home.precincts[0], Post.BRANCH_SECRETARY)
    assert duty_explanation(duty_of(record), moment("2026-03-11T09:00")) == (
        "按孤寡老人走访规则第 1 版（上次走访后 7 天内再访），上次有效走访为 3月2日；"
        "最迟应于 3月9日办理，至今没有符合要求的走访，已逾期 2 天；"
        f"已知会：楼栋党小组长{leader}（3月10日）、支部书记{branch}（3月11日）；"
        "下一步：3月13日 仍未办理，报苑区总支书记。"
    )


def test_before_it_is_due_the_reminder_comes_next(record: CareRecord) -> None:
    text = duty_explanation(duty_of(record), moment("2026-03-03T09:00"))
    assert text.endswith("尚未到期；下一步：3月8日 提醒楼栋长。")


def test_a_late_visit_says_how_late(record: CareRecord) -> None:
    sweep_at("2026-03-11T09:00")
    visit(record.resident, "2026-03-11T10:30")
    duty = duty_of(record, 1)
    assert "3月11日 10:30 补访，晚了 2 天" in duty_explanation(duty, moment("2026-03-12T09:00"))
    assert status_label(duty, moment("2026-03-12T09:00")) == "逾期后完成"


def test_what_was_taken_back_is_no_longer_among_those_told(record: CareRecord) -> None:
    sweep_at("2026-03-11T09:00")
    visit(record.resident, "2026-03-09T10:00", received="2026-03-11T10:00")
    duty = duty_of(record, 1)
    assert "已知会" not in duty_explanation(duty, moment("2026-03-11T11:00"))
    story = [line.text for line in duty_story(duty, moment("2026-03-11T11:00"))]
    assert "撤回对片区一级的知会：当时缺少走访记录，后来已补到" in story
    assert "走访人上门，见到本人（3月11日补录）" in story


def test_a_vacancy_is_named(home: Community, record: CareRecord) -> None:
    holder = home.holders[home.building.pk, Post.PARTY_GROUP_LEADER]
    appointment_end(appointment=holder, ended_on=date(2026, 3, 2), end_reason="resigned")
    sweep_at("2026-03-10T09:00")
    assert "楼栋党小组长空缺，直接上报" in duty_explanation(duty_of(record), moment("2026-03-10T09:00"))


def test_the_story_is_in_order_and_ends_with_what_comes_next(home: Community, record: CareRecord) -> None:
    visit(record.resident, "2026-03-05T15:00", seen=False)
    sweep_at("2026-03-10T09:00")
    story = duty_story(duty_of(record), moment("2026-03-10T09:00"))
    assert [line.sort for line in story] == ["opened", "visit", "visit", "told", "told", "next"]
    assert [line.at for line in story[:-1]] == sorted(line.at for line in story[:-1])
    assert story[2].text == "走访人上门，未见到本人"


def test_a_voided_visit_is_no_part_of_it(record: CareRecord) -> None:
    made = visit(record.resident, "2026-03-05T15:00", seen=False)
    visit_void(visit=made, reason="记错了人", now=moment("2026-03-06T09:00"))
    assert [line.sort for line in duty_story(duty_of(record), moment("2026-03-06T09:00"))] == [
        "opened",
        "visit",
        "next",
    ]


def test_a_sensitive_category_is_named_to_those_who_may_know(home: Community) -> None:
    released = care_record(
        home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1), code="released"
    )
    for may_know, label in ((False, "按重点对象走访规则"), (True, "按刑释解教人员走访规则")):
        assert label in duty_explanation(duty_of(released), moment("2026-03-02T09:00"), may_know=may_know)
    assert "刑释" not in str(duty_story(duty_of(released), moment("2026-03-02T09:00")))


def test_an_arrival_counts_in_minutes(home: Community) -> None:
    incident = incident_report(
        building=home.building,
        kind="emergency",
        occurred_at=moment("2026-03-02T09:00"),
        summary="水管爆裂",
        now=moment("2026-03-02T09:10"),
        reported_by=None,
    )
    sweep_at("2026-03-02T10:40")
    duty = incident.clock.duties.first()
    text = duty_explanation(duty, moment("2026-03-02T10:40"))
    assert "应于 3月2日 10:10 前到场，至今没有签到，已超时 30 分钟" in text
    assert status_label(duty, moment("2026-03-02T10:40")) == "超时 30 分钟"


def test_another_year_is_named(record: CareRecord) -> None:
    sweep_at("2027-01-04T09:00")
    assert "最迟应于 2026年3月9日办理" in duty_explanation(duty_of(record), moment("2027-01-04T09:00"))
