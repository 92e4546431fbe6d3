"""The district has figures through the interface, and no pages: its accounts see nothing here, granted a place or not."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from accounts.choices import Role
from buildings.models import PlaceGrant
from tests.factories import care_record, community, user
from tests.pages import signed_in

pytestmark = pytest.mark.django_db

PAGES = ("/", "/duties/", "/notices/", "/never-seen/", "/vacancies/", "/incidents/")


@pytest.mark.parametrize("url", PAGES)
def test_it_works(now: datetime, url: str) -> None:
    ours = community()
    record = care_record(ours.building, now=now, started_on=date(2026, 3, 1))
    account = user("district", role=Role.DISTRICT)
    PlaceGrant.objects.create(user=account, place=ours.place)
    page = signed_in(account).get(url).content.decode()
    assert record.resident.name[0] + "**" not in page
    assert ours.building.name not in page


def test_nobody_is_sent_round_in_circles(now: datetime) -> None:
    client = signed_in(user("district", role=Role.DISTRICT))
    assert client.get("/login/", follow=True).status_code == 200
    assert client.get("/").status_code == 200
