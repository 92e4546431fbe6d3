"""One record, one voice: while a round is overdue, the rungs it has told are not told of the rounds after it."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction

from cadres.choices import Post
from cadres.ladder import Ladder
from duties.actions import duty_waive
from duties.choices import EventKind, Outcome
from duties.models import Duty, DutyClock, DutyEvent
from duties.rows import ladder_steps
from duties.services import clocks_reconcile
from duties.story import duty_explanation
from residents.models import CareRecord
from tests.duties.steps import duty_of, events_of, story_of_everything, sweep_at, visit
from tests.duties.test_actions import who
from tests.factories import Community, care_record, category, community, moment
from visits.services import visit_rule_publish, visit_void

pytestmark = pytest.mark.django_db

RAISED, STOOD_DOWN = EventKind.RAISED, EventKind.STOOD_DOWN
# The first visit is due on 27 January, then one each month: 28 February, 31 March.
FIRST = [(0, "01-26 00:00"), (1, "01-28 00:00"), (2, "01-29 00:00"), (3, "01-31 00:00"), (4, "02-04 00:00")]
FEBRUARY = [
    (0, "02-27 00:00"),
    (1, "03-01 00:00"),
    (2, "03-02 00:00"),
    (3, "03-04 00:00"),
    (4, "03-08 00:00"),
]


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def record(home: Community) -> CareRecord:
    return monthly(home)


def monthly(home: Community) -> CareRecord:
    return care_record(
        home.building, now=moment("2026-01-20T09:00"), started_on=date(2026, 1, 20), code="hardship"
    )


def sweep_daily(first: str, last: str) -> None:
    day = moment(first)
    while day <= moment(last):
        sweep_at(day)
        day += timedelta(days=1)


def test_it_works(record: CareRecord) -> None:
    sweep_daily("2026-01-21T00:01", "2026-03-10T00:01")
    first, february, march = (duty_of(record, position) for position in range(3))
    assert [duty.outcome for duty in (first, february, march)] == ["overdue", "overdue", "open"]
    assert events_of(first, RAISED) == FIRST
    assert events_of(february) == events_of(march) == []


def test_the_younger_one_says_why_nobody_was_told(record: CareRecord) -> None:
    now = moment("2026-03-03T09:00")
    sweep_at(now)
    first, february = duty_of(record, 0), duty_of(record, 1)
    assert duty_explanation(february, now).endswith("；上一轮逾期未办，本轮不另行知会。")
    assert "上一轮" not in duty_explanation(first, now)
    steps = ladder_steps(february, now, now.date(), Ladder.load([february.accountable]))
    assert {step.label for step in steps} == {"上一轮逾期，不另行知会"}


def test_a_round_whose_older_one_was_done_tells_everybody(record: CareRecord) -> None:
    visit(record.resident, "2026-01-25T10:00")
    sweep_daily("2026-02-26T00:01", "2026-03-10T00:01")
    assert events_of(duty_of(record, 1), RAISED) == FEBRUARY


def test_a_visit_known_late_that_settled_the_older_leaves_the_younger_its_own_steps(
    record: CareRecord,
) -> None:
    """Made on 30 January, recorded on 1 March: of February nobody had been told, and it has seen no visit."""
    sweep_daily("2026-01-21T00:01", "2026-03-01T00:01")
    seen = visit(record.resident, "2026-01-30T12:00", received="2026-03-01T12:00")
    first, february = duty_of(record, 0), duty_of(record, 1)
    assert (first.outcome, first.rung) == (Outcome.LATE, 2)
    assert events_of(first, STOOD_DOWN) == [(3, "03-01 12:00"), (4, "03-01 12:00")]
    assert events_of(february, RAISED) == FEBRUARY[:2], "it was owed all the time, as is known now"
    sweep_daily("2026-03-02T00:01", "2026-03-10T00:01")
    assert events_of(february, RAISED) == FEBRUARY
    recorded = DutyEvent.objects.filter(duty=february).order_by("rung").values_list("recorded_at", flat=True)
    assert list(recorded)[:2] == [moment("2026-03-01T12:00")] * 2
    assert seen.voided_at is None


def test_once_the_older_is_settled_later_steps_are_told_and_earlier_ones_never(home: Community) -> None:
    """Two visits a month: that of 1 April is February's second and March's first."""
    visit_rule_publish(
        community=home.place,
        category=category("hardship"),
        effective_on=date(2026, 1, 1),
        cadence="calendar",
        period="month",
        times=2,
        first_within_days=7,
        ladder=((0, -2), (1, 0), (2, 1), (3, 3), (4, 7)),
        now=moment("2025-12-20T09:00"),
        user=None,
    )
    record = monthly(home)
    for at in ("2026-01-25T10:00", "2026-02-10T10:00"):
        visit(record.resident, at)
    sweep_daily("2026-02-26T00:01", "2026-04-01T00:01")
    visit(record.resident, "2026-04-01T12:00")
    sweep_daily("2026-04-02T00:01", "2026-04-10T00:01")
    february, march = duty_of(record, 1), duty_of(record, 2)
    assert (february.outcome, march.outcome) == (Outcome.LATE, Outcome.OVERDUE)
    assert events_of(march, RAISED) == [(2, "04-02 00:00"), (3, "04-04 00:00"), (4, "04-08 00:00")]
    now = moment("2026-04-10T09:00")
    assert "上一轮逾期期间，本轮没有另行知会" in duty_explanation(march, now)
    april = duty_of(record, 3)
    sweep_daily("2026-04-27T00:01", "2026-05-10T00:01")
    assert [rung for rung, _ in events_of(april, RAISED)] == [0, 1], "what March was silent about"


def test_a_voided_visit_takes_nothing_back_that_was_told_of_the_younger(record: CareRecord) -> None:
    seen = visit(record.resident, "2026-01-25T10:00")
    sweep_daily("2026-02-26T00:01", "2026-03-02T00:01")
    visit_void(visit=seen, reason="记错了人", now=moment("2026-03-02T09:00"))
    sweep_daily("2026-03-03T00:01", "2026-03-10T00:01")
    first, february = duty_of(record, 0), duty_of(record, 1)
    assert events_of(first, RAISED) == FIRST
    assert events_of(february, STOOD_DOWN) == []
    assert events_of(february, RAISED) == FEBRUARY[:3]


def test_a_waived_round_leaves_the_next_to_climb_by_itself(home: Community, record: CareRecord) -> None:
    sweep_at("2026-01-29T00:01")
    branch = who(home, home.precincts[0], Post.BRANCH_SECRETARY)
    duty_waive(duty=duty_of(record, 0), reason="住女儿家", now=moment("2026-01-29T09:00"), **branch)
    sweep_daily("2026-02-26T00:01", "2026-03-10T00:01")
    assert events_of(duty_of(record, 0), RAISED) == FIRST[:3]
    assert events_of(duty_of(record, 1), RAISED) == FEBRUARY


def test_another_record_of_the_person_speaks_for_itself(home: Community, record: CareRecord) -> None:
    other = care_record(
        home.building,
        now=moment("2026-02-20T09:00"),
        started_on=date(2026, 2, 20),
        code="elderly_alone",
        resident=record.resident,
    )
    sweep_at("2026-03-10T00:01")
    assert [rung for rung, _ in events_of(duty_of(other), RAISED)] == [0, 1, 2, 3, 4]


def test_recomputing_everything_changes_nothing(record: CareRecord) -> None:
    sweep_daily("2026-02-25T00:01", "2026-03-05T00:01")
    visit(record.resident, "2026-03-05T12:00")
    before = story_of_everything()
    with transaction.atomic():
        clocks_reconcile(clocks=list(DutyClock.objects.select_for_update()), now=moment("2026-03-05T13:00"))
    assert story_of_everything() == before


@pytest.mark.parametrize("seed", [1, 2])
def test_swept_every_few_hours_or_once_in_three_weeks_the_events_are_the_same(
    home: Community, seed: int
) -> None:
    """Eight records with one to four rounds behind them, a few visits, a waiver."""
    random = Random(seed)
    start, end = moment("2026-02-20T00:00"), moment("2026-03-13T00:00")
    records = [monthly(home) for _ in range(8)]
    branch = who(home, home.precincts[0], Post.BRANCH_SECRETARY)
    deeds: list[tuple[Any, Any]] = [
        (start + timedelta(minutes=random.randrange(21 * 24 * 60)), one) for one in random.sample(records, 4)
    ]
    waived = random.choice(records)
    results = []
    for hours in (5, None):
        with transaction.atomic():
            sweep_at(start)
            duty_waive(duty=duty_of(waived, 0), reason="住女儿家", now=start, **branch)
            now, pending = start, sorted(deeds, key=lambda deed: deed[0])
            while now <= end:
                while pending and pending[0][0] <= now:
                    at, one = pending.pop(0)
                    visit(one.resident, at.isoformat()[:16])
                if hours:
                    sweep_at(now)
                now += timedelta(hours=hours or 5)
            sweep_at(end)
            results.append(story_of_everything())
            transaction.set_rollback(True)
    assert results[0] == results[1]
    assert Duty.objects.exists()
