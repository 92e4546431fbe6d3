"""A session ends at the next request once the last appointment, cover or grant has ended."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from accounts.sessions import TRUSTED
from baibuting.common.days import local_day
from buildings.models import PlaceGrant
from buildings.services import place_grant_end
from cadres.choices import Post
from cadres.models import Cover
from cadres.selectors import work_has_ended
from cadres.services import appointment_end
from tests.factories import Community, appointment, cadre, clerk, community, user
from tests.pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours() -> Community:
    return community(staffed=False)


def today() -> date:
    return local_day(timezone.now())


def wang(ours: Community) -> User:
    """Holds a post that ended yesterday."""
    account = user("wang")
    held = appointment(ours.building, Post.BUILDING_HEAD, cadre=cadre(ours.place, user=account))
    appointment_end(appointment=held, ended_on=today() - timedelta(days=1), end_reason="resigned")
    return account


def why(client: Client) -> str:
    return str(client.get("/login/").context["why_ended"])


def test_it_works(ours: Community) -> None:
    lee = clerk(ours.place)
    client = signed_in(lee)
    assert client.get("/admin/").status_code == 200
    place_grant_end(grant=PlaceGrant.objects.get(), now=timezone.now(), by=None)
    assert client.get("/admin/").status_code == 302
    assert "没有在任的职务" in why(client)


@pytest.mark.parametrize("trusted", [False, True])
def test_the_last_post(ours: Community, trusted: bool) -> None:
    client = signed_in(wang(ours))
    session = client.session
    session[TRUSTED] = trusted
    session.save()
    assert client.get("/notices/")["Location"].startswith("/login/")
    assert "没有在任的职务" in why(client)


def test_the_last_cover(ours: Community) -> None:
    account = user("zhao")
    held = appointment(ours.building, Post.BUILDING_HEAD)
    stand_in = cadre(ours.place, user=account)
    yesterday = today() - timedelta(days=1)
    Cover.objects.create(appointment=held, stand_in=stand_in, from_on=yesterday, until_on=yesterday)
    assert signed_in(account).get("/notices/")["Location"].startswith("/login/")


def test_whoever_has_another_place_stays(ours: Community) -> None:
    account = wang(ours)
    PlaceGrant.objects.create(user=account, place=ours.place)
    assert signed_in(account).get("/notices/").status_code == 200


def test_whoever_was_never_given_any_waits_for_them() -> None:
    assert signed_in(user("new", role=Role.OFFICE)).get("/admin/").status_code == 200


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR])
def test_keepers_need_no_place(ours: Community, role: Role) -> None:
    account = user("keeper", role=role)
    PlaceGrant.objects.create(user=account, place=ours.place, until_on=date(2020, 1, 1))
    assert signed_in(account).get("/admin/").status_code == 200
    assert not work_has_ended(account, today=today())
