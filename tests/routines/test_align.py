"""Who owes a matter: from its adoption on, with the appointment, until the rule or the appointment ends it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from cadres.choices import Post
from cadres.services import appointment_end
from duties.choices import EventKind, Outcome
from duties.models import Duty, DutyClock, DutyEvent
from routines.choices import Matter
from routines.facts import routine_facts
from routines.models import Routine, RoutineRule
from routines.services import routines_align
from tests.duties.steps import sweep_at
from tests.factories import Community, appointment, community, moment
from tests.routines.adopting import ADOPTED, ADOPTED_AT, adopt, owed, routine_of

pytestmark = pytest.mark.django_db
LEADER = Post.PARTY_GROUP_LEADER
TRAINING, STUDY = Matter.GROUP_TRAINING, Matter.MEMBER_STUDY


@pytest.fixture
def home() -> Community:
    return community()


def leader(home: Community, at: int = 0) -> Any:
    return home.holders[home.buildings[at].pk, LEADER]


def test_it_works(home: Community) -> None:
    """Eight buildings, eight leaders: each owes one round, none from before the matter was adopted."""
    adopt(home, TRAINING)
    sweep_at("2026-03-10T08:01")
    assert Routine.objects.count() == 8
    assert owed(routine_of(leader(home), TRAINING)) == [("2026-03-10", "2026-09-06", "open")]
    assert set(Duty.objects.values_list("appointment", flat=True)) == {leader(home, at).pk for at in range(8)}
    assert routines_align(now=ADOPTED_AT + timedelta(minutes=10)).opened == 0
    assert not DutyEvent.objects.exists()


def test_overdue_it_is_told_from_the_precinct_on(home: Community) -> None:
    adopt(home, TRAINING)
    sweep_at("2026-03-10T08:01")
    sweep_at("2026-08-08T00:01")
    assert set(DutyEvent.objects.values_list("rung", flat=True)) == {0}, "reminded a month before"
    sweep_at("2026-09-07T00:01")
    told = DutyEvent.objects.filter(duty__appointment=leader(home), kind=EventKind.RAISED, rung=2).get()
    assert told.told_cadre == home.holder(home.precincts[0], Post.BRANCH_SECRETARY)


def test_nobody_owes_what_is_not_adopted(home: Community) -> None:
    assert routines_align(now=ADOPTED_AT).opened == 0
    adopt(home, TRAINING, effective_on=ADOPTED + timedelta(days=1))
    assert not Routine.objects.exists(), "it takes effect tomorrow"
    assert routines_align(now=moment("2026-03-11T00:05")).opened == 8


def test_a_community_that_is_not_live_owes_nothing() -> None:
    asleep = community(is_live=False)
    adopt(asleep, TRAINING)
    assert not Routine.objects.exists()


def test_a_vacant_post_has_no_routine(home: Community) -> None:
    appointment_end(appointment=leader(home), ended_on=date(2026, 3, 1), end_reason="resigned")
    adopt(home, TRAINING)
    assert Routine.objects.count() == 7
    new = appointment(home.building, LEADER, started_on=date(2026, 6, 15))
    routines_align(now=moment("2026-06-15T09:00"))
    sweep_at("2026-06-15T09:01")
    assert owed(routine_of(new, TRAINING)) == [("2026-06-15", "2026-12-12", "open")]


@pytest.mark.parametrize(
    ("last_day", "outcome"),
    [("2026-08-01", Outcome.CANCELLED), ("2026-09-10", Outcome.MISSED)],
)
def test_it_ends_with_the_appointment_in_its_own_name(
    home: Community, last_day: str, outcome: Outcome
) -> None:
    """Who follows in the post owes a routine of their own, and nothing of what was left undone."""
    adopt(home, TRAINING)
    sweep_at("2026-03-10T08:01")
    sweep_at("2026-09-07T00:01" if outcome == Outcome.MISSED else "2026-07-01T00:01")
    first = leader(home)
    appointment_end(appointment=first, ended_on=date.fromisoformat(last_day), end_reason="resigned")
    day_after = date.fromisoformat(last_day) + timedelta(days=1)
    next_one = appointment(home.building, LEADER, started_on=day_after)
    now = moment(f"{day_after}T00:10")
    assert routines_align(now=now).ended == 1
    sweep_at(now + timedelta(minutes=1))
    assert routine_of(first, TRAINING).ended_on == date.fromisoformat(last_day)
    (left,) = Duty.objects.filter(clock=routine_of(first, TRAINING).clock)
    assert (left.outcome, left.appointment) == (outcome, first)
    (own,) = Duty.objects.filter(clock=routine_of(next_one, TRAINING).clock)
    assert (own.outcome, own.opened_on, own.appointment) == (Outcome.OPEN, day_after, next_one)


def test_switched_off_what_is_open_is_withdrawn(home: Community) -> None:
    adopt(home, TRAINING)
    sweep_at("2026-03-10T08:01")
    off = moment("2026-06-01T09:00")
    adopt(home, TRAINING, now=off, is_on=False)
    sweep_at(off + timedelta(minutes=1))
    assert set(Duty.objects.values_list("outcome", flat=True)) == {Outcome.CANCELLED}
    assert DutyEvent.objects.filter(kind=EventKind.WITHDRAWN).count() == 8
    assert set(Routine.objects.values_list("ended_on", flat=True)) == {date(2026, 5, 31)}
    on = moment("2026-09-01T09:00")
    adopt(home, TRAINING, now=on)
    sweep_at(on + timedelta(minutes=1))
    assert Routine.objects.filter(ended_on=None, started_on=date(2026, 9, 1)).count() == 8


def test_given_to_another_post_it_passes(home: Community) -> None:
    adopt(home, STUDY)
    assert Routine.objects.count() == 4
    later = moment("2027-01-01T00:10")
    adopt(home, STUDY, effective_on=date(2027, 1, 1), owner_post=LEADER)
    assert Routine.objects.filter(ended_on=None).count() == 4, "it takes effect in January"
    routines_align(now=later)
    assert set(Routine.objects.exclude(ended_on=None).values_list("ended_on", flat=True)) == {
        date(2026, 12, 31)
    }
    running = Routine.objects.filter(ended_on=None)
    assert {one.appointment.post for one in running.select_related("appointment")} == {LEADER}
    sweep_at(later)
    assert owed(routine_of(leader(home), STUDY)) == [("2027-01-01", "2027-01-29", "open")]


def test_a_new_version_dates_open_rounds_anew(home: Community) -> None:
    adopt(home, TRAINING)
    sweep_at("2026-03-10T08:01")
    changed = moment("2026-03-20T09:00")
    adopt(home, TRAINING, now=changed, first_within_days=200)
    sweep_at(changed + timedelta(minutes=1))
    assert owed(routine_of(leader(home), TRAINING)) == [("2026-03-10", "2026-09-26", "open")]


def test_days_of_an_appointment_put_right_begin_anew(home: Community) -> None:
    adopt(home, TRAINING)
    sweep_at("2026-03-10T08:01")
    held = leader(home)
    held.started_on = date(2026, 3, 12)
    held.save(update_fields=["started_on"])
    now = moment("2026-03-13T09:00")
    assert routines_align(now=now).ended == 1
    sweep_at(now)
    first, second = Routine.objects.filter(appointment=held).order_by("started_on")
    assert [one[2] for one in owed(first)] == ["cancelled"]
    assert owed(second) == [("2026-03-12", "2026-09-08", "open")]


@pytest.mark.parametrize(
    ("differs", "field"),
    [
        ({"owner_post": Post.GRID_WORKER}, "owner_post"),
        ({"effective_on": date(2026, 3, 9)}, "effective_on"),
        ({"first_within_days": 0}, "__all__"),
        ({"ladder": ((0, -5), (3, 10), (4, 3))}, "ladder"),
    ],
)
def test_what_cannot_be_is_refused(home: Community, differs: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        adopt(home, TRAINING, **differs)
    assert field in refusal.value.message_dict
    assert not RoutineRule.objects.exists()
    assert not DutyClock.objects.exists()


def test_any_number_costs_as_many_queries(home: Community) -> None:
    adopt(home, STUDY)
    Routine.objects.all().delete()
    counts = []
    for matter in (None, TRAINING):
        if matter:
            adopt(home, matter, effective_on=ADOPTED + timedelta(days=1))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            routines_align(now=ADOPTED_AT + timedelta(days=2))
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 15


def test_the_figures_of_visits_do_not_count_them(home: Community) -> None:
    from duties.as_of import family_condition

    adopt(home, TRAINING)
    sweep_at("2026-03-10T08:01")
    assert Duty.objects.count() == 8
    assert not Duty.objects.filter(family_condition()).exists()


def test_facts_of_any_number_of_clocks_cost_as_many_queries(home: Community) -> None:
    adopt(home, TRAINING)
    adopt(home, STUDY)
    clocks = list(DutyClock.objects.order_by("pk"))
    both = [next(clock for clock in clocks if clock.routine.matter == matter) for matter in (TRAINING, STUDY)]
    counts = []
    for some in (both, clocks):
        with CaptureQueriesContext(connection) as asked:
            routine_facts(some, ADOPTED_AT)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 7


def test_the_database_takes_no_routine_twice(home: Community) -> None:
    adopt(home, STUDY)
    again = Routine.objects.select_related("clock").earliest("pk")
    again.pk, again.clock.pk = None, None
    again.clock.save()
    again.clock_id = again.clock.pk
    with pytest.raises(IntegrityError, match="routines_routine_once"), transaction.atomic():
        again.save()
    assert Routine.objects.count() == 4
