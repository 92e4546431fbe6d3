"""What changed in the posts of a ladder in a stretch of time."""

from __future__ import annotations

from datetime import date

import pytest

from cadres.choices import Post
from cadres.hand_overs import Change, hand_overs
from cadres.ladder import Accountable, Ladder
from cadres.services import (
    appointment_end,
    appointment_hand_over,
    appointment_start,
    cover_start,
    organisation_create,
)
from tests.factories import Community, cadre, community

pytestmark = pytest.mark.django_db

SINCE, UNTIL = date(2026, 3, 1), date(2026, 3, 31)
Row = tuple[date, Change, str, str]


@pytest.fixture
def home() -> Community:
    return community()


def changes(home: Community, rungs: tuple[int, ...] = (0,), until: date = UNTIL) -> list[Row]:
    whose = Accountable(home.building.pk, Post.BUILDING_HEAD)
    return [
        (one.day, one.change, one.cadre.name, one.other.name if one.other else "")
        for one in hand_overs(Ladder.load([whose]), whose, rungs, SINCE, until)
    ]


def test_it_works(home: Community) -> None:
    held = home.holders[home.building.pk, Post.BUILDING_HEAD]
    new = cadre(home.building)
    appointment_hand_over(appointment=held, to_cadre=new, on=date(2026, 3, 10))
    assert changes(home) == [(date(2026, 3, 10), Change.TAKEN_UP, new.name, held.cadre.name)]


def test_a_post_left_and_filled_later_is_two_changes(home: Community) -> None:
    held = home.holders[home.building.pk, Post.BUILDING_HEAD]
    appointment_end(appointment=held, ended_on=date(2026, 3, 9), end_reason="resigned")
    new = cadre(home.building)
    appointment_start(cadre=new, post=Post.BUILDING_HEAD, place=home.building, started_on=date(2026, 3, 20))
    assert changes(home) == [
        (date(2026, 3, 10), Change.LEFT, held.cadre.name, ""),
        (date(2026, 3, 20), Change.TAKEN_UP, new.name, ""),
    ]


def test_a_cover_begins_and_ends(home: Community) -> None:
    held, other = home.holders[home.building.pk, Post.BUILDING_HEAD], cadre(home.building)
    cover_start(appointment=held, stand_in=other, from_on=date(2026, 3, 5), until_on=date(2026, 3, 7))
    assert changes(home) == [
        (date(2026, 3, 5), Change.COVERED, other.name, held.cadre.name),
        (date(2026, 3, 8), Change.COVER_ENDED, other.name, held.cadre.name),
    ]


def test_only_what_changed_in_that_time(home: Community) -> None:
    """The first day is the day the stretch began with; the last one counts."""
    held = home.holders[home.building.pk, Post.BUILDING_HEAD]
    first = appointment_hand_over(appointment=held, to_cadre=cadre(home.building), on=SINCE)
    second = appointment_hand_over(appointment=first, to_cadre=cadre(home.building), on=UNTIL)
    assert [row[0] for row in changes(home)] == [UNTIL]
    assert changes(home, until=date(2026, 3, 30)) == []
    assert second.started_on == UNTIL


def test_only_the_rungs_asked_for(home: Community) -> None:
    held = home.holders[home.precincts[0].pk, Post.BRANCH_SECRETARY]
    appointment_hand_over(appointment=held, to_cadre=cadre(home.building), on=date(2026, 3, 10))
    assert changes(home) == []
    assert len(changes(home, (0, 2))) == 1


def test_the_secretary_of_an_organisation(home: Community) -> None:
    body = organisation_create(community=home.place, kind="branch", name="第九支部", places=[home.building])
    held = appointment_start(
        cadre=cadre(home.building, name="甲"),
        post=Post.BRANCH_SECRETARY,
        place=home.precincts[0],
        started_on=date(2020, 1, 1),
        organisation=body,
    )
    appointment_hand_over(appointment=held, to_cadre=cadre(home.building, name="乙"), on=date(2026, 3, 4))
    assert changes(home, (2,)) == [(date(2026, 3, 4), Change.TAKEN_UP, "乙", "甲")]
