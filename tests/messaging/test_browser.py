"""Channels in a real browser: set up and tested by a clerk, nothing for axe to find; the browser tells of a new incident."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from cadres.choices import Post
from messaging.models import Message
from tests.desk.live import clerk_page, looked_at
from tests.factories import Community, community
from tests.messaging.fake_providers import SETTINGS, Providers
from tests.messaging.steps import report
from tests.phone.fake_portal import browser
from tests.phone.live import served

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]

# The browser's own notices cannot be seen from a page: one that keeps what it is told stands in for them.
STAND_IN = """
window.told = [];
window.Notification = class { static permission = "granted"; constructor(_, more) { window.told.push(more.body); } };
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


@pytest.fixture
def home(transactional_db: None) -> Community:
    return community()


def test_it_works(chromium: Browser, home: Community) -> None:
    """From an empty page to a test message, and an incident whose page says whom to call."""
    with (
        Providers() as providers,
        served(WECOM_URL=providers.urls["wecom"]) as address,
        clerk_page(chromium, address, home.place) as page,
    ):
        page.goto(f"/channels/{home.place.pk}/wecom/")
        for name, value in SETTINGS["wecom"].items():
            page.fill(f"[name={name}]", value)
        page.check("[name=is_on]")
        page.get_by_role("button", name="保存").click()
        expect(page.get_by_text("企业微信已保存。请在下面发一条测试消息。")).to_be_visible()
        page.fill("#to", "WangJianGuo")
        page.get_by_role("button", name="测试").click()
        expect(page.locator(".notice, .messages").get_by_text("企业微信已接收。").first).to_be_visible()
        assert providers.copies("wecom") == {"WangJianGuo": 1}
        found = looked_at(page)
        for path in ("/channels/", f"/channels/{home.place.pk}/wecom/names/"):
            page.goto(path)
            found += looked_at(page)
        incident = report(home.building, timezone.now())
        page.goto(f"/admin/visits/incident/{incident.pk}/change/")
        expect(page.get_by_text("没有可用的方式，请打电话")).to_have_count(3)
        found += looked_at(page)
        page.get_by_role("button", name="打电话").first.click()
        first = Message.objects.order_by("pk")[0].cadre
        expect(page.get_by_role("link", name=str(first.phone))).to_be_visible()
        found += looked_at(page)
        page.get_by_role("button", name="打通了，已告知").click()
        expect(page.get_by_text("已告知")).to_have_count(1)
        assert found == []
        assert first == home.holder(home.building, Post.BUILDING_HEAD)


def test_the_browser_tells_of_a_new_incident(chromium: Browser, home: Community) -> None:
    with served() as address, clerk_page(chromium, address, home.place) as page:
        page.add_init_script(STAND_IN)
        page.clock.install()
        with page.expect_response("**/channels/unseen/") as first:
            page.goto("/channels/")
        assert first.value.json() == {"notices": 0, "incidents": 0}
        report(home.building, timezone.now())
        for _ in range(50):  # the page's own clock: a minute each time
            page.clock.run_for(60_000)
            if page.evaluate("window.told.length"):
                break
            page.wait_for_timeout(100)
        assert page.evaluate("window.told") == ["有 1 件必到事件，请打开网格"]
