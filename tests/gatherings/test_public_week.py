"""The public page of a building lists what residents may come to within a week: title, time, venue, no names."""

from __future__ import annotations

import pytest
from django.test import Client

from buildings.services import place_code_of
from cadres.choices import Post
from gatherings.services import gathering_cancel, people_sign_up
from tests.factories import Community, community
from tests.gatherings.meeting import person, plan
from tests.visits.people import NOW, stop_the_clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


def page(home: Community) -> str:
    response = Client().get(f"/b/{place_code_of(place=home.building, now=NOW)}/")
    assert response.status_code == 200
    return response.content.decode()


def test_it_works(home: Community) -> None:
    assert "七天内的活动" not in page(home)
    host = home.holder(home.precincts[3], Post.BRANCH_SECRETARY)
    open_one = plan(home, "2026-03-12T09:00", title="健康大讲堂", venue="文化广场", is_open=True, host=host)
    people_sign_up(gathering=open_one, volunteers=[person(home, "王一")], now=NOW)
    plan(home, "2026-03-13T09:00", title="不公开的")
    plan(home, "2026-03-20T09:00", title="下周的", is_open=True)
    plan(home, "2026-03-12T09:00", title="别栋的", is_open=True, place=home.buildings[1])
    off = plan(home, "2026-03-12T09:00", title="取消的", is_open=True)
    gathering_cancel(gathering=off, reason="下雨")
    shown = page(home)
    assert "健康大讲堂" in shown
    assert "文化广场" in shown
    for word in ("不公开的", "下周的", "别栋的", "取消的", "王一", host.name):
        assert word not in shown
