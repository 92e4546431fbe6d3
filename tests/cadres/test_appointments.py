"""Appointments begin, end, are handed over and covered; one open holder a post, even for two clerks at once."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from cadres.choices import Post
from cadres.models import Appointment, Cover
from cadres.selectors import post_held_on
from cadres.services import (
    appointment_change,
    appointment_end,
    appointment_hand_over,
    appointment_start,
    cadre_change,
    cadre_create,
    cover_end,
    cover_start,
    organisation_change,
    organisation_cover,
    organisation_create,
)
from tests.factories import LONG_AGO, Community, appointment, cadre, community

HEAD = Post.BUILDING_HEAD
DAY = date(2026, 11, 23)


@pytest.fixture
def ours(db: None) -> Community:
    return community(staffed=False)


def refused(call: object, *args: object, **details: object) -> str:
    """The sentence of a refusal; the test fails where nothing is refused."""
    with pytest.raises(ValidationError) as error:
        call(*args, **details)  # type: ignore[operator]
    return "".join(error.value.messages)


def test_it_works(ours: Community) -> None:
    who = cadre(ours.place)
    held = appointment_start(cadre=who, post=HEAD, place=ours.building, started_on=DAY)
    assert post_held_on(who, ours.building, DAY) == HEAD
    ended = appointment_end(appointment=held, ended_on=date(2026, 12, 31), end_reason="resigned")
    assert (ended.ended_on, ended.end_reason) == (date(2026, 12, 31), "resigned")
    assert post_held_on(who, ours.building, date(2026, 12, 31)) == HEAD
    assert post_held_on(who, ours.building, date(2027, 1, 1)) == ""


def test_a_held_post_is_refused_with_the_holders_name(ours: Community) -> None:
    appointment(ours.building, HEAD, cadre=cadre(ours.place, name="王建国"))
    said = refused(appointment_start, cadre=cadre(ours.place), post=HEAD, place=ours.building, started_on=DAY)
    assert "王建国" in said
    assert Appointment.objects.count() == 1


def test_the_database_itself_knows_one_open_holder(ours: Community) -> None:
    appointment(ours.building, HEAD)
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.create(cadre=cadre(ours.place), post=HEAD, place=ours.building, started_on=DAY)
    assert Appointment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_clerks_at_once_one_succeeds() -> None:
    ours = community(staffed=False)
    rivals = [cadre(ours.place), cadre(ours.place)]
    barrier = threading.Barrier(2)
    outcomes: list[str] = []

    def appoint(number: int) -> None:
        barrier.wait()
        try:
            appointment_start(cadre=rivals[number], post=HEAD, place=ours.building, started_on=DAY)
            outcomes.append("appointed")
        except ValidationError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=appoint, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["appointed", "refused"]
    assert Appointment.objects.filter(ended_on=None).count() == 1


def test_grid_workers_share_a_patch(ours: Community) -> None:
    for _ in range(2):
        appointment(ours.precincts[0], Post.GRID_WORKER)
    assert Appointment.objects.filter(post=Post.GRID_WORKER, ended_on=None).count() == 2


def test_a_post_stands_at_its_level_and_in_its_community(ours: Community) -> None:
    theirs = community("隔壁社区", staffed=False)
    who = cadre(ours.place)
    assert "楼栋" in refused(appointment_start, cadre=who, post=HEAD, place=ours.quarters[0], started_on=DAY)
    assert "本社区" in refused(appointment_start, cadre=who, post=HEAD, place=theirs.building, started_on=DAY)
    ours.building.closed_on = DAY
    ours.building.save()
    assert "已停用" in refused(appointment_start, cadre=who, post=HEAD, place=ours.building, started_on=DAY)
    assert not Appointment.objects.exists()


def test_an_end_before_the_start_is_refused(ours: Community) -> None:
    held = appointment(ours.building, HEAD, started_on=DAY)
    said = refused(appointment_end, appointment=held, ended_on=date(2026, 11, 22), end_reason="other")
    assert "2026-11-23" in said
    held.refresh_from_db()
    assert held.ended_on is None


def test_a_hand_over_leaves_no_day_without_holder(ours: Community) -> None:
    old, new = cadre(ours.place), cadre(ours.place)
    held = appointment(ours.building, HEAD, cadre=old)
    appointment_hand_over(appointment=held, to_cadre=new, on=DAY)
    assert post_held_on(old, ours.building, date(2026, 11, 22)) == HEAD
    assert post_held_on(old, ours.building, DAY) == ""
    assert post_held_on(new, ours.building, DAY) == HEAD
    held.refresh_from_db()
    assert held.end_reason == "replaced"


def test_a_hand_over_to_oneself_or_on_the_first_day_is_refused(ours: Community) -> None:
    held = appointment(ours.building, HEAD, started_on=DAY)
    assert "本人" in refused(
        appointment_hand_over, appointment=held, to_cadre=held.cadre, on=date(2026, 12, 1)
    )
    assert "晚于" in refused(appointment_hand_over, appointment=held, to_cadre=cadre(ours.place), on=DAY)
    held.refresh_from_db()
    assert (held.ended_on, Appointment.objects.count()) == (None, 1)


def test_a_stand_in_answers_while_he_covers(ours: Community) -> None:
    held, stand_in = appointment(ours.building, HEAD), cadre(ours.place)
    cover = cover_start(
        appointment=held, stand_in=stand_in, from_on=DAY, until_on=date(2026, 11, 30), reason="探亲"
    )
    assert post_held_on(stand_in, ours.building, date(2026, 11, 22)) == ""
    assert post_held_on(stand_in, ours.building, date(2026, 11, 30)) == HEAD
    assert post_held_on(stand_in, ours.building, date(2026, 12, 1)) == ""
    cover_end(cover=cover, until_on=date(2026, 11, 25))
    assert post_held_on(stand_in, ours.building, date(2026, 11, 26)) == ""


def test_what_a_cover_refuses(ours: Community) -> None:
    theirs = community("隔壁社区", staffed=False)
    held = appointment(ours.building, HEAD)
    span = {"appointment": held, "from_on": DAY, "until_on": date(2026, 11, 30)}
    assert "本人" in refused(cover_start, stand_in=held.cadre, **span)
    assert "本社区" in refused(cover_start, stand_in=cadre(theirs.place), **span)
    cover = cover_start(stand_in=cadre(ours.place), **span)
    assert "已经安排" in refused(cover_start, stand_in=cadre(ours.place), **span)
    assert "代管期内" in refused(cover_end, cover=cover, until_on=date(2026, 12, 1))
    assert list(Cover.objects.values_list("until_on", flat=True)) == [date(2026, 11, 30)]


def test_an_end_cuts_the_covers(ours: Community) -> None:
    held, stand_in = appointment(ours.building, HEAD), cadre(ours.place)
    cover_start(appointment=held, stand_in=stand_in, from_on=DAY, until_on=date(2026, 11, 30))
    cover_start(appointment=held, stand_in=stand_in, from_on=date(2026, 12, 5), until_on=date(2026, 12, 9))
    appointment_end(appointment=held, ended_on=date(2026, 11, 25), end_reason="resigned")
    assert list(Cover.objects.values_list("from_on", "until_on")) == [(DAY, date(2026, 11, 25))]


def test_the_first_day_is_put_right_but_not_into_another_holders_time(ours: Community) -> None:
    before = appointment(ours.building, HEAD)
    held = appointment_hand_over(appointment=before, to_cadre=cadre(ours.place), on=DAY)
    assert appointment_change(appointment=held, started_on=date(2026, 11, 25)).started_on == date(
        2026, 11, 25
    )
    assert "担任" in refused(appointment_change, appointment=held, started_on=date(2026, 11, 1))
    held.refresh_from_db()
    assert held.started_on == date(2026, 11, 25)


def test_the_same_name_and_phone_is_the_same_person(ours: Community) -> None:
    cadre_create(community=ours.place, name="单秀英", phone="13900000001")
    assert "同名同电话" in refused(cadre_create, community=ours.place, name="单 秀英", phone="13900000001")
    other = cadre_create(community=ours.place, name="单秀英", phone="13900000002")
    assert other.name_initials == "sxy"
    assert "同名同电话" in refused(cadre_change, cadre=other, phone="13900000001")
    other.refresh_from_db()
    assert other.phone == "13900000002"


def test_an_organisation_covers_places_of_several_quarters(ours: Community) -> None:
    served = [ours.buildings[0], ours.quarters[1]]
    kanghe = organisation_create(
        community=ours.place, kind="general_branch", name="康和党总支", places=served
    )
    assert set(kanghe.places.all()) == set(served)
    other = organisation_create(community=ours.place, kind="general_branch", name="安居党总支", places=[])
    assert "康和党总支" in refused(organisation_cover, organisation=other, places=[ours.quarters[1]])
    assert not other.places.exists()
    organisation_cover(organisation=kanghe, places=[ours.buildings[0]])
    organisation_cover(organisation=other, places=[ours.quarters[1]])
    assert list(other.places.all()) == [ours.quarters[1]]


def test_a_superior_is_of_a_higher_kind_and_the_same_community(ours: Community) -> None:
    theirs = community("隔壁社区", staffed=False)
    branch = organisation_create(community=ours.place, kind="branch", name="第一支部", places=[])
    foreign = organisation_create(community=theirs.place, kind="committee", name="隔壁党委", places=[])
    assert "更高一级" in refused(
        organisation_create,
        community=ours.place,
        kind="general_branch",
        name="总支",
        places=[],
        parent=branch,
    )
    assert "不属于本社区" in refused(
        organisation_change, organisation=branch, name="第一支部", parent=foreign, places=[]
    )
    branch.refresh_from_db()
    assert branch.parent is None


def test_an_organisation_has_one_secretary_of_its_kind(ours: Community) -> None:
    kanghe = organisation_create(
        community=ours.place, kind="general_branch", name="康和党总支", places=[ours.quarters[0]]
    )
    post = Post.GENERAL_BRANCH_SECRETARY
    at = {"place": ours.quarters[0], "organisation": kanghe, "started_on": LONG_AGO}
    assert "不符" in refused(appointment_start, cadre=cadre(ours.place), post=Post.BRANCH_SECRETARY, **at)
    appointment_start(cadre=cadre(ours.place), post=post, **at)
    assert "担任" in refused(appointment_start, cadre=cadre(ours.place), post=post, **at)
    assert Appointment.objects.count() == 1
