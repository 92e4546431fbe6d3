"""What those on the ladder do about a duty: take over, note, stand-in; and who may not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from audit.models import AuditEvent
from buildings.models import Place
from cadres.choices import Post
from cadres.models import Cadre, Cover
from cadres.selectors import scope_for
from cadres.services import appointment_end, cover_start
from duties.actions import (
    duty_note,
    duty_stand_in_assign,
    duty_take_over,
    duty_waive,
    duty_waiver_revoke,
)
from duties.choices import DutyActionKind, Outcome
from duties.models import Duty, DutyAction, DutyEvent, NoticeSeen
from duties.selectors import notices_dealt_with, notices_waiting
from tests.duties.steps import duty_of, sweep_at, visit
from tests.factories import Community, cadre, care_record, clerk, community, moment, user

pytestmark = pytest.mark.django_db

NOW = moment("2026-03-06T09:00")  # due on the 4th: 楼栋 told on the 5th, 片区 on the 6th
TODAY = NOW.date()
START = date(2026, 3, 1)


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def duty(home: Community) -> Duty:
    record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=START)
    sweep_at(NOW)
    return duty_of(record)


def who(home: Community, place: Place, post: Post) -> dict[str, Any]:
    """Whoever holds a post, as the services want him."""
    holder = home.holder(place, post)
    if holder.user is None:
        holder.user = user(f"holder{holder.pk}")
        holder.save(update_fields=["user"])
    return {"cadre": holder, "by": holder.user}


@pytest.fixture
def branch(home: Community) -> dict[str, Any]:
    return who(home, home.precincts[0], Post.BRANCH_SECRETARY)


def waiting(one: dict[str, Any]) -> list[int | None]:
    rows = notices_waiting(scope_for(one["by"], today=TODAY))
    return [event.rung for event in rows]


def dealt_with(one: dict[str, Any]) -> list[int | None]:
    return [event.rung for event in notices_dealt_with(scope_for(one["by"], today=TODAY))]


def test_it_works(duty: Duty, branch: dict[str, Any]) -> None:
    """Taken over, the notice is dealt with; the clock runs on, and the next rung is told in its time."""
    assert (waiting(branch), dealt_with(branch)) == ([2], [])
    row = duty_take_over(duty=duty, now=NOW, words="我周五上门", **branch)
    assert (row.kind, row.rung, row.post, row.words) == ("take_over", 2, Post.BRANCH_SECRETARY, "我周五上门")
    assert (row.by_cadre, row.by_user, row.at) == (branch["cadre"], branch["by"], NOW)
    assert (waiting(branch), dealt_with(branch)) == ([], [2])
    assert NoticeSeen.objects.filter(event__told_cadre=branch["cadre"]).count() == 1
    sweep_at("2026-03-08T00:00")
    duty.refresh_from_db()
    assert (duty.outcome, duty.rung, duty.waived) == (Outcome.OVERDUE, 3, [])


def test_what_was_dealt_with_stays_so_when_it_is_settled(duty: Duty, branch: dict[str, Any]) -> None:
    duty_take_over(duty=duty, now=NOW, **branch)
    visit(duty.care_record.resident, "2026-03-06T10:00")
    assert (waiting(branch), dealt_with(branch)) == ([], [2])


def test_a_notice_that_comes_later_waits_again(home: Community, duty: Duty, branch: dict[str, Any]) -> None:
    """苑区's post is vacant: 社区 is told in its place, and again in its own right."""
    top = who(home, home.place, Post.COMMITTEE_SECRETARY)
    quarter = home.holders[home.quarters[0].pk, Post.GENERAL_BRANCH_SECRETARY]
    appointment_end(appointment=quarter, ended_on=date(2026, 3, 6), end_reason="resigned")
    sweep_at("2026-03-08T00:00")  # 苑区's step, passed on to 社区
    at = moment("2026-03-08T09:00")
    duty_take_over(duty=duty, now=at, **top)
    assert waiting(top) == []
    with pytest.raises(ValidationError, match="已经接办"):
        duty_take_over(duty=duty, now=at, **top)
    sweep_at("2026-03-12T00:00")
    assert waiting(top) == [4]
    duty_take_over(duty=duty, now=moment("2026-03-12T09:00"), **top)
    assert waiting(top) == []


def test_a_note_settles_nothing(duty: Duty, branch: dict[str, Any]) -> None:
    row = duty_note(duty=duty, words="已与楼栋长商定", now=NOW, **branch)
    assert row.words == "已与楼栋长商定"
    assert (waiting(branch), dealt_with(branch)) == ([2], [])


def test_the_one_who_visits_may_note_as_well(home: Community, duty: Duty) -> None:
    head = who(home, home.building, Post.BUILDING_HEAD)
    assert duty_note(duty=duty, words="去了两次，不在家", now=NOW, **head).rung == 0


def test_the_office_may_only_note(home: Community, duty: Duty) -> None:
    office: dict[str, Any] = {"by": clerk(home.place), "cadre": None}
    row = duty_note(duty=duty, words="已电话联系家属", now=NOW, **office)
    assert (row.by_cadre, row.rung, row.post) == (None, None, "")
    refuse_all_but_notes(home, duty, office, "不是这件事的责任人")


def test_above_the_rung_that_was_told_one_may_act(home: Community, duty: Duty) -> None:
    top = who(home, home.place, Post.COMMITTEE_SECRETARY)
    assert duty_take_over(duty=duty, now=NOW, **top).rung == 4


def test_a_stand_in_on_the_ladder_acts_as_its_holder(
    home: Community, duty: Duty, branch: dict[str, Any]
) -> None:
    helper = cadre(home.building, user=user("helper"))
    cover_start(
        appointment=home.holders[home.precincts[0].pk, Post.BRANCH_SECRETARY],
        stand_in=helper,
        from_on=TODAY,
        until_on=TODAY,
    )
    assert duty_take_over(duty=duty, now=NOW, by=helper.user, cadre=helper).rung == 2
    with pytest.raises(ValidationError, match="不是这件事的责任人"):
        duty_take_over(duty=duty, now=NOW, **branch)
    assert DutyAction.objects.count() == 1


def test_a_stand_in_is_assigned_through_a_cover(home: Community, duty: Duty, branch: dict[str, Any]) -> None:
    neighbour = home.holder(home.buildings[1], Post.BUILDING_HEAD)
    row = duty_stand_in_assign(
        duty=duty,
        stand_in=neighbour,
        from_on=date(2026, 3, 1),
        until_on=date(2026, 3, 12),
        now=NOW,
        words="楼栋长住院",
        **branch,
    )
    cover = Cover.objects.get()
    assert cover.appointment == home.holders[home.building.pk, Post.BUILDING_HEAD]
    assert (cover.stand_in, cover.from_on, cover.until_on) == (neighbour, TODAY, date(2026, 3, 12))
    assert (row.cover, row.stand_in, row.from_on, row.until_on) == (cover, neighbour, TODAY, cover.until_on)
    assert AuditEvent.objects.filter(fields=["covers"], user=branch["by"]).count() == 1
    assert dealt_with(branch) == [2]


def test_a_cover_that_is_taken_back_leaves_the_row(
    home: Community, duty: Duty, branch: dict[str, Any]
) -> None:
    neighbour = home.holder(home.buildings[1], Post.BUILDING_HEAD)
    row = duty_stand_in_assign(
        duty=duty, stand_in=neighbour, from_on=date(2026, 3, 9), until_on=date(2026, 3, 12), now=NOW, **branch
    )
    Cover.objects.get().delete()
    row.refresh_from_db()
    assert (row.cover, row.stand_in, row.from_on) == (None, neighbour, date(2026, 3, 9))


# --- refusals ---------------------------------------------------------------------------------------------------------


def refuse_all_but_notes(home: Community, duty: Duty, one: dict[str, Any], words: str) -> None:
    before = DutyAction.objects.count(), Cover.objects.count(), DutyEvent.objects.count()
    neighbour = home.holder(home.buildings[1], Post.BUILDING_HEAD)
    dates = {"from_on": TODAY, "until_on": TODAY}
    for act in (
        lambda: duty_take_over(duty=duty, now=NOW, **one),
        lambda: duty_stand_in_assign(duty=duty, stand_in=neighbour, now=NOW, **dates, **one),
        lambda: duty_waive(duty=duty, reason="外出", now=NOW, **one),
        lambda: duty_waiver_revoke(duty=duty, now=NOW, **one),
    ):
        with pytest.raises(ValidationError, match=words):
            act()
    assert (DutyAction.objects.count(), Cover.objects.count(), DutyEvent.objects.count()) == before


def test_nobody_off_the_ladder(home: Community, duty: Duty) -> None:
    for place, post in (
        (home.precincts[1], Post.BRANCH_SECRETARY),
        (home.quarters[1], Post.GENERAL_BRANCH_SECRETARY),
        (home.building, Post.HEALTH_WORKER),
    ):
        other = who(home, place, post)
        refuse_all_but_notes(home, duty, other, "不是这件事的责任人")
        with pytest.raises(ValidationError, match="各级责任人和社区办"):
            duty_note(duty=duty, words="路过看看", now=NOW, **other)
    assert not DutyAction.objects.exists()


def test_not_before_it_has_reached_anybody(home: Community, branch: dict[str, Any]) -> None:
    early = moment("2026-03-01T09:00")
    duty = duty_of(care_record(home.building, now=early, started_on=START))
    assert not DutyEvent.objects.exists()
    with pytest.raises(ValidationError, match="还没有报到您这一级"):
        duty_take_over(duty=duty, now=early, **branch)
    assert not DutyAction.objects.exists()


def test_nobody_acts_on_what_he_owes_himself(home: Community, duty: Duty) -> None:
    words = "由您办理|您自己的岗位|不能自己放行|没有放行"
    refuse_all_but_notes(home, duty, who(home, home.building, Post.BUILDING_HEAD), words)


def test_a_settled_duty_takes_nothing(home: Community, duty: Duty, branch: dict[str, Any]) -> None:
    visit(duty.care_record.resident, "2026-03-06T08:00", received="2026-03-06T08:30")
    refuse_all_but_notes(home, duty, branch, "已经办完或取消")
    with pytest.raises(ValidationError, match="已经办完或取消"):
        duty_note(duty=duty, words="迟了一步", now=NOW, **branch)
    assert not DutyAction.objects.exists()


def test_a_note_needs_words_and_not_too_many(duty: Duty, branch: dict[str, Any]) -> None:
    for words in ("  ", "字" * 501):
        with pytest.raises(ValidationError) as refusal:
            duty_note(duty=duty, words=words, now=NOW, **branch)
        assert "words" in refusal.value.message_dict
    assert not DutyAction.objects.exists()


def test_where_the_post_is_vacant_nobody_can_stand_in(
    home: Community, duty: Duty, branch: dict[str, Any]
) -> None:
    held = home.holders[home.building.pk, Post.BUILDING_HEAD]
    appointment_end(appointment=held, ended_on=date(2026, 3, 2), end_reason="resigned")
    neighbour = home.holder(home.buildings[1], Post.BUILDING_HEAD)
    with pytest.raises(ValidationError, match="请先任命楼栋长"):
        duty_stand_in_assign(duty=duty, stand_in=neighbour, from_on=TODAY, until_on=TODAY, now=NOW, **branch)
    assert (Cover.objects.count(), DutyAction.objects.count()) == (0, 0)


def test_who_serves_elsewhere_does_not_stand_in(home: Community, duty: Duty, branch: dict[str, Any]) -> None:
    far = home.holder(home.buildings[2], Post.BUILDING_HEAD)
    with pytest.raises(ValidationError) as refusal:
        duty_stand_in_assign(duty=duty, stand_in=far, from_on=TODAY, until_on=TODAY, now=NOW, **branch)
    assert "stand_in" in refusal.value.message_dict
    assert (Cover.objects.count(), DutyAction.objects.count(), AuditEvent.objects.count()) == (0, 0, 0)


def test_a_cover_that_is_refused_leaves_nothing(home: Community, duty: Duty, branch: dict[str, Any]) -> None:
    neighbours: list[Cadre] = [
        home.holder(home.buildings[1], post) for post in (Post.BUILDING_HEAD, Post.HEALTH_WORKER)
    ]
    first = {"from_on": TODAY, "until_on": date(2026, 3, 9)}
    duty_stand_in_assign(duty=duty, stand_in=neighbours[0], now=NOW, **first, **branch)
    with pytest.raises(ValidationError, match="已经安排了代管人"):
        duty_stand_in_assign(duty=duty, stand_in=neighbours[1], now=NOW, **first, **branch)
    assert (Cover.objects.count(), DutyAction.objects.count(), AuditEvent.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        (DutyActionKind.NOTE, {"words": ""}),
        (DutyActionKind.WAIVE, {"words": ""}),
        (DutyActionKind.TAKE_OVER, {"rung": None}),
        (DutyActionKind.TAKE_OVER, {"rung": None, "by_cadre": None}),
        (DutyActionKind.STAND_IN, {}),
        (DutyActionKind.REVOKE_WAIVER, {}),
        (DutyActionKind.NOTE, {"from_on": TODAY}),
    ],
)
def test_the_database_says_what_each_kind_needs(
    duty: Duty, branch: dict[str, Any], kind: DutyActionKind, details: dict[str, Any]
) -> None:
    given: dict[str, Any] = {"words": "话", "rung": 2, "by_cadre": branch["cadre"], **details}
    with pytest.raises(IntegrityError), transaction.atomic():
        DutyAction.objects.create(
            duty=duty,
            community_id=duty.community_id,
            place_id=duty.place_id,
            kind=kind,
            by_user=branch["by"],
            at=NOW,
            **given,
        )


def test_words_lie_nowhere_in_the_clear(duty: Duty, branch: dict[str, Any]) -> None:
    duty_note(duty=duty, words="王家阿婆在女儿家", now=NOW, **branch)
    with connection.cursor() as cursor:
        cursor.execute("SELECT words, handling::text FROM duties_dutyaction handling")
        ((sealed, row),) = cursor.fetchall()
    assert "王家阿婆".encode() not in bytes(sealed)
    assert "王家阿婆" not in row
