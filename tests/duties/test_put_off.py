"""A clock that raises is put off an hour and reported; the rest go on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from duties.choices import Outcome
from duties.models import DutyClock
from tests.duties.steps import duty_of, sweep_at
from tests.factories import care_record, community, moment
from visits.models import VisitRule
from visits.services import rules_ship

pytestmark = pytest.mark.django_db


def test_it_works(caplog: pytest.LogCaptureFixture) -> None:
    home = community()
    rules_ship(community=home.place, now=moment("2026-03-01T09:00"))
    bad = care_record(
        home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1), code="hospital"
    )
    good = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    VisitRule.objects.filter(category__code="hospital").update(ladder=[{"rung": 0}])
    run = sweep_at("2026-03-05T00:00")
    assert (run.put_off, run.overdue) == (1, 1)
    assert duty_of(good).outcome == Outcome.OVERDUE
    assert duty_of(bad).outcome == Outcome.OPEN
    clock = DutyClock.objects.get(care_record=bad)
    assert clock.next_check_at == moment("2026-03-05T00:00") + timedelta(hours=1)
    assert (clock.failures, clock.last_failure) == (1, "KeyError")
    assert bad.resident.name not in caplog.text


def test_it_is_taken_up_again_once_mended() -> None:
    home = community()
    rules_ship(community=home.place, now=moment("2026-03-01T09:00"))
    bad = care_record(
        home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1), code="hospital"
    )
    rule = VisitRule.objects.filter(category__code="hospital")
    ladder = rule.get().ladder
    rule.update(ladder=[{"rung": 0}])
    sweep_at("2026-03-05T00:00")
    rule.update(ladder=ladder)
    run = sweep_at("2026-03-05T01:00")
    assert (run.put_off, run.overdue) == (0, 1)
    clock = DutyClock.objects.get(care_record=bad)
    assert (clock.failures, clock.last_failure) == (0, "")
