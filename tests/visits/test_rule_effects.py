"""What a new version of a rule does: ladders that make sense, running incidents, and a preview that comes true."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from cadres.choices import Post
from duties.actions import duty_waive, duty_waiver_revoke
from duties.choices import EventKind, Outcome
from duties.models import Duty, DutyEvent
from residents.models import CareRecord
from tests.duties.steps import duty_of, sweep_at, visit
from tests.duties.test_actions import who
from tests.factories import Community, care_record, category, community, moment
from visits.facts import rule_terms
from visits.models import IncidentRule, VisitRule
from visits.preview import load_chart, rule_preview
from visits.services import incident_report, incident_rule_publish, rules_ship, visit_rule_publish

pytestmark = pytest.mark.django_db

LADDER = [(0, -2), (1, 0), (2, 1), (3, 3), (4, 7)]


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


def publish(home: Community, **changed: Any) -> VisitRule:
    terms: dict[str, Any] = {
        "effective_on": date(2026, 3, 5),
        "cadence": "rolling",
        "every_days": 10,
        "first_within_days": 3,
        "methods": ["home"],
        "ladder": LADDER,
        "now": moment("2026-03-05T09:00"),
        "user": None,
    }
    return visit_rule_publish(
        community=home.place, category=category("elderly_alone"), **{**terms, **changed}
    )


def test_it_works(home: Community, record: CareRecord) -> None:
    assert duty_of(record).due_on == date(2026, 3, 9)
    rule = publish(home)
    assert (rule.version, rule.is_proposal) == (2, False)
    sweep_at("2026-03-05T09:00")
    duty = duty_of(record)
    assert (duty.due_on, duty.basis["rule_version"]) == (date(2026, 3, 12), 2)
    event = DutyEvent.objects.get(duty=duty, kind=EventKind.RULE_CHANGED)
    assert event.detail == {"due_on": ["2026-03-09", "2026-03-12"], "rule_version": [1, 2]}


@pytest.mark.parametrize("ladder", [[(1, 3), (2, 1)], [(1, 0), (1, 1)], [(2, -1)], [(5, 0)]])
def test_a_ladder_that_makes_no_sense_is_refused(home: Community, ladder: list[tuple[int, int]]) -> None:
    with pytest.raises(ValidationError):
        publish(home, ladder=ladder)
    assert VisitRule.objects.filter(category=category("elderly_alone")).count() == 1


def test_running_incidents_keep_their_rule(home: Community) -> None:
    incident = incident_report(
        building=home.building,
        kind="emergency",
        occurred_at=moment("2026-03-05T08:00"),
        summary="水管爆裂",
        now=moment("2026-03-05T08:10"),
        reported_by=None,
    )
    incident_rule_publish(
        community=home.place,
        kind="emergency",
        effective_on=date(2026, 3, 5),
        required_posts=["building_head"],
        arrive_within_hours=5,
        ladder=[(1, 0)],
        now=moment("2026-03-05T08:20"),
        user=None,
    )
    sweep_at("2026-03-05T08:30")
    assert Duty.objects.filter(clock=incident.clock_id, due_at=moment("2026-03-05T09:10")).count() == 3


def test_an_incident_rule_asks_for_somebody(home: Community) -> None:
    with pytest.raises(ValidationError, match="请至少选择一个必到岗位"):
        incident_rule_publish(
            community=home.place,
            kind="emergency",
            effective_on=date(2026, 3, 5),
            required_posts=[],
            arrive_within_hours=5,
            ladder=[(1, 0)],
            now=moment("2026-03-05T08:20"),
            user=None,
        )
    assert IncidentRule.objects.filter(kind="emergency").count() == 1


def test_the_preview_counts_what_the_sweep_will_do(home: Community, record: CareRecord) -> None:
    for building in home.buildings[1:4]:
        other = care_record(building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
        visit(other.resident, "2026-03-04T10:00")
    rule = publish(home)
    terms = rule_terms(rule)
    rule.delete()
    preview = rule_preview(
        community=home.place,
        category=category("elderly_alone"),
        terms=terms,
        now=moment("2026-03-05T09:00"),
    )
    assert (preview.records, preview.moved) == (4, 4)
    by_day = {day.day.day: (day.before, day.after) for day in preview.days if day.before or day.after}
    assert by_day == {9: (1, 0), 11: (3, 0), 12: (0, 1), 14: (0, 3)}
    assert len(preview.days) == 30
    publish(home)
    sweep_at("2026-03-05T09:00")
    due = sorted(Duty.objects.filter(outcome=Outcome.OPEN).values_list("due_on__day", flat=True))
    assert due == [12, 14, 14, 14]


def test_the_chart_is_as_high_as_its_busiest_day(home: Community, record: CareRecord) -> None:
    preview = rule_preview(
        community=home.place,
        category=category("elderly_alone"),
        terms=rule_terms(VisitRule.objects.get(category=category("elderly_alone"))),
        now=moment("2026-03-05T09:00"),
    )
    chart = load_chart(preview)
    assert (preview.moved, chart.top) == (0, 1)
    busiest = chart.bars[4]
    assert (busiest.before_y, busiest.before_height) == (0.0, 118.0)
    assert busiest.before_height == busiest.after_height


def test_a_round_waved_through_stays_so_under_a_new_version(home: Community, record: CareRecord) -> None:
    """It was said of the round, not of a date: moved to the 12th it turns overdue then, and nobody above is told."""
    sweep_at("2026-03-08T09:00")
    duty = duty_of(record)
    branch = who(home, home.precincts[0], Post.BRANCH_SECRETARY)
    duty_waive(duty=duty, reason="住女儿家", now=moment("2026-03-08T09:00"), **branch)
    publish(home, effective_on=date(2026, 3, 9), now=moment("2026-03-09T09:00"))
    sweep_at("2026-03-30T09:00")
    duty.refresh_from_db()
    assert (duty.due_on, duty.outcome, duty.is_waived) == (date(2026, 3, 12), Outcome.OVERDUE, True)
    told = DutyEvent.objects.filter(duty=duty, kind__in=[EventKind.RAISED, EventKind.STOOD_DOWN])
    assert list(told.values_list("rung", "kind")) == [(0, EventKind.RAISED)]
    duty_waiver_revoke(duty=duty, now=moment("2026-03-30T10:00"), **branch)
    again = DutyEvent.objects.filter(duty=duty, fell_due_at=moment("2026-03-30T10:00"))
    assert sorted(again.values_list("rung", flat=True)) == [1, 2, 3, 4]
