"""配备率, vacancies and who may stand in, counted by hand in a community of eight buildings."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from accounts.models import User
from buildings.choices import Level
from buildings.scope import Scope
from buildings.services import place_close
from cadres.choices import Post
from cadres.models import Cadre
from cadres.selectors import (
    Vacancy,
    holders_of_buildings,
    neighbours,
    scope_for,
    secretaries,
    staffing_table,
    vacancies,
    with_account,
)
from cadres.services import appointment_end
from tests.factories import Community, appointment, cadre, clerk, community, user

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
HEAD = Post.BUILDING_HEAD


@pytest.fixture
def ours() -> Community:
    """Two posts of 48 are held: one in the first building of the first 片区, one in the last of the last."""
    made = community(staffed=False)
    appointment(made.buildings[0], HEAD)
    appointment(made.buildings[7], Post.HEALTH_WORKER)
    return made


def whole(ours: Community) -> Scope:
    return scope_for(clerk(ours.place), today=TODAY)


def test_it_works(ours: Community) -> None:
    rows = staffing_table(whole(ours), TODAY)
    assert [(row.place.name, row.buildings, row.filled, row.vacancies, row.percent) for row in rows] == [
        ("百步亭社区", 8, 2, 46, 4.1),  # 2/48 = 4.17 %, rounded down
        ("怡康苑", 4, 1, 23, 4.1),
        ("第一片区", 2, 1, 11, 8.3),
        ("第二片区", 2, 0, 12, 0.0),
        ("文卉苑", 4, 1, 23, 4.1),
        ("第一片区", 2, 0, 12, 0.0),
        ("第二片区", 2, 1, 11, 8.3),
    ]
    assert [row.vacant.get(HEAD, 0) for row in rows] == [7, 3, 1, 2, 4, 2, 2]
    assert len(staffing_table(whole_again(ours), TODAY, lowest=Level.COMMUNITY)) == 1


def whole_again(ours: Community) -> Scope:
    return scope_for(User.objects.get(username="clerk"), today=TODAY)


def test_nothing_is_full_that_is_not() -> None:
    """47 of 48 are 97.9 %, from the day after the last one."""
    full = community()
    held = full.holders[full.building.pk, HEAD]
    appointment_end(appointment=held, ended_on=TODAY - timedelta(days=1), end_reason="term")
    scope = whole(full)
    assert staffing_table(scope, TODAY - timedelta(days=1))[0].percent == 100.0
    assert staffing_table(scope, TODAY)[0].percent == 97.9


def test_vacancies_are_those_of_buildings_in_use(ours: Community) -> None:
    assert len(vacancies(whole(ours), TODAY)) == 46
    first = vacancies(scope_for(clerk(ours.precincts[0], "first"), today=TODAY), TODAY)
    assert len(first) == 11
    assert Vacancy(ours.buildings[0].pk, HEAD) not in first
    assert Vacancy(ours.buildings[1].pk, HEAD) in first
    place_close(place=ours.buildings[6], closed_on=TODAY)
    assert len(vacancies(whole_again(ours), TODAY + timedelta(days=1))) == 40


def test_who_serves_in_the_same_precinct_may_stand_in(ours: Community) -> None:
    """Not the holder, not somebody of another 片区, not somebody whose work there has ended."""
    held = holders_of_buildings(Scope.EVERYWHERE).get(place=ours.buildings[0])
    near = appointment(ours.buildings[1], HEAD)
    gone = appointment(ours.buildings[1], Post.HEALTH_WORKER)
    appointment_end(appointment=gone, ended_on=TODAY - timedelta(days=1), end_reason="term")
    appointment(ours.buildings[1], Post.SECURITY_WORKER, cadre=held.cadre)
    assert list(neighbours(held, TODAY)) == [near]
    secretary = appointment(ours.precincts[0], Post.BRANCH_SECRETARY)
    assert set(neighbours(secretary, TODAY).values_list("cadre", flat=True)) == {held.cadre_id, near.cadre_id}


def test_what_the_first_steps_of_an_office_ask_for(ours: Community) -> None:
    """Holders of buildings, secretaries of 支部 and above, cadres with an account in use; of one's own part."""
    appointment(ours.building, Post.PARTY_GROUP_LEADER)
    branch = appointment(ours.precincts[0], Post.BRANCH_SECRETARY)
    top = appointment(ours.place, Post.COMMITTEE_SECRETARY)
    everywhere, part = whole(ours), scope_for(clerk(ours.precincts[0], "first"), today=TODAY)
    assert (holders_of_buildings(everywhere).count(), holders_of_buildings(part).count()) == (3, 2)
    assert set(secretaries(everywhere)) == {branch, top}
    assert list(secretaries(part)) == [branch]
    account = user("wang")
    wang = cadre(ours.place, user=account)
    cadre(ours.place)
    assert list(with_account(everywhere)) == [wang]
    assert not with_account(part).exists()
    User.objects.filter(pk=account.pk).update(is_active=False)
    assert not with_account(everywhere).exists()
    assert Cadre.objects.within(everywhere).filter(pk=wang.pk).exists()
