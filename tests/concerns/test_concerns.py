"""A concern's life: opened, taken, handed on, closed with words; what is refused leaves it as it was."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from audit.models import AuditEvent
from buildings.scope import Scope
from cadres.choices import Post
from cadres.models import Note
from cadres.services import appointment_end
from concerns.choices import Origin, State, Step
from concerns.models import Concern, ConcernEvent
from concerns.selectors import concerns_at, days_in_force, events_of
from concerns.services import (
    concern_become_incident,
    concern_close,
    concern_open,
    concern_take,
    concern_terms_set,
)
from duties.as_of import AsOf
from duties.choices import EventKind, Outcome
from duties.models import Duty, DutyEvent
from residents.models import Resident
from tests.duties.steps import sweep_at
from tests.factories import Community, clerk, community, moment, resident
from tests.visits.people import NOW
from visits.models import Incident
from visits.services import residents_merge, residents_merge_undo

pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def office(home: Community) -> User:
    return clerk(home.place)


def opened(home: Community, **said: Any) -> Concern:
    head = home.holder(home.building, Post.BUILDING_HEAD)
    given: dict[str, Any] = {
        "building": home.building, "subject": "care", "urgency": "normal", "words": "帮忙取降压药",
        "origin": Origin.PHONE, "now": NOW, "by": None, "reporter": head,
    }  # fmt: skip
    return concern_open(**{**given, **said})


def take(concern: Concern, office: User, **said: Any) -> Concern:
    given: dict[str, Any] = {"subject": "care", "urgency": "normal", "appointment": None, "words": ""}
    return concern_take(concern=concern, by=office, now=NOW + timedelta(hours=1), **{**given, **said})


def fresh(concern: Concern) -> Concern:
    return Concern.objects.unscoped("of this test").get(pk=concern.pk)


def notes() -> set[tuple[int, str]]:
    return set(Note.objects.values_list("cadre_id", "text"))


def test_it_works(home: Community, office: User) -> None:
    concern = opened(home)
    assert (concern.state, concern.due_on, concern.days) == (State.WAITING, date(2026, 3, 18), 7)
    duty = Duty.objects.get(clock=concern.clock_id)
    assert (duty.kind, duty.outcome, duty.due_on) == ("concern", Outcome.OPEN, date(2026, 3, 18))
    taken = take(concern, office)
    assert taken.state == State.WORKING
    closed = concern_close(
        concern=taken, state="done", answer="已请社区医院送药", by=office, now=NOW + timedelta(days=1)
    )
    assert (closed.state, closed.answer) == (State.DONE, "已请社区医院送药")
    duty.refresh_from_db()
    assert duty.outcome == Outcome.IN_TIME
    assert [event.step for event in events_of(closed)] == [Step.OPENED, Step.TAKEN, Step.DONE]


def test_whoever_reported_it_is_told_without_a_name(home: Community, office: User) -> None:
    person = resident(home.building, now=NOW, name="司马懿之")
    reporter = home.holder(home.building, Post.HEALTH_WORKER)
    head = home.holder(home.building, Post.BUILDING_HEAD)
    concern = take(opened(home, reporter=reporter, resident=person), office)
    assert notes() == {(one.pk, "101栋诉求（看病送药）：已受理") for one in (reporter, head)}
    concern_close(
        concern=concern, state="declined", answer="不属社区", by=office, now=NOW + timedelta(hours=2)
    )
    assert notes() == {(one.pk, "101栋诉求（看病送药）：不办") for one in (reporter, head)}


def test_who_has_it_is_told_and_owes_it(home: Community, office: User) -> None:
    steward = home.holders[home.building.pk, Post.PROPERTY_STEWARD]
    concern = take(opened(home), office, appointment=steward, words="请尽快")
    duty = Duty.objects.get(clock=concern.clock_id)
    assert (duty.appointment_id, duty.accountable_post) == (steward.pk, Post.PROPERTY_STEWARD)
    assert (steward.cadre_id, "101栋诉求（看病送药）：交给您办理，请看“诉求”") in notes()
    back = take(concern, office)
    duty = Duty.objects.get(clock=back.clock_id, outcome=Outcome.OPEN)
    assert (duty.appointment_id, duty.accountable_post) == (None, Post.BUILDING_HEAD)
    assert [event.step for event in events_of(back)] == [Step.OPENED, Step.TAKEN, Step.HANDED]


def test_overdue_it_goes_up_the_ladder(home: Community, office: User) -> None:
    concern = opened(home)
    for at in ("2026-03-18T23:00", "2026-03-19T00:01", "2026-03-21T00:01", "2026-03-23T00:01"):
        sweep_at(at)
    duty = Duty.objects.get(clock=concern.clock_id)
    raised = DutyEvent.objects.filter(duty=duty, kind=EventKind.RAISED).order_by("rung")
    assert [(event.rung, event.told_post) for event in raised] == [
        (2, Post.BRANCH_SECRETARY),
        (3, Post.GENERAL_BRANCH_SECRETARY),
        (4, Post.COMMITTEE_SECRETARY),
    ]
    concern_close(concern=concern, state="done", answer="办好了", by=office, now=moment("2026-03-24T09:00"))
    duty.refresh_from_db()
    assert duty.outcome == Outcome.LATE


def test_urgent_it_is_due_tomorrow(home: Community, office: User) -> None:
    concern = opened(home, urgency="urgent")
    assert concern.due_on == date(2026, 3, 12)
    assert take(concern, office).due_on == date(2026, 3, 18)


def test_a_community_sets_its_own_days(home: Community, office: User) -> None:
    assert days_in_force(home.place.pk) == ({"normal": 7, "urgent": 1}, True)
    before = opened(home)
    concern_terms_set(community=home.place, normal_days=3, urgent_days=2, by=office, now=NOW)
    assert days_in_force(home.place.pk) == ({"normal": 3, "urgent": 2}, False)
    assert opened(home).due_on == date(2026, 3, 14)
    assert fresh(before).due_on == date(2026, 3, 18)
    with pytest.raises(ValidationError, match="1 到 60 天"):
        concern_terms_set(community=home.place, normal_days=0, urgent_days=2, by=office, now=NOW)
    assert days_in_force(home.place.pk) == ({"normal": 3, "urgent": 2}, False)


def test_it_becomes_an_incident(home: Community, office: User) -> None:
    concern = concern_become_incident(concern=opened(home), kind="discontent", by=office, now=NOW)
    incident = Incident.objects.unscoped("of this test").get()
    assert (concern.incident, incident.summary, incident.building) == (
        incident,
        "帮忙取降压药",
        home.building,
    )
    assert concern.state == State.WAITING
    with pytest.raises(ValidationError, match="已经转为必到事件"):
        concern_become_incident(concern=concern, kind="discontent", by=office, now=NOW)
    assert Incident.objects.unscoped("of this test").count() == 1


def test_sent_twice_it_is_one(home: Community) -> None:
    uid = uuid4()
    assert opened(home, uid=uid) == opened(home, uid=uid)
    assert Concern.objects.unscoped("of this test").count() == 1


@pytest.mark.parametrize(
    ("said", "words"),
    [({"words": "  "}, "请写明"), ({"building": "precinct"}, "哪一栋楼")],
)
def test_what_is_refused_opens_nothing(home: Community, said: dict[str, Any], words: str) -> None:
    if said.get("building"):
        said = {"building": home.precincts[0]}
    with pytest.raises(ValidationError, match=words):
        opened(home, **said)
    assert Concern.objects.unscoped("of this test").count() == 0
    assert not Duty.objects.exists()


def test_closed_it_takes_nothing_more(home: Community, office: User) -> None:
    concern = opened(home)
    with pytest.raises(ValidationError, match="请写明办理结果"):
        concern_close(concern=concern, state="done", answer=" ", by=office, now=NOW)
    with pytest.raises(ValidationError, match="请选择已办或不办"):
        concern_close(concern=concern, state="working", answer="好", by=office, now=NOW)
    assert fresh(concern).state == State.WAITING
    concern_close(concern=concern, state="done", answer="办好了", by=office, now=NOW)
    steps = ConcernEvent.objects.unscoped("of this test").count()
    with pytest.raises(ValidationError, match="已经办结"):
        concern_close(concern=concern, state="declined", answer="又不办了", by=office, now=NOW)
    with pytest.raises(ValidationError, match="已经办结"):
        take(concern, office)
    with pytest.raises(ValidationError, match="已经办结"):
        concern_become_incident(concern=concern, kind="discontent", by=office, now=NOW)
    assert (fresh(concern).answer, ConcernEvent.objects.unscoped("of this test").count()) == ("办好了", steps)


def test_it_is_given_to_nobody_from_elsewhere(home: Community, office: User) -> None:
    concern = opened(home)
    ended = home.holders[home.building.pk, Post.CULTURE_WORKER]
    appointment_end(appointment=ended, ended_on=date(2026, 3, 1), end_reason="resigned")
    for stranger in (home.holders[home.buildings[-1].pk, Post.BUILDING_HEAD], ended):
        with pytest.raises(ValidationError, match="不管这栋楼"):
            take(concern, office, appointment=stranger)
    assert fresh(concern).state == State.WAITING
    assert notes() == set()


def test_its_number_is_of_its_day(home: Community, office: User) -> None:
    concern = opened(home)
    opened(home)
    at = NOW + timedelta(days=1)
    concern_close(concern=concern, state="done", answer="办好了", by=office, now=at)
    assert concerns_at(Scope.EVERYWHERE, AsOf.now(at)) == {home.building.pk: 1}
    assert concerns_at(Scope.EVERYWHERE, AsOf.end_of(NOW.date())) == {home.building.pk: 2}
    assert concerns_at(Scope.EVERYWHERE, AsOf.end_of(NOW.date() - timedelta(days=1))) == {}


def test_the_trail_says_who(home: Community, office: User) -> None:
    concern = take(opened(home), office)
    concern_close(concern=concern, state="done", answer="办好了", by=office, now=NOW)
    rows = AuditEvent.objects.filter(object_type="concerns.concern").order_by("pk")
    assert [(row.user, row.fields) for row in rows] == [
        (office, ["state", "appointment"]),
        (office, ["state", "answer"]),
    ]


def test_a_merge_takes_it_along_and_brings_it_back(home: Community) -> None:
    kept, gone = (resident(home.building, now=NOW, name="闻人月", room=room) for room in ("301", "302"))
    concern = opened(home, resident=gone)
    merge = residents_merge(kept=kept, gone=gone, now=NOW, user=None)
    assert fresh(concern).resident_id == kept.pk
    residents_merge_undo(merge=merge, now=NOW, user=None)
    assert fresh(concern).resident_id == merge.gone_id
    assert Resident.objects.unscoped("of this test").count() == 2
