"""Random histories, imports and go-live days: nothing is dated, told or counted before the day, or before it was known.

And late-sync justice holds: in the end whoever was told stands told only of what, by all that is known, fell due.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baibuting.common.days import SHANGHAI, local_day, midnight
from duties.choices import RUNNING, EventKind, Outcome
from duties.clock import steps
from duties.models import Duty, DutyEvent, GoLive
from duties.sweep import sweep
from tests.factories import Community, care_record, community, resident
from visits.choices import VisitOrigin
from visits.services import go_live_confirm, visit_record

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 30)  # all days are counted from here
LAST = 30


def at(offset: int, hour: int) -> datetime:
    return datetime.combine(DAY + timedelta(days=offset), time(hour), SHANGHAI)


@dataclass(frozen=True)
class Seen:
    """A visit on a day, received so many days later."""

    on: int
    late: int


@dataclass(frozen=True)
class Life:
    """Somebody listed from a day on, typed in on another, with visits."""

    code: str
    started: int
    typed_in: int
    seen: tuple[Seen, ...]


@dataclass(frozen=True)
class GoingLive:
    """Confirmed on a day, for a day, with a window."""

    confirmed: int
    on: int
    spread: int


SEEN = st.builds(Seen, on=st.integers(-60, 25), late=st.integers(0, 6))
LIVES = st.lists(
    st.builds(
        Life,
        code=st.sampled_from(["elderly_alone", "hardship", "released"]),
        started=st.integers(-300, 20),
        typed_in=st.integers(-8, 20),
        seen=st.lists(SEEN, max_size=5).map(tuple),
    ),
    min_size=1,
    max_size=3,
)
GOING_LIVE = st.builds(
    GoingLive, confirmed=st.integers(-6, 6), on=st.integers(-10, 12), spread=st.sampled_from([0, 5, 9])
)


@pytest.fixture
def home() -> Community:
    return community(is_live=False)


def live_through(home: Community, lives: list[Life], going: GoingLive) -> None:
    """What happens, in the order in which it happens, with a sweep every few days."""
    agenda: list[tuple[datetime, Callable[[datetime], Any]]] = [
        (at(day, 8), lambda now: sweep(now=now, read_clock=lambda: now)) for day in range(-7, LAST + 1, 6)
    ]
    agenda.append((at(LAST, 9), lambda now: sweep(now=now, read_clock=lambda: now)))
    agenda.append(
        (
            at(going.confirmed, 10),
            lambda now: go_live_confirm(
                community=home.place, on=DAY + timedelta(days=going.on), spread_days=going.spread, now=now
            ),
        )
    )
    for life in lives:
        person = resident(home.building, now=at(-8, 7))
        typed_in = max(life.typed_in, life.started)
        agenda.append(
            (
                at(typed_in, 11),
                lambda now, life=life, person=person: care_record(
                    home.building,
                    now=now,
                    started_on=DAY + timedelta(days=life.started),
                    code=life.code,
                    resident=person,
                ),
            )
        )
        for seen in {visit.on: visit for visit in life.seen}.values():
            received = max(seen.on + seen.late, -8)
            agenda.append(
                (
                    at(received, 15),
                    lambda now, seen=seen, person=person: visit_record(
                        resident=person,
                        visited_at=at(seen.on, 14),
                        now=now,
                        origin=VisitOrigin.OFFICE,
                        visitor_name="走访人",
                    ),
                )
            )
    for moment, act in sorted(agenda, key=lambda entry: entry[0]):
        act(moment)


def standing(duty: Duty) -> set[int]:
    """The rungs above the first that stand told: raised and not taken back, or taken back and reinstated."""
    kinds: dict[int, set[str]] = {}
    for event in duty.events.all():
        if event.rung:
            kinds.setdefault(event.rung, set()).add(event.kind)
    return {
        rung
        for rung, said in kinds.items()
        if EventKind.STOOD_DOWN not in said or EventKind.REINSTATED in said
    }


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lives=LIVES, going=GOING_LIVE)
def test_it_works(home: Community, lives: list[Life], going: GoingLive) -> None:
    with transaction.atomic():
        live_through(home, lives, going)
        live = GoLive.objects.get(community=home.place)
        for duty in Duty.objects.select_related("care_record").prefetch_related("events"):
            nothing_lies_before(duty, live)
            justice_holds(duty)
        transaction.set_rollback(True)


def nothing_lies_before(duty: Duty, live: GoLive) -> None:
    assert duty.opened_on >= live.counts_from
    assert duty.due_on >= live.counts_from
    assert duty.created_at >= live.begins_at
    assert duty.done_at is None or local_day(duty.done_at) >= live.counts_from
    assert duty.closed_at is None or duty.closed_at >= midnight(live.counts_from)
    if duty.care_record is None:
        raise AssertionError("all of them are visits")
    known_since = max(live.begins_at, duty.care_record.created_at)
    for event in duty.events.all():
        assert event.fell_due_at >= midnight(live.counts_from)
        assert event.recorded_at >= known_since


def justice_holds(duty: Duty) -> None:
    if duty.outcome == Outcome.CANCELLED:
        withdrawn = any(event.kind == EventKind.WITHDRAWN for event in duty.events.all())
        assert not (withdrawn and standing(duty))
        return
    until = at(LAST, 9) if duty.outcome in RUNNING else duty.closed_at
    fell_due = {step.rung for step in steps(duty.due_at, duty.ladder) if step.at <= (until or at(LAST, 9))}
    assert standing(duty) <= fell_due
    if duty.outcome in RUNNING:
        assert standing(duty) == fell_due - {0}


def test_nobody_is_told_where_nobody_confirmed(home: Community) -> None:
    care_record(home.building, now=at(-5, 11), started_on=DAY - timedelta(days=100))
    sweep(now=at(LAST, 9), read_clock=lambda: at(LAST, 9))
    assert not Duty.objects.exists()
    assert not DutyEvent.objects.exists()
