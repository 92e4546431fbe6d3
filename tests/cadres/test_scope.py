"""What an account may see today: by appointment, by cover, by organisation, by grant; and no longer than that."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from accounts.models import User
from buildings.models import EmergencyAccess, Place, PlaceGrant
from buildings.scope import Scope
from buildings.services import place_move
from cadres.choices import Post
from cadres.models import Cadre
from cadres.selectors import scope_for
from cadres.services import appointment_end, appointment_start, cadre_change, cover_start, organisation_create
from tests.factories import LONG_AGO, Community, appointment, cadre, clerk, community, moment, user

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)


@pytest.fixture
def ours() -> Community:
    return community(staffed=False)


@pytest.fixture
def wang(ours: Community) -> User:
    """An account of a cadre without any post."""
    account = user("wang")
    cadre(ours.place, name="王建国", user=account)
    return account


def seen(account: User, today: date = TODAY) -> set[str]:
    """Names of the buildings somebody sees."""
    inside = Place.objects.within(scope_for(account, today=today))
    return set(inside.filter(level=4).values_list("name", flat=True))


def cadre_of(account: User) -> Cadre:
    return Cadre.objects.get(user=account)


def test_it_works(ours: Community, wang: User) -> None:
    assert seen(wang) == set()
    appointment(ours.quarters[1], Post.GENERAL_BRANCH_SECRETARY, cadre=cadre_of(wang))
    assert seen(wang) == {"105栋", "106栋", "107栋", "108栋"}
    scope = scope_for(wang, today=TODAY)
    assert (scope.cadre_id, scope.user_id, scope.full_names) == (cadre_of(wang).pk, wang.pk, True)


def test_an_ended_appointment_ends_the_scope_after_its_last_day(ours: Community, wang: User) -> None:
    held = appointment(ours.building, Post.BUILDING_HEAD, cadre=cadre_of(wang))
    appointment_end(appointment=held, ended_on=TODAY, end_reason="term")
    assert seen(wang) == {"101栋"}
    assert seen(wang, TODAY + timedelta(days=1)) == set()


def test_an_appointment_to_come_gives_nothing_yet(ours: Community, wang: User) -> None:
    appointment(ours.building, Post.BUILDING_HEAD, cadre=cadre_of(wang), started_on=TODAY + timedelta(days=1))
    assert seen(wang) == set()
    assert seen(wang, TODAY + timedelta(days=1)) == {"101栋"}


def test_a_stand_in_sees_what_he_covers_while_he_covers_it(ours: Community, wang: User) -> None:
    held = appointment(ours.building, Post.BUILDING_HEAD)
    cover_start(appointment=held, stand_in=cadre_of(wang), from_on=TODAY, until_on=TODAY + timedelta(days=2))
    assert seen(wang, TODAY - timedelta(days=1)) == set()
    assert seen(wang) == seen(wang, TODAY + timedelta(days=2)) == {"101栋"}
    assert seen(wang, TODAY + timedelta(days=3)) == set()


def test_a_secretary_sees_what_his_organisation_covers_not_where_he_is_listed(
    ours: Community, wang: User
) -> None:
    kanghe = organisation_create(
        community=ours.place,
        kind="general_branch",
        name="康和党总支",
        places=[ours.buildings[7], ours.precincts[0]],
    )
    appointment_start(
        cadre=cadre_of(wang),
        post=Post.GENERAL_BRANCH_SECRETARY,
        place=ours.quarters[0],
        organisation=kanghe,
        started_on=LONG_AGO,
    )
    assert seen(wang) == {"101栋", "102栋", "108栋"}


def test_a_grant_counts_through_its_last_day(ours: Community) -> None:
    lee = clerk(ours.quarters[0])
    assert seen(lee) == {"101栋", "102栋", "103栋", "104栋"}
    PlaceGrant.objects.update(until_on=TODAY)
    assert len(seen(lee)) == 4
    assert seen(lee, TODAY + timedelta(days=1)) == set()


def test_a_shut_account_sees_nothing(ours: Community) -> None:
    lee = clerk(ours.place)
    lee.is_active = False
    assert scope_for(lee, today=TODAY) == Scope.NOTHING


def test_a_superuser_sees_everything(ours: Community) -> None:
    community("隔壁社区", staffed=False)
    assert len(seen(user("root", is_superuser=True))) == 8  # both have buildings of the same names
    assert scope_for(User.objects.get(username="root"), today=TODAY).everywhere


def test_the_scope_follows_a_moved_building(ours: Community, wang: User) -> None:
    appointment(ours.precincts[0], Post.BRANCH_SECRETARY, cadre=cadre_of(wang))
    place_move(place=ours.buildings[7], to_parent=ours.precincts[0], moved_on=TODAY)
    assert seen(wang) == {"101栋", "102栋", "108栋"}
    place_move(place=ours.buildings[0], to_parent=ours.precincts[3], moved_on=TODAY)
    assert seen(wang) == {"102栋", "108栋"}


def test_cadres_within_a_quarter_are_those_who_serve_in_it(ours: Community) -> None:
    here = appointment(ours.buildings[0], Post.BUILDING_HEAD).cadre
    there = appointment(ours.buildings[7], Post.BUILDING_HEAD)
    stand_in = cadre(ours.place)
    cover_start(
        appointment=appointment(ours.buildings[1], Post.BUILDING_HEAD, cadre=here),
        stand_in=stand_in,
        from_on=TODAY,
        until_on=TODAY,
    )
    scope = scope_for(clerk(ours.quarters[0]), today=TODAY)
    assert set(Cadre.objects.within(scope)) == {here, stand_in}
    assert there.cadre not in Cadre.objects.within(scope)
    whole = scope_for(clerk(ours.place, "whole"), today=TODAY)
    assert Cadre.objects.within(whole).count() == 3
    assert not Cadre.objects.within(Scope.NOTHING).exists()


def test_the_account_of_a_cadre_can_be_taken_away(ours: Community, wang: User) -> None:
    appointment(ours.building, Post.BUILDING_HEAD, cadre=cadre_of(wang))
    cadre_change(cadre=cadre_of(wang), user=None)
    assert seen(wang) == set()


def test_an_account_without_any_place_reads_no_full_names(ours: Community, wang: User) -> None:
    scope = scope_for(wang, today=TODAY)
    assert (scope.paths, scope.full_names) == (frozenset(), False)
    assert not scope_for(user("new"), today=TODAY).full_names


def test_what_is_granted_while_it_is_open_for_an_emergency_is_written_to(ours: Community) -> None:
    """Emergency access is to read; a grant of the same building, or of one above it, is more than that."""
    lee = clerk(ours.quarters[0])
    burning = ours.buildings[4]
    now = moment("2026-11-23T09:00")
    EmergencyAccess.objects.create(
        user=lee, place=burning, reason="205栋起火", started_at=now, until_at=now + timedelta(hours=3)
    )
    looked_at = scope_for(lee, today=TODAY, now=now)
    assert looked_at.covers(burning.path)
    assert not looked_at.writable().covers(burning.path)
    PlaceGrant.objects.create(user=lee, place=burning)
    granted = scope_for(lee, today=TODAY, now=now)
    assert granted.writable().covers(burning.path)
    assert granted.emergency == frozenset()


def test_an_emergency_that_begins_later_is_not_open_yet(ours: Community) -> None:
    """From its first second to the last before its end; and never where no moment is asked for."""
    lee = clerk(ours.quarters[0])
    begins = moment("2026-11-23T09:00")
    ends = begins + timedelta(hours=3)
    EmergencyAccess.objects.create(
        user=lee, place=ours.buildings[4], reason="205栋起火", started_at=begins, until_at=ends
    )
    second = timedelta(seconds=1)
    is_open = {
        at: scope_for(lee, today=TODAY, now=at).covers(ours.buildings[4].path)
        for at in (begins - second, begins, ends - second, ends)
    }
    assert list(is_open.values()) == [False, True, True, False]
    assert not scope_for(lee, today=TODAY).covers(ours.buildings[4].path)
