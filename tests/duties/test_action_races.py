"""Real processes: secretaries who act at once, and sweeps while one of them waves through."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest
from django.db import connections, transaction

from cadres.choices import Post
from duties.choices import DutyActionKind, EventKind, Outcome
from duties.models import Duty, DutyAction, DutyClock, DutyEvent
from tests.duties.bulk import people_under_care
from tests.duties.steps import story_of_everything, sweep_at
from tests.duties.test_actions import who
from tests.duties.test_races import SWEEP_ON, finish, start_script
from tests.factories import community, moment

pytestmark = pytest.mark.django_db(transaction=True)

# due on the 4th; 苑区 is told at midnight of the 8th
ASKED_AT, FALLEN_DUE_AT = "2026-03-07T09:00:00+08:00", "2026-03-08T00:00:00+08:00"

WAIVE = """
import django, sys; django.setup()
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from accounts.models import User
from cadres.models import Cadre
from duties.actions import duty_waive
from duties.models import Duty
at, cadre = parse_datetime(sys.argv[1]), Cadre.objects.get(pk=sys.argv[2])
done = 0
for pk in sys.argv[3].split(","):
    try:
        duty_waive(duty=Duty.objects.get(pk=pk), by=cadre.user, cadre=cadre, reason="外出", now=at)
        done += 1
    except ValidationError:
        pass
print(done)
"""


def overdue(count: int) -> tuple[Any, list[str]]:
    """So many people overdue, their duties in an order drawn at random; 楼栋 and 片区 were told."""
    home = community()
    people_under_care(home, count, started_on=date(2026, 3, 1), now=moment("2026-03-01T09:00"))
    sweep_at("2026-03-07T08:00")
    duties = [str(pk) for pk in Duty.objects.values_list("pk", flat=True)]
    random.Random(5).shuffle(duties)
    return home, duties


def test_of_two_secretaries_at_once_one_waves_through() -> None:
    home, duties = overdue(15)
    quarters = [who(home, place, Post.GENERAL_BRANCH_SECRETARY)["cadre"] for place in home.quarters]
    top = who(home, home.place, Post.COMMITTEE_SECRETARY)["cadre"]
    racing = [start_script(WAIVE, ASKED_AT, str(one.pk), ",".join(duties)) for one in (*quarters, top, top)]
    done = sum(int(finish(process)) for process in racing)
    assert done == 15
    waves = DutyAction.objects.filter(kind=DutyActionKind.WAIVE)
    assert waves.count() == waves.values("duty").distinct().count() == 15


def test_a_sweep_and_a_waving_at_once_leave_the_events_the_rows_speak_of() -> None:
    """Whichever came first to each clock: 苑区 was told exactly where the waving came after, and nothing is taken back."""
    home, duties = overdue(60)
    top = who(home, home.place, Post.COMMITTEE_SECRETARY)["cadre"]
    waving = start_script(WAIVE, ASKED_AT, str(top.pk), ",".join(duties))
    sweeps = [start_script(SWEEP_ON, FALLEN_DUE_AT, "3") for _ in range(2)]
    assert finish(waving).strip() == "60"
    for process in sweeps:
        finish(process)
    sweep_at("2026-03-20T00:00")
    connections.close_all()
    fell_due = moment("2026-03-08T00:00")
    told = set(DutyEvent.objects.filter(rung=3, kind=EventKind.RAISED).values_list("duty", flat=True))
    waved_after = set(DutyAction.objects.filter(at__gte=fell_due).values_list("duty", flat=True))
    assert told == waved_after
    assert not DutyEvent.objects.filter(kind=EventKind.STOOD_DOWN).exists()
    assert not DutyEvent.objects.filter(rung=4).exists()
    assert Duty.objects.filter(outcome=Outcome.OVERDUE).count() == 60
    assert Duty.objects.filter(rung=3).count() == len(told)
    before = story_of_everything()
    with transaction.atomic():
        from duties.services import clocks_reconcile

        clocks_reconcile(clocks=list(DutyClock.objects.select_for_update()), now=moment("2026-03-20T00:00"))
        assert story_of_everything() == before
        transaction.set_rollback(True)
