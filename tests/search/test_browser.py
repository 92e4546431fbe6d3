"""The search in a real browser: / begins, results come while one types, two keystrokes open a flat; and without a script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from tests.desk.live import clerk_page, complaints
from tests.factories import community, resident
from tests.phone.fake_portal import browser
from tests.phone.live import served

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


@pytest.fixture(scope="module")
def address(django_db_setup: None) -> Iterator[str]:
    with served() as where:
        yield where


def test_it_works(chromium: Browser, address: str) -> None:
    home = community()
    person = resident(home.building, now=timezone.now(), room="102", name="张秀英", phone="13800138000")
    with clerk_page(chromium, address, home.place) as page:
        page.goto("/")
        page.locator("body").press("/")
        box = page.locator("#search-box")
        expect(box).to_be_focused()
        page.keyboard.type("101 102")
        flat = page.locator("#search-found a").first
        expect(flat).to_contain_text("101栋 1-102")
        assert complaints(page, "results") == []
        page.keyboard.press("ArrowDown")
        expect(flat).to_be_focused()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/households/{person.household_id}/")
        expect(page.locator("main")).to_contain_text("张秀英")
        assert complaints(page, "a flat") == []
        page.click("main >> text=张秀英")
        page.wait_for_url(f"**/people/{person.pk}/")
        assert complaints(page, "a person") == []


def test_escape_closes_and_arrows_go_both_ways(chromium: Browser, address: str) -> None:
    home = community()
    for name in ("张秀英", "张秀兰"):
        resident(home.building, now=timezone.now(), name=name)
    with clerk_page(chromium, address, home.place) as page:
        page.goto("/")
        box, found = page.locator("#search-box"), page.locator("#search-found a")
        box.fill("张秀")
        expect(found).to_have_count(2)
        for key, at in (("ArrowDown", 0), ("ArrowDown", 1), ("ArrowDown", 1), ("ArrowUp", 0)):
            page.keyboard.press(key)
            expect(found.nth(at)).to_be_focused()
        page.keyboard.press("ArrowUp")
        expect(box).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("#search-found")).to_be_hidden()


def test_a_number_is_looked_up_by_enter_alone(chromium: Browser, address: str) -> None:
    home = community()
    resident(home.building, now=timezone.now(), name="张秀英", phone="13800138000")
    with clerk_page(chromium, address, home.place) as page:
        page.goto("/")
        page.locator("#search-box").fill("13800138000")
        expect(page.locator("#search-found")).to_contain_text("按回车键查找这个号码")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search/")
        expect(page.locator("main")).to_contain_text("张秀英")
        assert "138" not in page.url
        assert complaints(page, "the page of results") == []
