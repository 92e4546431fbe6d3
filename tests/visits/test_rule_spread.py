"""A change of rule that would make many due on one day spreads them over a window, by the rule of going live."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from duties.choices import EventKind, Outcome
from duties.models import Duty, DutyEvent
from duties.story import duty_explanation
from residents.models import CareRecord
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, care_record, category, community, moment
from visits.facts import rule_terms
from visits.models import RuleDue, VisitRule
from visits.preview import rule_preview
from visits.selectors import slots_of
from visits.services import care_record_end, visit_rule_publish

pytestmark = pytest.mark.django_db

FROM = date(2026, 4, 10)
NOW = moment("2026-04-10T08:00")


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def people(home: Community) -> list[CareRecord]:
    """Four who were released, seen on the 1st to the 4th of April: by the proposal due in May. One building each two."""
    records = []
    for number in range(4):
        record = care_record(
            home.buildings[number % 2],
            now=moment("2026-03-01T09:00"),
            started_on=date(2026, 3, 1),
            code="released",
        )
        visit(record.resident, "2026-03-05T10:00")
        visit(record.resident, f"2026-04-0{number + 1}T10:00")
        records.append(record)
    sweep_at("2026-04-10T07:00")
    return records


def publish(home: Community, **changed: Any) -> VisitRule:
    """Every five days instead of every thirty, from the 10th: all four have had their day."""
    terms: dict[str, Any] = {
        "effective_on": FROM,
        "cadence": "rolling",
        "every_days": 5,
        "first_within_days": 3,
        "ladder": [(1, 0), (2, 1)],
        "now": NOW,
        "user": None,
        "spread_days": 4,
    }
    return visit_rule_publish(community=home.place, category=category("released"), **{**terms, **changed})


def dues(people: list[CareRecord]) -> list[date]:
    running = Duty.objects.filter(outcome=Outcome.OPEN)
    return [running.get(care_record=record).due_on for record in people]


def test_it_works(home: Community, people: list[CareRecord]) -> None:
    assert dues(people) == [date(2026, 5, day) for day in (1, 2, 3, 4)]
    publish(home)
    sweep_at("2026-04-10T08:01")
    assert dues(people) == [FROM + timedelta(days=ahead) for ahead in range(4)], "the longest unseen first"
    assert not Duty.objects.exclude(outcome__in=[Outcome.OPEN, Outcome.IN_TIME]).exists()
    assert not DutyEvent.objects.filter(rung__gt=0).exists()
    assert DutyEvent.objects.filter(kind=EventKind.RULE_CHANGED).count() == 4


def test_without_a_window_all_fall_due_on_one_day(home: Community, people: list[CareRecord]) -> None:
    publish(home, spread_days=0)
    sweep_at("2026-04-10T08:01")
    assert dues(people) == [date(2026, 4, 15)] * 4
    assert not RuleDue.objects.exists()


def test_a_rule_by_period_that_becomes_a_rolling_one_opens_rounds_on_their_days(home: Community) -> None:
    people = [
        care_record(
            home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1), code="hardship"
        )
        for _ in range(2)
    ]
    for record in people:
        visit(record.resident, "2026-03-05T10:00")
        visit(record.resident, "2026-04-05T10:00")
    rule = publish_hardship(home)
    sweep_at("2026-04-10T08:01")
    assert dues(people) == [FROM, FROM + timedelta(days=2)]
    duty = Duty.objects.get(care_record=people[1], outcome=Outcome.OPEN)
    assert duty.basis["rule_version"] == rule.version
    told = "".join(duty_explanation(duty, NOW, may_know=True))
    assert "起改按这一规则计时，规则变更后按分摊排到这一天" in told
    assert "上次有效走访为 4月10日" not in told, "nobody was there on the day the rule changed"


def publish_hardship(home: Community) -> VisitRule:
    return visit_rule_publish(
        community=home.place, category=category("hardship"), effective_on=FROM, cadence="rolling",
        every_days=14, first_within_days=7, ladder=[(1, 0)], now=NOW, user=None, spread_days=4,
    )  # fmt: skip


def test_no_building_has_more_than_its_share_a_day(home: Community, people: list[CareRecord]) -> None:
    """Two people in each of two buildings over two days: one a day."""
    publish(home, spread_days=2)
    sweep_at("2026-04-10T08:01")
    found = zip([record.building_id for record in people], dues(people), strict=True)
    assert len(set(found)) == 4


def test_a_visit_before_the_day_makes_the_slot_void(home: Community, people: list[CareRecord]) -> None:
    """The rule takes effect on the 20th; whoever is seen on the 18th counts from then."""
    publish(home, effective_on=date(2026, 4, 20))
    visit(people[0].resident, "2026-04-18T10:00")
    sweep_at("2026-04-20T08:00")
    assert dues(people)[0] == date(2026, 4, 23)


def test_nobody_gets_a_later_day_than_they_had(home: Community, people: list[CareRecord]) -> None:
    publish(home, effective_on=date(2026, 4, 28), spread_days=30)
    sweep_at("2026-04-28T08:00")
    assert dues(people)[3] <= date(2026, 5, 4)


def test_whoever_is_overdue_stays_so(home: Community, people: list[CareRecord]) -> None:
    sweep_at("2026-05-02T00:01")
    publish(home, effective_on=date(2026, 5, 2), now=moment("2026-05-02T08:00"))
    sweep_at("2026-05-02T08:01")
    first = Duty.objects.get(care_record=people[0], outcome=Outcome.OVERDUE)
    assert (first.due_on, first.basis["rule_version"]) == (date(2026, 5, 1), 0)
    assert not RuleDue.objects.filter(care_record=people[0]).exists()


def test_who_has_left_gets_no_day(home: Community, people: list[CareRecord]) -> None:
    care_record_end(care_record=people[0], ended_on=date(2026, 4, 9), end_reason="moved", now=NOW)
    publish(home)
    assert set(RuleDue.objects.values_list("care_record", flat=True)) == {one.pk for one in people[1:]}


def test_the_preview_shows_the_days(home: Community, people: list[CareRecord]) -> None:
    rule = publish(home)
    terms, slots = rule_terms(rule), slots_of(rule)
    RuleDue.objects.all().delete()
    rule.delete()
    shown = rule_preview(
        community=home.place, category=category("released"), terms=terms, now=NOW, slots=slots
    )
    assert [day.day for day in shown.days if day.after] == [
        FROM + timedelta(days=ahead) for ahead in range(4)
    ]
    assert shown.moved == 4


@pytest.mark.parametrize("days", [-1, 93])
def test_a_window_that_cannot_be_is_refused(home: Community, people: list[CareRecord], days: int) -> None:
    with pytest.raises(ValidationError, match="分摊天数"):
        publish(home, spread_days=days)
    assert not VisitRule.objects.exists()
    assert not RuleDue.objects.exists()


def test_before_the_community_is_live_nobody_gets_a_day() -> None:
    home = community(is_live=False)
    care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1), code="released")
    publish(home)
    assert not RuleDue.objects.exists()
