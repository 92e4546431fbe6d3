"""A post as a line of appointments: each day has its holder, whatever day somebody takes over from."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from cadres.choices import Post
from cadres.models import Appointment
from cadres.services import appointment_end, appointment_hand_over, cover_start
from cadres.succession import (
    appointment_correct,
    appointment_take_over,
    appointment_vacate,
    holder_among,
    post_line,
)
from tests.factories import Community, appointment, cadre, community

HEAD = Post.BUILDING_HEAD
DAY = date(2026, 11, 23)
NEXT_YEAR = date(2027, 6, 1)


@pytest.fixture
def ours(db: None) -> Community:
    return community(staffed=False)


def line(ours: Community) -> list[tuple[int, str, str]]:
    found = post_line(ours.building, HEAD)
    return [(one.cadre_id, str(one.started_on), str(one.ended_on or "")) for one in found]


def test_it_works(ours: Community) -> None:
    first, second, third = (cadre(ours.place) for _ in range(3))
    at = {"post": HEAD, "place": ours.building}
    appointment_take_over(cadre=first, started_on=date(2025, 1, 1), **at)
    appointment_take_over(cadre=third, started_on=NEXT_YEAR, **at)
    made = appointment_take_over(cadre=second, started_on=DAY, **at)
    assert made.end_reason == "replaced"
    assert line(ours) == [
        (first.pk, "2025-01-01", "2026-11-22"),
        (second.pk, "2026-11-23", "2027-05-31"),
        (third.pk, "2027-06-01", ""),
    ]
    held = holder_among(post_line(ours.building, HEAD), date(2027, 5, 31))
    assert held is not None
    assert held.cadre_id == second.pk


def test_two_cannot_begin_on_one_day(ours: Community) -> None:
    appointment(ours.building, HEAD, started_on=DAY)
    before = line(ours)
    with pytest.raises(ValidationError, match="已登记别人任职"):
        appointment_take_over(cadre=cadre(ours.place), post=HEAD, place=ours.building, started_on=DAY)
    assert line(ours) == before


def test_a_misfit_leaves_the_holder(ours: Community) -> None:
    appointment(ours.building, HEAD)
    before = line(ours)
    stranger = cadre(community("隔壁社区", staffed=False).place)
    with pytest.raises(ValidationError, match="本社区"):
        appointment_take_over(cadre=stranger, post=HEAD, place=ours.building, started_on=DAY)
    assert line(ours) == before


def test_a_correction_deletes_nothing_and_leaves_no_gap(ours: Community) -> None:
    right = cadre(ours.place)
    first = appointment(ours.building, HEAD, started_on=date(2025, 1, 1))
    second = appointment_hand_over(appointment=first, to_cadre=cadre(ours.place), on=date(2026, 5, 1))
    third = appointment_hand_over(appointment=second, to_cadre=cadre(ours.place), on=date(2026, 9, 1))
    after = appointment_take_over(
        cadre=cadre(ours.place), post=HEAD, place=ours.building, started_on=NEXT_YEAR
    )
    appointment_correct(cadre=right, post=HEAD, place=ours.building, started_on=date(2026, 3, 1), today=DAY)
    assert line(ours) == [
        (first.cadre_id, "2025-01-01", "2026-02-28"),
        (right.pk, "2026-03-01", "2026-08-31"),
        (right.pk, "2026-09-01", "2027-05-31"),
        (after.cadre_id, "2027-06-01", ""),
    ]
    assert set(Appointment.objects.values_list("pk", flat=True)) == {first.pk, second.pk, third.pk, after.pk}


def test_a_correction_reopens_what_was_ended_by_mistake(ours: Community) -> None:
    held = appointment(ours.building, HEAD, started_on=date(2025, 1, 1))
    appointment_end(appointment=held, ended_on=date(2026, 8, 31), end_reason="other")
    appointment_correct(
        cadre=held.cadre, post=HEAD, place=ours.building, started_on=date(2025, 6, 1), today=DAY
    )
    assert line(ours) == [(held.cadre_id, "2025-01-01", "")]
    held.refresh_from_db()
    assert held.end_reason == ""


def test_a_holder_with_a_successor_may_leave_sooner(ours: Community) -> None:
    held = appointment(ours.building, HEAD)
    appointment_take_over(cadre=cadre(ours.place), post=HEAD, place=ours.building, started_on=NEXT_YEAR)
    cover_start(appointment=held, stand_in=cadre(ours.place), from_on=DAY, until_on=date(2026, 12, 31))
    appointment_vacate(appointment=held, ended_on=date(2026, 11, 30))
    held.refresh_from_db()
    assert (held.ended_on, held.end_reason) == (date(2026, 11, 30), "other")
    assert held.covers.get().until_on == date(2026, 11, 30)
    before = line(ours)
    with pytest.raises(ValidationError, match="任职期内"):
        appointment_vacate(appointment=held, ended_on=date(2026, 12, 1))
    assert line(ours) == before


def test_a_holder_with_a_successor_is_not_handed_over_once_more(ours: Community) -> None:
    held = appointment(ours.building, HEAD)
    appointment_take_over(cadre=cadre(ours.place), post=HEAD, place=ours.building, started_on=NEXT_YEAR)
    before = line(ours)
    with pytest.raises(ValidationError, match="2027-05-31"):
        appointment_hand_over(appointment=held, to_cadre=cadre(ours.place), on=DAY)
    assert line(ours) == before
