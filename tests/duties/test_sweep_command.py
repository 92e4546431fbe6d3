"""`manage.py sweep_duties`: by hand, at a given moment, without writing, as JSON."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from duties.choices import Outcome
from duties.models import Duty, DutyEvent, SweepRun
from tests.duties.steps import duty_of
from tests.factories import care_record, community, moment

pytestmark = pytest.mark.django_db
OVERDUE_AT = "2026-03-05T00:00:00+08:00"


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("sweep_duties", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def record() -> Any:
    return care_record(community().building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))


def test_it_works(record: Any) -> None:
    answer = json.loads(run("--now", OVERDUE_AT, "--json"))
    assert {name: answer[name] for name in ("looked_at", "reminded", "overdue", "escalated", "put_off")} == {
        "looked_at": 1, "reminded": 1, "overdue": 1, "escalated": 1, "put_off": 0,
    }  # fmt: skip
    assert (answer["now"], answer["dry_run"]) == (OVERDUE_AT, False)
    assert duty_of(record).outcome == Outcome.OVERDUE


def test_each_run_leaves_its_row(record: Any) -> None:
    run("--now", OVERDUE_AT)
    row = SweepRun.objects.get()
    assert row.now == moment("2026-03-05T00:00")
    assert row.finished_at is not None
    assert row.finished_at >= row.started_at
    assert (row.looked_at, row.reminded, row.overdue, row.escalated, row.put_off) == (1, 1, 1, 1, 0)


def test_a_dry_run_tells_and_writes_nothing(record: Any) -> None:
    before = list(Duty.objects.values())
    assert "转逾期 1" in run("--now", OVERDUE_AT, "--dry-run")
    assert list(Duty.objects.values()) == before
    assert (DutyEvent.objects.count(), SweepRun.objects.count()) == (0, 0)


def test_a_moment_without_zone_is_a_shanghai_one(record: Any) -> None:
    run("--now", "2026-03-04T23:59:59")
    assert duty_of(record).outcome == Outcome.OPEN
    run("--now", "2026-03-05T00:00:00")
    assert duty_of(record).outcome == Outcome.OVERDUE


@pytest.mark.parametrize("text", ["明天", "2026-13-01T00:00:00"])
def test_a_moment_nobody_can_read_is_a_sentence(record: Any, text: str) -> None:
    with pytest.raises(CommandError, match="看不懂的时刻"):
        run("--now", text)
    assert SweepRun.objects.count() == 0
