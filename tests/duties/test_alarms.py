"""Where the sweep stands still, every page says so to whoever reads it; while it is well, nothing does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.choices import Role
from baibuting.bar import alarms
from cadres.choices import Post
from duties.alarms import phone_alarm, standstill_label, time_label
from duties.models import SweepRun
from tests.factories import clerk, community, user
from tests.pages import list_url, signed_in
from tests.processes import REPOSITORY
from tests.running.test_bar import asked
from tests.visits.people import signed_in_as

pytestmark = pytest.mark.django_db


def progressed(at: datetime) -> None:
    SweepRun.objects.create(now=at, started_at=at, progress_at=at)


@pytest.fixture
def stopped() -> None:
    progressed(timezone.now() - timedelta(minutes=12, seconds=10))


def test_it_works(stopped: None) -> None:
    office = signed_in(clerk(community().place))
    said = "提醒已停止更新 12 分钟：这段时间到期的，逾期和知会里还看不到。请通知系统管理员；恢复后会自动补上，已登记的都在。"
    for address in ("/", "/admin/duties/duty/", "/rosters/"):
        assert f'<p class="alarm" role="alert">{said}</p>' in office.get(address).content.decode(), address


def test_while_it_is_well_nothing_is_said() -> None:
    progressed(timezone.now())
    home = community()
    assert 'class="alarm"' not in signed_in(clerk(home.place)).get("/").content.decode()
    phone = signed_in_as(home, home.building, Post.BUILDING_HEAD)
    assert 'class="alarm"' not in phone.get("/m/").content.decode()


def test_the_phone_says_it_shorter(stopped: None) -> None:
    home = community()
    phone = signed_in_as(home, home.building, Post.BUILDING_HEAD)
    page = phone.get("/m/").content.decode()
    assert '<p class="alarm" role="alert">提醒停了 12 分钟，请告诉社区办</p>' in page


def test_a_system_administrator_is_told_what_to_do(stopped: None) -> None:
    page = signed_in(user("system", role=Role.SYSTEM_ADMIN)).get("/admin/").content.decode()
    assert "提醒已停止更新 12 分钟。请联系负责服务器的人" in page


def test_the_list_of_sweeps_says_why_one_did_nothing() -> None:
    now = timezone.now()
    SweepRun.objects.create(now=now, started_at=now, is_refused=True, clock_ahead=-900)
    page = signed_in(clerk(community().place)).get(list_url(SweepRun)).content.decode()
    assert "时钟不符（相差 15 分钟），没有检查" in page


def test_nobody_signed_in_reads_of_it(stopped: None, client: Client) -> None:
    for address in ("/login/", "/m/sign-in/"):
        assert "提醒" not in client.get(address).content.decode()


def test_it_is_the_same_second_as_healthz(now: datetime) -> None:
    progressed(now)
    assert standstill_label(now + timedelta(seconds=180)) is None
    assert standstill_label(now + timedelta(seconds=181)) == "3 分钟"


@pytest.mark.parametrize(
    ("time", "label"),
    [
        (timedelta(seconds=181), "3 分钟"),
        (timedelta(minutes=119, seconds=59), "119 分钟"),
        (timedelta(hours=2), "2 小时"),
        (timedelta(hours=47, minutes=59), "47 小时"),
        (timedelta(days=2), "2 天"),
    ],
)
def test_how_long_is_said_in_one_unit(time: timedelta, label: str) -> None:
    assert time_label(time) == label


def test_where_none_ever_came_it_waits_for_the_first(settings: Settings) -> None:
    now = timezone.now()
    settings.STARTED_AT = now.timestamp() - 180
    assert (standstill_label(now), phone_alarm(now)) == (None, "")
    settings.STARTED_AT = now.timestamp() - 181
    assert phone_alarm(now) == "提醒还没有开始，请告诉社区办"
    assert "提醒还没有开始更新" in alarms(asked(clerk(community().place)))[0]


def test_a_sweep_dated_ahead_does_not_hide_it(now: datetime) -> None:
    progressed(now - timedelta(hours=3))
    progressed(now + timedelta(days=365))
    assert standstill_label(now) == "3 小时"


@pytest.mark.parametrize(("role", "queries"), [(Role.OFFICE, 2), (Role.SYSTEM_ADMIN, 1), (Role.AUDITOR, 2)])
def test_each_costs_a_page_one_query(
    role: Role, queries: int, stopped: None, django_assert_num_queries: Any
) -> None:
    home = community()
    request = asked(clerk(home.place) if role == Role.OFFICE else user("somebody", role=role))
    with django_assert_num_queries(queries):
        assert len(alarms(request)) == 1


def test_a_page_kept_in_a_phone_does_not_show_an_old_alarm() -> None:
    """It says how it was: app.js marks the copies it keeps, and the alarm hides in them."""
    phone = REPOSITORY / "static"
    assert "<html data-kept=" in (phone / "js" / "phone" / "app.js").read_text()
    assert "html[data-kept] .alarm { display: none; }" in (phone / "css" / "phone.css").read_text()
