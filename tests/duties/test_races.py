"""Real processes on a real PostgreSQL: sweeps at once, a sweep killed anywhere, visits recorded while sweeps run."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connections

from duties.choices import EventKind, Outcome
from duties.models import Duty, DutyClock, DutyEvent
from duties.services import clocks_reconcile
from residents.models import CareRecord
from tests.duties.bulk import people_under_care
from tests.duties.steps import story_of_everything, sweep_at
from tests.factories import community, moment
from tests.processes import REPOSITORY, environment, start_manage
from visits.models import Visit

pytestmark = pytest.mark.django_db(transaction=True)

OVERDUE_AT = "2026-03-05T00:00:00+08:00"


def start_script(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        env=environment(),
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    out, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors[-2000:]
    return out


def expected_events(count: int) -> list[tuple[int | None, int]]:
    return [(0, count), (1, count)]


def events_by_rung() -> list[tuple[int | None, int]]:
    rungs = list(DutyEvent.objects.filter(kind=EventKind.RAISED).values_list("rung", flat=True))
    return sorted((rung, rungs.count(rung)) for rung in set(rungs))


def test_four_sweeps_at_once_tell_each_step_once() -> None:
    people_under_care(community(), 2000, started_on=date(2026, 3, 1), now=moment("2026-03-01T09:00"))
    sweeps = [start_manage("sweep_duties", "--now", OVERDUE_AT, "--json") for _ in range(4)]
    runs = [json.loads(finish(process)) for process in sweeps]
    assert events_by_rung() == expected_events(2000)
    assert Duty.objects.filter(outcome=Outcome.OVERDUE).count() == 2000
    assert sum(run["put_off"] for run in runs) == 0
    assert sum(run["overdue"] for run in runs) == 2000
    assert sum(run["looked_at"] > 0 for run in runs) >= 2, "only one sweep did any work: nothing was raced"


# a process of its own for each line "statement before|after": born of one that has loaded everything already
SWEEP_UNTIL_KILLED = """
import django, os, signal, sys; django.setup()
from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from duties.sweep import sweep
def sweep_and_die(statement, side):
    left = statement
    def count(execute, sql, params, many, context):
        nonlocal left
        left -= 1
        if left == 0 and side == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = execute(sql, params, many, context)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    with connection.execute_wrapper(count):
        sweep(now=parse_datetime(sys.argv[1]), read_clock=timezone.now, batch=4)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        sweep_and_die(int(line.split()[0]), line.split()[1])
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def test_a_sweep_killed_anywhere_loses_and_doubles_nothing() -> None:
    """50 sweeps in batches of 4, each killed before or after a statement drawn at random; then one to the end."""
    people_under_care(community(), 600, started_on=date(2026, 3, 1), now=moment("2026-03-01T09:00"))
    chance = random.Random(7)
    kills = [f"{chance.randrange(1, 60)} {chance.choice(['before', 'after'])}" for _ in range(50)]
    process = start_script(SWEEP_UNTIL_KILLED, OVERDUE_AT)
    endings, errors = process.communicate("\n".join(kills), timeout=120)
    assert endings.split() == [str(-signal.SIGKILL)] * 50, errors[-2000:]
    left = DutyClock.objects.filter(next_check_at__lte=moment("2026-03-05T00:00")).count()
    assert 0 < left < 600, "the killed sweeps had committed nothing, or everything"
    sweep_at("2026-03-05T00:00")
    assert events_by_rung() == expected_events(600)
    assert Duty.objects.filter(outcome=Outcome.OVERDUE, rung=1).count() == 600


RECORD_VISITS = """
import django, sys; django.setup()
from datetime import timedelta
from django.utils.dateparse import parse_datetime
from residents.models import Resident
from visits.choices import VisitOrigin
from visits.services import visit_record
at = parse_datetime(sys.argv[1])
for pk in sys.argv[2].split(","):
    resident = Resident.objects.unscoped("a test").select_related("household__building").get(pk=pk)
    visit_record(resident=resident, visited_at=at, now=at, origin=VisitOrigin.OFFICE, visitor_name="走访人")
"""
SWEEP_ON = """
import django, sys, time; django.setup()
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from duties.sweep import sweep
until = time.time() + float(sys.argv[2])
while time.time() < until:
    sweep(now=parse_datetime(sys.argv[1]), read_clock=timezone.now, batch=5)
"""


def test_visits_recorded_during_sweeps_are_never_lost() -> None:
    """500 visits in two processes while two others sweep the same people's overdue duties."""
    records = people_under_care(community(), 500, started_on=date(2026, 3, 1), now=moment("2026-03-01T09:00"))
    residents = [str(record.resident_id) for record in records]
    random.Random(3).shuffle(residents)
    sweeps = [start_script(SWEEP_ON, OVERDUE_AT, "6") for _ in range(2)]
    visits = [start_script(RECORD_VISITS, OVERDUE_AT, ",".join(residents[half::2])) for half in range(2)]
    for process in (*visits, *sweeps):
        finish(process)
    sweep_at("2026-03-05T00:00")
    assert Visit.objects.count() == 500
    first = Duty.objects.filter(opened_on=date(2026, 3, 1))
    assert first.filter(outcome=Outcome.LATE, done_at=moment("2026-03-05T00:00")).count() == 500
    assert Duty.objects.filter(opened_on=date(2026, 3, 5), outcome=Outcome.OPEN).count() == 500
    assert in_line_with_the_facts()


def in_line_with_the_facts() -> bool:
    """Whether recomputing everything from the facts changes nothing."""
    from django.db import transaction

    before = story_of_everything()
    with transaction.atomic():
        clocks: list[Any] = list(DutyClock.objects.select_for_update())
        clocks_reconcile(clocks=clocks, now=moment("2026-03-05T00:00"))
        after = story_of_everything()
        transaction.set_rollback(True)
    return before == after


def test_a_visit_waits_for_the_sweep_that_holds_its_clock_and_then_counts() -> None:
    """The hole in a claim that checks only the status: a visit that lands while the sweep works."""
    from django.db import transaction

    from duties.sweep import claim_due

    (record,) = people_under_care(community(), 1, started_on=date(2026, 3, 1), now=moment("2026-03-01T09:00"))
    with transaction.atomic():
        clocks = claim_due(moment("2026-03-05T00:00"), 10)
        assert len(clocks) == 1
        process = start_script(RECORD_VISITS, OVERDUE_AT, str(record.resident_id))
        time.sleep(1.5)
        assert process.poll() is None, "the visit did not wait"
        clocks_reconcile(clocks=clocks, now=moment("2026-03-05T00:00"))
    finish(process)
    connections.close_all()
    duty = Duty.objects.get(care_record=record, opened_on=date(2026, 3, 1))
    assert (duty.outcome, duty.done_at) == (Outcome.LATE, moment("2026-03-05T00:00"))
    assert CareRecord.objects.count() == 1
    assert timedelta(0) == duty.done_at - duty.due_at


def test_nothing_is_aligned_without_the_lock() -> None:
    with pytest.raises(RuntimeError, match="inside the transaction"):
        clocks_reconcile(clocks=[], now=moment("2026-03-05T00:00"))
