"""A sweep after days of silence gives the same events, with the same dates, as one that ran all the time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction

from cadres.choices import Post
from cadres.services import appointment_end, cover_start
from duties.models import DutyEvent
from tests.duties.steps import story_of_everything, sweep_at, visit
from tests.factories import Community, cadre, care_record, community, moment

pytestmark = pytest.mark.django_db

START, SILENT_FROM, SILENT_UNTIL = (moment(f"2026-03-{day}T00:00") for day in ("01", "25", "28"))
CODES = ("hardship", "hospital", "laid_off", "elderly_alone", "released")


def prepare(seed: int) -> tuple[Community, list[Any]]:
    """40 people of all categories, some posts vacant, some covered."""
    random = Random(seed)
    home = community()
    for place in home.buildings[::3]:
        head = home.holders[place.pk, Post.PARTY_GROUP_LEADER]
        appointment_end(appointment=head, ended_on=date(2026, 3, 26), end_reason="resigned")
    cover_start(
        appointment=home.holders[home.precincts[0].pk, Post.BRANCH_SECRETARY],
        stand_in=cadre(home.building),
        from_on=date(2026, 3, 26),
        until_on=date(2026, 3, 26),
    )
    records = [
        care_record(
            random.choice(home.buildings),
            now=START,
            started_on=date(2026, 2, 1) + timedelta(days=random.randrange(28)),
            code=random.choice(CODES),
        )
        for _ in range(40)
    ]
    for _ in range(60):
        at = START + timedelta(hours=random.randrange(24 * 23))
        visit(random.choice(records).resident, at.isoformat()[:16], seen=random.random() < 0.8)
    return home, records


def next_sweep(now: datetime, minutes: int) -> datetime:
    """Every so many minutes, and around midnight, when days are counted on, every minute as the product does."""
    at_midnight = now.hour == 23 or (now.hour, now.minute) < (0, 30)
    return now + timedelta(minutes=1 if at_midnight else minutes)


def live_through(minutes: int, silent: bool, visits: list[tuple[Any, datetime]]) -> list[tuple[Any, ...]]:
    """From SILENT_FROM to SILENT_UNTIL with visits at their times; sweeps all the time, or only at the end."""
    pending = sorted(visits, key=lambda item: item[1])
    now = SILENT_FROM
    sweep_at(now)
    while now <= SILENT_UNTIL:
        while pending and pending[0][1] <= now:
            resident, at = pending.pop(0)
            visit(resident, at.isoformat()[:16])
        if not silent:
            sweep_at(now)
        now = next_sweep(now, minutes)
    sweep_at(SILENT_UNTIL)
    return story_of_everything()


def both(run: Callable[[bool], list[tuple[Any, ...]]]) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The same days lived twice from the same start."""
    results = []
    for silent in (False, True):
        with transaction.atomic():
            results.append(run(silent))
            transaction.set_rollback(True)
    return results[0], results[1]


@pytest.mark.parametrize(("seed", "minutes"), [(1, 7), (2, 15), (3, 60)])
def test_it_works(seed: int, minutes: int) -> None:
    _, records = prepare(seed)
    random = Random(seed * 100)
    visits = [
        (random.choice(records).resident, SILENT_FROM + timedelta(minutes=random.randrange(3 * 24 * 60)))
        for _ in range(15)
    ]
    often, silent = both(lambda is_silent: live_through(minutes, is_silent, visits))
    assert silent == often
    assert len(often) > 100


def test_events_did_fall_due_in_the_silence() -> None:
    prepare(1)
    sweep_at(SILENT_FROM)
    before = DutyEvent.objects.count()
    sweep_at(SILENT_UNTIL)
    fell_due = DutyEvent.objects.order_by("pk")[before:]
    days = {event.fell_due_at.astimezone(START.tzinfo).date() for event in fell_due}
    assert len(days) >= 3
