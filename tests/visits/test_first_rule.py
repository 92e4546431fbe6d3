"""The first rule that a community makes of a category does not reach back: before it, the shipped proposal held."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from duties.choices import EventKind, Outcome
from duties.models import Duty, DutyEvent
from residents.models import CareRecord
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, care_record, category, community, moment
from visits.facts import rule_terms
from visits.models import VisitRule
from visits.preview import rule_preview
from visits.services import incident_report, visit_rule_publish

pytestmark = pytest.mark.django_db

FROM = date(2026, 3, 12)
LADDER = [(0, -1), (1, 0), (2, 1), (3, 3), (4, 7)]


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def record(home: Community) -> CareRecord:
    """Seen on the 3rd and the 10th, each time within the seven days of the proposal."""
    made = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    visit(made.resident, "2026-03-03T10:00")
    visit(made.resident, "2026-03-10T10:00")
    return made


def publish(home: Community, **changed: Any) -> VisitRule:
    """Every three days instead of every seven, from the 12th."""
    terms: dict[str, Any] = {
        "effective_on": FROM,
        "cadence": "rolling",
        "every_days": 3,
        "first_within_days": 1,
        "ladder": LADDER,
        "now": moment("2026-03-12T08:00"),
        "user": None,
    }
    return visit_rule_publish(
        community=home.place, category=category("elderly_alone"), **{**terms, **changed}
    )


def rounds_of(record: CareRecord) -> list[tuple[date, date, str]]:
    rows = Duty.objects.filter(care_record=record).order_by("opened_on")
    return list(rows.values_list("opened_on", "due_on", "outcome"))


def test_it_works(home: Community, record: CareRecord) -> None:
    before = rounds_of(record)
    assert before[-1] == (date(2026, 3, 10), date(2026, 3, 17), Outcome.OPEN)
    publish(home)
    sweep_at("2026-03-12T08:01")
    assert rounds_of(record) == [*before[:-1], (date(2026, 3, 10), date(2026, 3, 13), Outcome.OPEN)]
    event = DutyEvent.objects.get(kind=EventKind.RULE_CHANGED)
    assert event.detail == {"due_on": ["2026-03-17", "2026-03-13"], "rule_version": [0, 1]}


def test_nobody_is_overdue_by_it(home: Community, record: CareRecord) -> None:
    """Seen on the 10th, every day from the 12th: the 11th has passed, so the rule gives its interval anew."""
    publish(home, every_days=1)
    sweep_at("2026-03-12T08:01")
    assert rounds_of(record)[-1] == (date(2026, 3, 10), date(2026, 3, 13), Outcome.OPEN)
    assert not DutyEvent.objects.filter(rung__gt=0).exists()


def test_the_preview_comes_true(home: Community, record: CareRecord) -> None:
    terms = rule_terms(VisitRule(every_days=3, first_within_days=1, cadence="rolling", effective_on=FROM,
                                 version=1, ladder=VisitRule.ladder_of(LADDER), methods=[]))  # fmt: skip
    shown = rule_preview(
        community=home.place, category=category("elderly_alone"), terms=terms, now=moment("2026-03-12T08:00")
    )
    publish(home)
    sweep_at("2026-03-12T08:01")
    assert (shown.moved, [day.day for day in shown.days if day.after]) == (1, [date(2026, 3, 13)])


def test_the_proposal_is_kept_as_what_held_before(home: Community) -> None:
    publish(home)
    kept = VisitRule.objects.get(version=0)
    assert (kept.is_proposal, kept.every_days, kept.created_by) == (True, 7, None)
    publish(home, every_days=5)
    assert list(VisitRule.objects.order_by("version").values_list("version", "every_days")) == [
        (0, 7), (1, 3), (2, 5)
    ]  # fmt: skip


def test_an_incident_changes_no_rule_of_visits(home: Community, record: CareRecord) -> None:
    """It needs a rule of its own to refer to; that nobody made one for visits stays so."""
    now = moment("2026-03-11T08:00")
    incident_report(
        building=home.building, kind="emergency", occurred_at=now, summary="", now=now, reported_by=None
    )
    sweep_at("2026-03-12T08:00")
    assert not VisitRule.objects.exists()
    assert not DutyEvent.objects.filter(kind=EventKind.RULE_CHANGED).exists()
