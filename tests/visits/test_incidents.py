"""三个必到: one arrival duty a post, stamps settle them, absence climbs the ladder."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from cadres.choices import Post
from duties.choices import Outcome
from duties.models import Duty, DutyEvent
from tests.duties.steps import sweep_at
from tests.factories import Community, community, moment
from visits.models import Arrival, Incident
from visits.selectors import attendance
from visits.services import arrival_stamp, incident_close, incident_report

pytestmark = pytest.mark.django_db

REQUIRED = {Post.BUILDING_HEAD, Post.SECURITY_WORKER, Post.PROPERTY_STEWARD}


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def fire(home: Community) -> Incident:
    return incident_report(
        building=home.building,
        kind="emergency",
        occurred_at=moment("2026-03-02T09:00"),
        summary="2 单元水管爆裂",
        now=moment("2026-03-02T09:10"),
        reported_by=None,
    )


def outcomes(incident: Incident) -> dict[str, str]:
    return dict(Duty.objects.filter(clock=incident.clock_id).values_list("accountable_post", "outcome"))


def test_it_works(home: Community, fire: Incident) -> None:
    assert outcomes(fire) == dict.fromkeys(REQUIRED, Outcome.OPEN)
    assert {duty.due_at for duty in Duty.objects.all()} == {moment("2026-03-02T10:10")}
    arrival_stamp(
        incident=fire,
        post=Post.BUILDING_HEAD,
        arrived_at=moment("2026-03-02T09:30"),
        now=moment("2026-03-02T09:31"),
        cadre=home.holder(home.building, Post.BUILDING_HEAD),
    )
    assert outcomes(fire)[Post.BUILDING_HEAD] == Outcome.IN_TIME
    rows = attendance(fire, moment("2026-03-02T09:31").date(), moment("2026-03-02T09:31"))
    assert {row.post for row in rows if row.is_missing} == REQUIRED - {Post.BUILDING_HEAD}


def test_absence_climbs_the_ladder(home: Community, fire: Incident) -> None:
    sweep_at("2026-03-02T12:10")
    absent = Duty.objects.get(accountable_post=Post.SECURITY_WORKER)
    assert (absent.outcome, absent.rung) == (Outcome.OVERDUE, 3)
    told = DutyEvent.objects.get(duty=absent, rung=3)
    assert told.told_cadre == home.holder(home.quarters[0], Post.GENERAL_BRANCH_SECRETARY)


def test_a_late_arrival_is_late(fire: Incident) -> None:
    sweep_at("2026-03-02T10:11")
    arrival_stamp(
        incident=fire,
        post=Post.SECURITY_WORKER,
        arrived_at=moment("2026-03-02T10:20"),
        now=moment("2026-03-02T10:21"),
    )
    assert outcomes(fire)[Post.SECURITY_WORKER] == Outcome.LATE


def test_closing_needs_a_result_and_leaves_the_absent_missed(fire: Incident) -> None:
    with pytest.raises(ValidationError, match="请写明处理结果"):
        incident_close(incident=fire, result=" ", now=moment("2026-03-02T11:00"))
    assert set(outcomes(fire).values()) == {Outcome.OPEN}
    incident_close(incident=fire, result="已更换水管", now=moment("2026-03-02T11:00"))
    fire.refresh_from_db()
    assert fire.result == "已更换水管"
    assert set(outcomes(fire).values()) == {Outcome.MISSED}
    with pytest.raises(ValidationError, match="已经办结"):
        incident_close(incident=fire, result="再办一次", now=moment("2026-03-02T12:00"))


def test_closing_before_the_deadline_cancels(fire: Incident) -> None:
    incident_close(incident=fire, result="误报", now=moment("2026-03-02T09:20"))
    assert set(outcomes(fire).values()) == {Outcome.CANCELLED}


@pytest.mark.parametrize(
    ("arrived_at", "sentence"),
    [("2026-03-02T10:00", "不能晚于现在"), ("2026-03-02T08:59", "不能早于事件发生时间")],
)
def test_a_stamp_outside_the_incident_is_refused(fire: Incident, arrived_at: str, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        arrival_stamp(
            incident=fire,
            post=Post.BUILDING_HEAD,
            arrived_at=moment(arrived_at),
            now=moment("2026-03-02T09:30"),
        )
    assert not Arrival.objects.exists()
    assert set(outcomes(fire).values()) == {Outcome.OPEN}


def test_a_post_stamps_once(fire: Incident) -> None:
    times = {"arrived_at": moment("2026-03-02T09:30"), "now": moment("2026-03-02T09:31")}
    arrival_stamp(incident=fire, post=Post.BUILDING_HEAD, **times)
    with pytest.raises(ValidationError, match="已签到"):
        arrival_stamp(incident=fire, post=Post.BUILDING_HEAD, **times)
    assert Arrival.objects.count() == 1


def test_what_has_not_happened_or_happened_nowhere_is_refused(home: Community) -> None:
    for building, at in ((home.building, "2026-03-02T09:11"), (home.quarters[0], "2026-03-02T09:00")):
        with pytest.raises(ValidationError):
            incident_report(
                building=building,
                kind="emergency",
                occurred_at=moment(at),
                summary="",
                now=moment("2026-03-02T09:10"),
                reported_by=None,
            )
    assert not Incident.objects.exists()
    assert not Duty.objects.exists()
