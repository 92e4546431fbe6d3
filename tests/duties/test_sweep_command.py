"""`manage.py sweep_duties`: one sweep by hand, or only a look at what it would do."""

from __future__ import annotations

import io
import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from duties.choices import EventKind, Outcome
from duties.models import Duty, DutyClock, DutyEvent, SweepRun
from residents.models import CareRecord
from tests.duties.steps import duty_of, events_of
from tests.factories import care_record, community, moment

pytestmark = pytest.mark.django_db


@pytest.fixture
def record() -> CareRecord:
    """Due by the end of 4 March: reminder on the 3rd, overdue on the 5th, 片区 told on the 6th."""
    return care_record(community().building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))


def run(*arguments: str) -> str:
    said = io.StringIO()
    call_command("sweep_duties", *arguments, stdout=said)
    return said.getvalue()


def everything() -> tuple[Any, ...]:
    """All that a sweep could have written."""
    return tuple(
        list(model.objects.order_by("pk").values()) for model in (Duty, DutyClock, DutyEvent, SweepRun)
    )


def test_it_works(record: CareRecord) -> None:
    assert run("--now", "2026-03-06T09:00:00+08:00") == ("检查 1，新开 0，提醒 1，转逾期 1，上报 2，推迟 0\n")
    assert duty_of(record).outcome == Outcome.OVERDUE
    assert events_of(duty_of(record), EventKind.RAISED) == [
        (0, "03-03 00:00"),
        (1, "03-05 00:00"),
        (2, "03-06 00:00"),
    ]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-03-04T16:00:00+00:00", "2026-03-05T00:00"),
        ("2026-03-04T16:00:00Z", "2026-03-05T00:00"),
        ("2026-03-05T00:00:00", "2026-03-05T00:00"),
        ("2026-03-04 23:59", "2026-03-04T23:59"),
        ("2026-03-05", "2026-03-05T00:00"),
    ],
)
def test_a_moment_without_a_zone_is_one_in_wuhan(record: CareRecord, text: str, meant: str) -> None:
    assert datetime.fromisoformat(json.loads(run("--now", text, "--json"))["now"]) == moment(meant)
    assert (duty_of(record).outcome == Outcome.OVERDUE) == (moment(meant) >= moment("2026-03-05T00:00"))


def test_without_a_moment_it_is_now(record: CareRecord) -> None:
    before = timezone.now()
    told = json.loads(run("--json"))
    assert before <= datetime.fromisoformat(told["now"]) <= timezone.now()


def test_as_json_it_gives_the_run_s_numbers(record: CareRecord) -> None:
    told = json.loads(run("--now", "2026-03-06T09:00:00+08:00", "--json"))
    counts = {name: value for name, value in told.items() if isinstance(value, int)}
    assert counts == {
        "dry_run": False,
        "looked_at": 1,
        "opened": 0,
        "reminded": 1,
        "overdue": 1,
        "escalated": 2,
        "put_off": 0,
    }
    assert told["now"] == "2026-03-06T09:00:00+08:00"
    assert told["started_at"] <= told["finished_at"]


def test_every_run_leaves_a_row(record: CareRecord) -> None:
    run("--now", "2026-03-06T09:00:00+08:00")
    row = SweepRun.objects.get()
    assert row.now == moment("2026-03-06T09:00")
    assert (row.looked_at, row.opened, row.reminded, row.overdue, row.escalated, row.put_off) == (
        1,
        0,
        1,
        1,
        2,
        0,
    )
    assert row.finished_at is not None
    assert timedelta(0) <= row.finished_at - row.started_at < timedelta(minutes=1)
    assert abs(timezone.now() - row.finished_at) < timedelta(minutes=1)


def test_a_dry_run_says_the_same_and_writes_nothing(record: CareRecord) -> None:
    before = everything()
    told = run("--now", "2026-03-06T09:00:00+08:00", "--dry-run")
    assert everything() == before
    assert told == run("--now", "2026-03-06T09:00:00+08:00").replace("\n", "（未写入）\n")
    assert everything() != before


def test_a_dry_run_says_so_in_json(record: CareRecord) -> None:
    before = everything()
    told = json.loads(run("--now", "2026-03-06T09:00:00+08:00", "--dry-run", "--json"))
    assert (told["dry_run"], told["escalated"]) == (True, 2)
    assert everything() == before


@pytest.mark.parametrize("text", ["明天", "2026-13-01T09:00:00", "09:00", ""])
def test_a_moment_nobody_can_read_is_refused(record: CareRecord, text: str) -> None:
    before = everything()
    with pytest.raises(CommandError, match="看不懂的时刻"):
        run("--now", text)
    assert everything() == before
