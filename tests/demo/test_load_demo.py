"""`load_demo`: a community with months of history, the same for the same seed and day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.db import transaction
from django.db.models import Count, F
from django.http import HttpRequest

from accounts.choices import Role
from accounts.models import User
from accounts.rules import sees_people
from baibuting.common.days import local_day
from buildings.models import Place
from cadres.choices import BUILDING_POSTS, Post
from cadres.ladder import Ladder
from cadres.models import Appointment, Cover
from cadres.selectors import scope_for
from demo.load import NAME, demo_load
from demo.names import check_character
from demo.sign_ins import SignIn
from duties.choices import RUNNING, EventKind, Outcome
from duties.models import Duty, DutyClock, DutyEvent, NoticeDelivery, SweepRun
from duties.sweep import sweep
from residents.models import CareRecord, Resident
from tests.duties.steps import sweep_at
from tests.factories import moment
from visits.choices import DutyKind, IncidentKind
from visits.models import Incident, Visit
from volunteers.models import Pairing, TeamMembership

# every test stands in the loaded demo; what it writes itself is taken back
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loaded")]

NOW = moment("2026-11-23T15:00")
SMALL = 40


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[SignIn]]:
    """The small demo, loaded once for this module and taken back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield demo_load(residents=SMALL, seed=1, now=NOW)
        transaction.set_rollback(True)


def running() -> Any:
    return Duty.objects.filter(outcome__in=RUNNING)


def test_it_works() -> None:
    assert Place.objects.get(parent=None).name == NAME
    assert Resident.objects.count() == SMALL
    assert Duty.objects.count() > 300
    assert Visit.objects.count() > 300


def test_every_rung_has_something_running() -> None:
    assert set(running().values_list("rung", flat=True)) >= {None, 0, 1, 2, 3, 4}
    overdue = Duty.objects.filter(outcome=Outcome.OVERDUE, kind=DutyKind.ROUTINE)
    assert set(overdue.values_list("rung", flat=True)) == {1, 2, 3, 4}


def test_most_were_in_time_and_some_were_not() -> None:
    counts = dict(Duty.objects.values_list("outcome").annotate(Count("pk")))
    assert counts[Outcome.IN_TIME] > 10 * counts[Outcome.LATE] > 0
    assert counts[Outcome.OVERDUE] > 5


def test_somebody_was_never_visited() -> None:
    never = CareRecord.objects.filter(ended_on=None, resident__visits=None)
    assert Duty.objects.filter(
        care_record__in=never, outcome=Outcome.OVERDUE, kind=DutyKind.FIRST_VISIT
    ).exists()


def test_visits_that_came_late_took_escalations_back() -> None:
    stood_down = DutyEvent.objects.filter(kind=EventKind.STOOD_DOWN).select_related("duty")
    assert stood_down.count() >= 2
    for event in stood_down:
        raised = DutyEvent.objects.get(duty=event.duty, rung=event.rung, kind=EventKind.RAISED)
        assert raised.recorded_at < event.recorded_at
    assert any(event.duty.outcome == Outcome.IN_TIME for event in stood_down)


def test_a_visit_was_voided() -> None:
    voided = Visit.objects.get(voided_at__isnull=False)
    assert Duty.objects.filter(care_record__resident=voided.resident, outcome=Outcome.OVERDUE).exists()
    assert DutyEvent.objects.filter(kind=EventKind.WITHDRAWN).exists()


def test_events_are_written_when_they_fell_due() -> None:
    """As if the sweep had run all the time: recorded within two minutes of falling due, or with its incident's report."""
    raised = DutyEvent.objects.filter(kind=EventKind.RAISED)
    opened_at = raised.order_by("recorded_at").values_list("recorded_at", flat=True)[0]
    late = raised.filter(recorded_at__gt=F("fell_due_at") + timedelta(minutes=2)).exclude(
        recorded_at=opened_at
    )
    late = late.exclude(recorded_at__lte=F("duty__care_record__created_at") + timedelta(hours=13))
    assert [(event.fell_due_at, event.recorded_at) for event in late] == []
    assert not raised.filter(fell_due_at__gt=NOW).exists()
    assert not Visit.objects.filter(received_at__gt=NOW).exists()


def test_a_sweep_ran_every_day() -> None:
    days = {local_day(at) for at in SweepRun.objects.values_list("now", flat=True)}
    first = min(days)
    assert days == {first + timedelta(days=ahead) for ahead in range((local_day(NOW) - first).days + 1)}
    assert len(days) == 16 * 7 + 1


def test_a_sweep_now_finds_nothing_left() -> None:
    run = sweep_at(NOW)
    assert (run.looked_at, run.put_off) == (0, 0)
    assert not DutyClock.objects.filter(failures__gt=0).exists()


def test_the_facts_give_the_same_duties_once_more() -> None:
    """The states that were written day by day are those that the facts ask for in one go."""
    before = list(Duty.objects.order_by("pk").values_list("pk", "outcome", "rung", "done_at", "closed_at"))
    DutyClock.objects.update(next_check_at=NOW)
    sweep(now=NOW, read_clock=lambda: NOW)
    after = list(Duty.objects.order_by("pk").values_list("pk", "outcome", "rung", "done_at", "closed_at"))
    assert after == before


def test_posts_are_vacant_covered_and_handed_over() -> None:
    today = local_day(NOW)
    held = Appointment.objects.filter(ended_on=None, post__in=BUILDING_POSTS).count()
    buildings = Place.objects.filter(level=4).count()
    assert 60 <= buildings <= 110
    assert 0.9 < held / (buildings * len(BUILDING_POSTS)) < 0.99
    assert Cover.objects.filter(from_on__lte=today, until_on__gte=today).exists()
    assert Cover.objects.filter(until_on__lt=today).exists()
    assert Appointment.objects.filter(end_reason="replaced").count() == 10
    assert DutyEvent.objects.filter(rung=1, told_rung=2, passed_over=[1]).exists()


def test_a_branch_is_no_quarter() -> None:
    """怡和苑北区504栋 is served by 康和党总支."""
    building = Place.objects.get(name="504栋")
    assert building.parent is not None
    assert building.parent.parent is not None
    assert building.parent.parent.name == "怡和苑北区"
    holder = Ladder.load([building.pk]).rung_holder(building.pk, 3, local_day(NOW))
    assert holder is not None
    assert str(Appointment.objects.get(pk=holder.appointment_id).organisation) == "康和党总支"


def test_incidents_of_all_kinds_ran() -> None:
    assert set(Incident.objects.values_list("kind", flat=True)) == set(IncidentKind.values)
    assert Incident.objects.exclude(closed_at=None).count() >= 5
    dispute = Incident.objects.get(closed_at=None, kind=IncidentKind.FAMILY_DISPUTE)
    assert dispute.arrivals.count() == 1
    assert list(
        Duty.objects.filter(clock=dispute.clock, outcome__in=RUNNING).values_list("accountable_post")
    ) == [(Post.SECURITY_WORKER,)]


def test_volunteers_serve_and_are_paired() -> None:
    assert TeamMembership.objects.count() > 40
    assert Pairing.objects.filter(volunteer__is_party_member=True).count() == 24


def test_nobody_real_can_be_meant() -> None:
    residents = list(Resident.objects.all())
    assert all(resident.phone.startswith("199") for resident in residents)
    for resident in residents:
        assert resident.id_number.startswith("429999")
        assert resident.id_number[-1] == check_character(resident.id_number[:17])
        assert resident.born_on == date.fromisoformat(resident.id_number[6:14])
    assert any("·" in resident.name for resident in residents)


def test_the_accounts_sign_in_and_see_their_part(loaded: list[SignIn]) -> None:
    today = local_day(NOW)
    seen = {}
    for one in loaded:
        user = authenticate(HttpRequest(), username=one.username, password=one.password)
        assert isinstance(user, User)
        assert user.email.endswith("@example.invalid")
        seen[one.username] = Duty.objects.within(scope_for(user, today=today)).count()
    assert 0 < seen["louzhang"] == seen["xiaozu"] < seen["zhibu"] < seen["dangwei"] == seen["shequ"]
    assert seen["louzhang"] < seen["zongzhi"] < seen["dangwei"]
    assert {name for name in seen if not sees_people(User.objects.get(username=name))} == {
        "xitong", "anquan", "shenji"
    }  # fmt: skip
    assert not User.objects.filter(must_change_password=True).exists()
    assert set(User.objects.values_list("role", flat=True)) == {
        Role.OFFICE,
        Role.CADRE,
        Role.SYSTEM_ADMIN,
        Role.SECURITY_ADMIN,
        Role.AUDITOR,
    }


def test_no_mail_of_the_past_is_owed() -> None:
    assert NoticeDelivery.objects.filter(sent_at__isnull=False).exists()
    assert not NoticeDelivery.objects.filter(next_attempt_at__isnull=False).exists()
