"""The record of a duty says only what happened: who was told when, who was not, and who came and went meanwhile."""

from __future__ import annotations

from datetime import date

import pytest

from cadres.choices import Post
from cadres.ladder import Ladder
from cadres.models import Cadre
from cadres.services import appointment_end, appointment_hand_over, cover_start
from duties.models import Duty
from duties.notices import NoticeRow, notice_rows
from duties.rows import ladder_steps
from duties.selectors import Disclosure
from duties.story import duty_explanation, duty_story
from residents.models import CareRecord
from tests.duties.steps import duty_of, sweep_at
from tests.factories import Community, cadre, care_record, community, moment

pytestmark = pytest.mark.django_db

# due on 4 March; reminder on the 3rd, steps on the 5th, 6th, 8th and 12th
STARTED, NOW = date(2026, 3, 1), "2026-03-09T09:00"
IN_TIME = ("2026-03-03T00:01", "2026-03-05T00:01", "2026-03-06T00:01", "2026-03-08T00:01")


@pytest.fixture
def home() -> Community:
    return community()


def under_care(home: Community, now: str = "2026-03-01T09:00") -> CareRecord:
    return care_record(home.building, now=moment(now), started_on=STARTED)


def swept(home: Community, *times: str) -> Duty:
    record = under_care(home)
    for at in times:
        sweep_at(at)
    return duty_of(record)


def told(duty: Duty, now: str = NOW) -> list[str]:
    """What the panel of the ladder says of each rung."""
    at = moment(now)
    return [step.label for step in ladder_steps(duty, at, at.date(), Ladder.load([duty.accountable]))]


def story(duty: Duty, now: str = NOW) -> list[str]:
    return [line.text for line in duty_story(duty, moment(now))]


def leader(home: Community) -> Cadre:
    return home.holder(home.building, Post.PARTY_GROUP_LEADER)


def branch(home: Community) -> Cadre:
    return home.holder(home.precincts[0], Post.BRANCH_SECRETARY)


def test_it_works(home: Community) -> None:
    duty = swept(home, *IN_TIME)
    why = duty_explanation(duty, moment(NOW))
    assert (
        f"已知会：楼栋党小组长{leader(home).name}（3月5日）、支部书记{branch(home).name}（3月6日）、" in why
    )
    assert "应知会" not in why
    assert told(duty) == ["3月3日 已知会", "3月5日 已知会", "3月6日 已知会", "3月8日 已知会", "3月12日 00:00"]


def test_what_fell_due_then_and_was_written_now_says_both(home: Community) -> None:
    """The system was switched on nine months later: nobody was told in March."""
    record = under_care(home, "2026-12-10T09:00")
    duty, now = duty_of(record), "2027-01-04T09:00"
    both = "（2026年3月5日，2026年12月10日补记）"
    why = duty_explanation(duty, moment(now))
    assert "已知会" not in why
    assert f"应知会：楼栋党小组长{leader(home).name}{both}、" in why
    assert f"应知会楼栋党小组长{leader(home).name}，2026年12月10日补记" in story(duty, now)
    assert told(duty, now)[1] == "应知会 2026年3月5日，2026年12月10日补记"


def test_an_hour_is_what_the_sweep_may_put_off(home: Community) -> None:
    duty = swept(home, "2026-03-03T01:00", "2026-03-05T01:01")
    assert told(duty)[:2] == ["3月3日 已知会", "应知会 3月5日，当天 01:01 补记"]


def test_a_vacant_post_was_told_nothing(home: Community) -> None:
    held = home.holders[home.building.pk, Post.PARTY_GROUP_LEADER]
    appointment_end(appointment=held, ended_on=date(2026, 3, 2), end_reason="resigned")
    duty = swept(home, *IN_TIME)
    assert told(duty)[1] == f"3月5日 空缺，未知会，改报支部书记{branch(home).name}"
    why = duty_explanation(duty, moment(NOW))
    assert f"已知会：支部书记{branch(home).name}（3月5日，楼栋党小组长空缺，直接上报）" in why
    assert f"{held.cadre.name}不再任楼栋党小组长，岗位空缺" in story(duty)


def test_where_all_are_vacant_nobody_is_among_those_told() -> None:
    duty = swept(community(staffed=False), *IN_TIME)
    why = duty_explanation(duty, moment(NOW))
    assert "已知会" not in why
    assert "无人可报：3月5日 各级岗位空缺、3月6日 各级岗位空缺" in why
    assert told(duty)[2] == "3月6日 空缺，未知会，上级也都空缺"


def test_the_one_who_held_the_post_that_day_was_told_and_the_hand_over_is_a_line(home: Community) -> None:
    held = home.holders[home.building.pk, Post.PARTY_GROUP_LEADER]
    duty = swept(home, *IN_TIME)
    new = cadre(home.building)
    appointment_hand_over(appointment=held, to_cadre=new, on=date(2026, 3, 7))
    step = ladder_steps(duty, moment(NOW), date(2026, 3, 9), Ladder.load([duty.accountable]))[1]
    assert (step.holder, step.label) == (new.name, f"3月5日 已知会{held.cadre.name}")
    lines = duty_story(duty, moment(NOW))
    handed = [line for line in lines if line.sort == "handed_over"]
    assert [(line.at, line.text) for line in handed] == [
        (moment("2026-03-07T00:00"), f"{new.name}接替{held.cadre.name}任楼栋党小组长")
    ]
    assert [line.at for line in lines[:-1]] == sorted(line.at for line in lines[:-1])


def test_the_visiting_post_changes_hands(home: Community) -> None:
    held = home.holders[home.building.pk, Post.BUILDING_HEAD]
    duty = swept(home, *IN_TIME)
    new = cadre(home.building)
    appointment_hand_over(appointment=held, to_cadre=new, on=date(2026, 3, 4))
    assert f"{new.name}接替{held.cadre.name}任楼栋长" in story(duty)
    assert told(duty)[0] == f"3月3日 已知会{held.cadre.name}"
    before = [line.text for line in duty_story(duty, moment("2026-03-03T12:00"))]
    assert not any("接替" in text for text in before), "what is still to come is no part of the story"


def test_leave_is_a_line_of_its_own(home: Community) -> None:
    held, other = home.holders[home.building.pk, Post.BUILDING_HEAD], cadre(home.building)
    cover_start(appointment=held, stand_in=other, from_on=date(2026, 3, 2), until_on=date(2026, 3, 4))
    lines = story(swept(home, *IN_TIME))
    assert f"{held.cadre.name}的楼栋长由{other.name}代管，到3月4日" in lines
    assert f"{other.name}代管楼栋长结束" in lines


def test_what_changed_on_rungs_that_were_not_told_is_no_part_of_it(home: Community) -> None:
    top = home.holders[home.place.pk, Post.COMMITTEE_SECRETARY]
    duty = swept(home, *IN_TIME)
    appointment_hand_over(appointment=top, to_cadre=cadre(home.place), on=date(2026, 3, 7))
    assert not any(line.sort == "handed_over" for line in duty_story(duty, moment(NOW)))


def test_a_notice_says_when_it_reached_its_reader(home: Community) -> None:
    duty = swept(home, *IN_TIME[:2])
    sweep_at("2026-03-07T09:00")
    whose = Ladder.load([duty.accountable])
    seen_by = Disclosure(True, branch(home).pk, date(2026, 3, 9), whose)
    events = list(
        duty.events.select_related("told_cadre", "duty__place", "duty__category").filter(rung__gt=0)
    )

    def shown(now: str, *, to_me: bool) -> list[NoticeRow]:
        return [row for event in events for row in notice_rows([event], seen_by, moment(now), to_me=to_me)]

    assert [row.when for row in shown("2027-01-04T09:00", to_me=True)] == [
        "2026年3月5日知会",
        "应知会 2026年3月6日，2026年3月7日补记",
    ]
    assert [row.advice for row in shown(NOW, to_me=False)] == [
        f"3月5日已知会楼栋党小组长{leader(home).name}",
        f"应知会支部书记{branch(home).name}（3月6日，3月7日补记）",
    ]
