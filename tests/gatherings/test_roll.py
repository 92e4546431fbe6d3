"""Calling the roll: one write, a correction writes what differs, and duties are settled with it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cadres.choices import Post
from duties.choices import EventKind
from duties.models import Duty, DutyEvent
from gatherings.choices import Kind, State, Way
from gatherings.models import Attendance, Gathering
from gatherings.services import gathering_cancel, gathering_change, people_sign_up, person_sign_off
from routines.choices import Matter
from tests.duties.steps import sweep_at
from tests.factories import Community, appointment, cadre, community, moment
from tests.gatherings.meeting import PLANNED_AT, call, people, person, plan
from tests.routines.adopting import adopt, owed, routine_of
from volunteers.services import volunteer_of

pytestmark = pytest.mark.django_db
LEADER, SECRETARY = Post.PARTY_GROUP_LEADER, Post.BRANCH_SECRETARY
TRAINING, STUDY = Matter.GROUP_TRAINING, Matter.MEMBER_STUDY


@pytest.fixture
def home() -> Community:
    return community()


def rows(gathering: Gathering) -> dict[str, tuple[bool | None, bool, str]]:
    found = gathering.attendances.select_related("volunteer")
    return {one.volunteer.name: (one.was_there, one.spoke, one.way) for one in found}


def refused(call: Any, **details: Any) -> str:
    with pytest.raises(ValidationError) as refusal:
        call(**details)
    return "".join(refusal.value.messages)


def test_it_works(home: Community) -> None:
    """Two signed up, one came, a third came without; and nine whom nobody knows."""
    wang, li, zhao = (person(home, name) for name in ("王一", "李二", "赵三"))
    gathering = plan(home, kind=Kind.FORUM)
    assert people_sign_up(gathering=gathering, volunteers=[wang, li], now=PLANNED_AT) == 2
    assert people_sign_up(gathering=gathering, volunteers=[wang], now=PLANNED_AT) == 0
    assert call(gathering, [wang, zhao], others=9, spoke={zhao.pk}) == 3
    assert rows(gathering) == {
        "王一": (True, False, Way.ROLL),
        "李二": (False, False, Way.ROLL),
        "赵三": (True, True, Way.ROLL),
    }
    gathering.refresh_from_db()
    assert (gathering.state, gathering.others) == (State.HELD, 9)


def test_again_it_writes_what_differs(home: Community) -> None:
    wang, li, zhao = (person(home, name) for name in ("王一", "李二", "赵三"))
    gathering = plan(home)
    call(gathering, [wang, li])
    first = Attendance.objects.get(volunteer=wang).recorded_at
    assert call(gathering, [wang, li], at="2026-03-21T09:00") == 0
    assert call(gathering, [wang, zhao], at="2026-03-21T10:00", way=Way.PAPER) == 2
    assert rows(gathering) == {
        "王一": (True, False, Way.ROLL),
        "李二": (False, False, Way.PAPER),
        "赵三": (True, False, Way.PAPER),
    }
    assert Attendance.objects.get(volunteer=wang).recorded_at == first


def test_three_hundred_cost_as_many_statements_as_three(home: Community) -> None:
    counts = []
    for number in (3, 300):
        gathering, there = plan(home), people(home, number)
        with CaptureQueriesContext(connection) as asked:
            assert call(gathering, there) == number
        with CaptureQueriesContext(connection) as again:
            assert call(gathering, there[:-2]) == 2
        counts.append((len(asked), len(again)))
        Attendance.objects.all().delete()
    assert counts[0] == counts[1]


def test_a_training_settles_whoever_was_there(home: Community) -> None:
    adopt(home, TRAINING)
    sweep_at("2026-03-10T08:01")
    here, there = (home.holders[home.buildings[at].pk, LEADER] for at in (0, 1))
    gathering = plan(home, kind=Kind.TRAINING)
    call(gathering, [volunteer_of(cadre=here.cadre)])
    assert owed(routine_of(here, TRAINING)) == [("2026-03-10", "2026-09-06", "in_time")]
    assert owed(routine_of(there, TRAINING)) == [("2026-03-10", "2026-09-06", "open")]


def test_taken_back_it_is_owed_again(home: Community) -> None:
    adopt(home, TRAINING)
    sweep_at("2026-03-10T08:01")
    here, there = (home.holders[home.buildings[at].pk, LEADER] for at in (0, 1))
    gathering = plan(home, kind=Kind.TRAINING)
    call(gathering, [volunteer_of(cadre=here.cadre)])
    call(gathering, [volunteer_of(cadre=there.cadre)], at="2026-03-21T10:00")
    assert [one[2] for one in owed(routine_of(here, TRAINING))] == ["open"]
    assert [one[2] for one in owed(routine_of(there, TRAINING))] == ["in_time"]


def test_a_meeting_of_another_kind_settles_nothing(home: Community) -> None:
    adopt(home, TRAINING)
    sweep_at("2026-03-10T08:01")
    held = home.holders[home.building.pk, LEADER]
    call(plan(home, kind=Kind.LECTURE), [volunteer_of(cadre=held.cadre)])
    assert [one[2] for one in owed(routine_of(held, TRAINING))] == ["open"]


def test_two_posts_of_one_person_are_settled_by_one_attendance(home: Community) -> None:
    both = home.holder(home.building, LEADER)
    second = home.holders[home.buildings[1].pk, LEADER]
    second.cadre = both
    second.save(update_fields=["cadre"])
    adopt(home, TRAINING)
    sweep_at("2026-03-10T08:01")
    call(plan(home, kind=Kind.TRAINING), [volunteer_of(cadre=both)])
    settled = Duty.objects.filter(outcome="in_time").values_list("appointment", flat=True)
    assert set(settled) == {home.holders[home.building.pk, LEADER].pk, second.pk}


def test_who_was_there_before_he_took_the_post_owes_nothing_more(home: Community) -> None:
    """Transfer on 1 September of one who attended in May."""
    adopt(home, TRAINING)
    mover = cadre(home.place)
    call(plan(home, "2026-05-12T09:00", kind=Kind.TRAINING), [volunteer_of(cadre=mover)])
    held = home.holders[home.building.pk, LEADER]
    held.ended_on, held.end_reason = date(2026, 8, 31), "replaced"
    held.save(update_fields=["ended_on", "end_reason"])
    new = appointment(home.building, LEADER, started_on=date(2026, 9, 1), cadre=mover)
    from routines.services import routines_align

    routines_align(now=moment("2026-09-01T00:10"))
    sweep_at("2026-09-01T00:11")
    assert owed(routine_of(new, TRAINING)) == [("2026-09-01", "2027-02-28", "in_time")]
    assert Duty.objects.get(appointment=new).basis["carried_on"] == "2026-05-12"


@pytest.mark.parametrize("whose", ["host", "place", "organisation"])
def test_a_study_settles_whoever_held_it_or_for_whom(home: Community, whose: str) -> None:
    from cadres.services import organisation_create

    adopt(home, STUDY)
    sweep_at("2026-03-10T08:01")
    held = home.holders[home.precincts[0].pk, SECRETARY]
    details: dict[str, Any] = {
        "host": {"host": held.cadre},
        "place": {"place": home.precincts[0]},
        "organisation": {},
    }[whose]
    if whose == "organisation":
        branch = organisation_create(
            community=home.place, kind="branch", name="银发支部", places=[home.building]
        )
        held.organisation = branch
        held.save(update_fields=["organisation"])
        details = {"organisation": branch}
    call(plan(home, kind=Kind.STUDY, **details), [person(home, "王一")], others=2)
    assert [one[2] for one in owed(routine_of(held, STUDY))] == ["in_time"]
    other = home.holders[home.precincts[1].pk, SECRETARY]
    assert [one[2] for one in owed(routine_of(other, STUDY))] == ["open"]


def test_two_people_are_no_study(home: Community) -> None:
    adopt(home, STUDY)
    sweep_at("2026-03-10T08:01")
    held = home.holders[home.precincts[0].pk, SECRETARY]
    call(plan(home, kind=Kind.STUDY, host=held.cadre), [person(home, "王一")], others=1)
    assert [one[2] for one in owed(routine_of(held, STUDY))] == ["open"]


def test_a_study_recorded_late_stands_down_what_was_told(home: Community) -> None:
    adopt(home, STUDY)
    sweep_at("2026-03-10T08:01")
    held = home.holders[home.precincts[0].pk, SECRETARY]
    march = plan(home, "2026-03-25T19:00", kind=Kind.STUDY, host=held.cadre)
    call(march, people(home, 3))
    for at in ("2026-04-01T00:01", "2026-05-01T00:01", "2026-05-04T00:01"):
        sweep_at(at)
    april = plan(home, "2026-04-20T19:00", kind=Kind.STUDY, host=held.cadre)
    told = DutyEvent.objects.filter(duty__appointment=held, rung=3)
    assert [one.kind for one in told] == [EventKind.RAISED]
    call(april, people(home, 3), at="2026-05-08T09:00")
    assert [one[2] for one in owed(routine_of(held, STUDY))] == ["in_time", "in_time", "open"]
    assert {one.kind for one in told.all()} == {EventKind.RAISED, EventKind.STOOD_DOWN}
    call(april, [], others=1, at="2026-05-10T09:00")
    assert [one[2] for one in owed(routine_of(held, STUDY))] == ["in_time", "overdue", "open"]
    assert EventKind.REINSTATED in {one.kind for one in told.all()}


def test_what_cannot_be_is_refused(home: Community) -> None:
    wang, stranger = person(home, "王一"), person(community("隔壁社区", staffed=False), "外人")
    gathering = plan(home)
    shared = {"gathering": gathering, "there": [wang]}
    assert "还没有开始" in refused(call, **shared, at="2026-03-20T18:59")
    assert "外人不是本社区" in refused(call, gathering=gathering, there=[stranger])
    assert "没有人到场" in refused(call, gathering=gathering, there=[])
    assert "0 到 5000" in refused(call, **shared, others=5001)
    assert "不是本社区" in refused(people_sign_up, gathering=gathering, volunteers=[stranger], now=PLANNED_AT)
    assert not Attendance.objects.exists()
    gathering_cancel(gathering=gathering, reason="下雨")
    assert "已取消" in refused(call, **shared)
    gathering.refresh_from_db()
    assert gathering.state == State.CANCELLED


def test_plans_are_changed_until_they_are_held(home: Community) -> None:
    gathering, wang = plan(home), person(home, "王一")
    gathering_change(gathering=gathering, title="清扫楼道和院子")
    people_sign_up(gathering=gathering, volunteers=[wang], now=PLANNED_AT)
    person_sign_off(gathering=gathering, volunteer=wang)
    assert not Attendance.objects.exists()
    assert "取消原因" in refused(gathering_cancel, gathering=gathering, reason=" ")
    call(gathering, [wang])
    for service, more in (
        (gathering_change, {"title": "又一次"}),
        (gathering_cancel, {"reason": "下雨"}),
        (person_sign_off, {"volunteer": wang}),
        (people_sign_up, {"volunteers": [wang], "now": PLANNED_AT}),
    ):
        assert "已举行，不能再改" in refused(service, gathering=gathering, **more)
    gathering.refresh_from_db()
    assert (gathering.title, gathering.state) == ("清扫楼道和院子", State.HELD)
    assert rows(gathering) == {"王一": (True, False, Way.ROLL)}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [({"hours": 0}, "晚于开始时间"), ({"hours": 12.5}, "不超过 12 小时"), ({"title": "打 13800000000"}, "")],
)
def test_a_plan_that_cannot_be_is_refused(home: Community, wrong: dict[str, Any], sentence: str) -> None:
    assert sentence in refused(plan, home=home, **wrong)
    assert not Gathering.objects.exists()


def test_who_belongs_elsewhere_is_refused(home: Community) -> None:
    near = community("隔壁社区")
    assert "本社区的骨干" in refused(plan, home=home, host=near.holder(near.building, LEADER))
    assert not Gathering.objects.exists()
