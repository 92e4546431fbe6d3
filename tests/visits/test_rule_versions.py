"""A change of rule is a new version: open duties are reconciled openly, the past stays as it was agreed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from duties.choices import EventKind, Outcome
from duties.models import Duty, DutyEvent
from duties.rounds import Terms
from tests.duties.steps import duty_of, sweep_at, visit
from tests.factories import Community, care_record, category, community, moment
from visits.models import VisitRule
from visits.preview import rule_preview
from visits.services import rules_ship, special_day_remove, special_day_set, visit_rule_publish

pytestmark = pytest.mark.django_db
LADDER = ((0, -2), (1, 0), (2, 1), (3, 3), (4, 7))


@pytest.fixture
def home() -> Community:
    made = community()
    rules_ship(community=made.place, now=moment("2026-01-01T09:00"))
    return made


def publish(home: Community, **details: Any) -> VisitRule:
    given: dict[str, Any] = {
        "community": home.place, "category": category("elderly_alone"), "effective_on": date(2026, 3, 10),
        "cadence": "rolling", "every_days": 3, "first_within_days": 3, "ladder": LADDER, "now": moment("2026-03-05T09:00"),
        "user": None,
    }  # fmt: skip
    return visit_rule_publish(**given | details)


def test_it_works(home: Community) -> None:
    record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    visit(record.resident, "2026-03-04T10:00")
    assert publish(home).version == 2
    assert duty_of(record).due_on == date(2026, 3, 11)
    sweep_at("2026-03-10T00:00")
    duty = duty_of(record)
    assert (duty.due_on, duty.basis["rule_version"]) == (date(2026, 3, 11), 2)
    visit(record.resident, "2026-03-11T10:00")
    assert duty_of(record).due_on == date(2026, 3, 14)


def test_the_change_is_said_on_the_duty(home: Community) -> None:
    record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    visit(record.resident, "2026-03-09T10:00")
    publish(home, every_days=14)
    sweep_at("2026-03-10T00:00")
    event = DutyEvent.objects.get(duty=duty_of(record), kind=EventKind.RULE_CHANGED)
    assert event.detail == {"due_on": ["2026-03-16", "2026-03-23"], "rule_version": [1, 2]}
    assert event.fell_due_at == moment("2026-03-10T00:00")


def test_what_is_settled_or_overdue_is_never_rewritten(home: Community) -> None:
    settled = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    visit(settled.resident, "2026-03-02T10:00")
    overdue = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    sweep_at("2026-03-09T23:00")
    past = [duty_of(settled, 0), duty_of(overdue)]
    before = [(duty.due_on, duty.outcome, duty.basis) for duty in past]
    publish(home)
    sweep_at("2026-03-10T00:00")
    for duty in past:
        duty.refresh_from_db()
    assert [(duty.due_on, duty.outcome, duty.basis) for duty in past] == before
    assert [outcome for _, outcome, _ in before] == [Outcome.IN_TIME, Outcome.OVERDUE]


@pytest.mark.parametrize(
    "details",
    [
        {"effective_on": date(2026, 3, 4)},
        {"ladder": ((1, 0), (1, 2))},
        {"ladder": ((1, 5), (2, 1))},
        {"ladder": ((1, -1),)},
        {"every_days": None},
    ],
)
def test_what_is_refused_changes_nothing(home: Community, details: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        publish(home, **details)
    assert VisitRule.objects.filter(category__code="elderly_alone").count() == 1


def test_a_version_may_not_come_before_one_already_announced(home: Community) -> None:
    publish(home)
    with pytest.raises(ValidationError):
        publish(home, effective_on=date(2026, 3, 9))


def test_shipping_twice_changes_nothing(home: Community) -> None:
    before = list(VisitRule.objects.order_by("pk").values())
    rules_ship(community=home.place, now=moment("2026-02-01T09:00"))
    assert list(VisitRule.objects.order_by("pk").values()) == before
    assert all(row["is_proposal"] for row in before)


def test_the_preview_counts_what_would_move_and_writes_nothing(home: Community) -> None:
    for day in (2, 9):
        record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
        visit(record.resident, f"2026-03-0{day}T10:00")
    before = list(Duty.objects.order_by("pk").values())
    terms = Terms(
        cadence="rolling",
        every_days=14,
        first_within_days=3,
        ladder=LADDER,
        version=2,
        effective_on=date(2026, 3, 9),
    )
    preview = rule_preview(
        community=home.place, category=category("elderly_alone"), terms=terms, now=moment("2026-03-09T11:00")
    )
    assert (preview.records, preview.moved) == (2, 2)
    assert [(day.day.day, day.before, day.after) for day in preview.days if day.before or day.after] == [
        (9, 1, 0), (16, 1, 1), (23, 0, 1),
    ]  # fmt: skip
    assert list(Duty.objects.order_by("pk").values()) == before


def test_a_day_off_moves_open_duties_openly_and_back(home: Community) -> None:
    record = care_record(
        home.building, now=moment("2026-03-02T09:00"), started_on=date(2026, 3, 2), code="hardship"
    )
    assert duty_of(record).due_on == date(2026, 3, 9)
    special = special_day_set(
        day=date(2026, 3, 9), is_working=False, now=moment("2026-03-03T09:00"), name="停电"
    )
    sweep_at("2026-03-03T09:00")
    assert duty_of(record).due_on == date(2026, 3, 10)
    special_day_remove(special_day=special, now=moment("2026-03-04T09:00"))
    sweep_at("2026-03-04T09:00")
    assert duty_of(record).due_on == date(2026, 3, 9)
    assert DutyEvent.objects.filter(duty=duty_of(record), kind=EventKind.RULE_CHANGED).count() == 2


def test_a_day_gone_by_is_refused(home: Community) -> None:
    with pytest.raises(ValidationError):
        special_day_set(day=date(2026, 3, 1), is_working=False, now=moment("2026-03-03T09:00"))


@pytest.mark.parametrize("period", ["half_year", "year"])
def test_a_visit_rule_leaves_nobody_alone_for_longer_than_a_quarter(home: Community, period: str) -> None:
    """The rounds know half-years and years; who must be visited is not asked for so rarely."""
    with pytest.raises(ValidationError) as refused:
        publish(home, cadence="calendar", every_days=None, period=period, times=1)
    assert list(refused.value.message_dict) == ["period"]
    assert VisitRule.objects.filter(category=category("elderly_alone")).count() == 1


def test_the_change_holds_from_the_day_of_the_rule_not_from_the_sweep(home: Community) -> None:
    """Noticed at nine in the morning; the new terms hold from midnight."""
    record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    visit(record.resident, "2026-03-09T10:00")
    publish(home, every_days=14)
    sweep_at("2026-03-10T09:00")
    event = DutyEvent.objects.get(duty=duty_of(record), kind=EventKind.RULE_CHANGED)
    assert (event.fell_due_at, event.recorded_at) == (moment("2026-03-10T00:00"), moment("2026-03-10T09:00"))
