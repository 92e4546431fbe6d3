"""A clerk at a desk in a real browser, and a page looked at as wide as his screen and as narrow as his phone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from playwright.sync_api import Browser, Page

from buildings.models import Place
from tests.factories import clerk
from tests.phone.live import PASSWORD
from tests.processes import REPOSITORY

AXE = (REPOSITORY / "tests" / "data" / "axe" / "axe.min.js").read_text(encoding="utf-8")
SIZES = ((1366, 768), (390, 844))


@contextmanager
def clerk_page(chromium: Browser, address: str, place: Place) -> Iterator[Page]:
    """The browser of a clerk of the place who has signed in."""
    account = clerk(place)
    # the tests' own quick hashes mean nothing to a real process
    account.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt", 1000)
    account.save()
    width, height = SIZES[0]
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        base_url=address,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto("/login/")
    page.fill("[name=username]", "clerk")
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "/login/" not in url)
    yield page
    context.close()


def complaints(page: Page, name: str) -> list[str]:
    """What is wrong with a page as it stands, everything unfolded."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate(
        "axe.run().then((result) => result.violations.map((one) => "
        "`${one.id}: ${one.nodes.slice(0, 3).map((node) => node.target.join(' ')).join(' | ')}`))"
    )
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("scrolls sideways")
    return [f"{name}: {one}" for one in found]


def looked_at(page: Page) -> list[str]:
    """What is wrong with the page as it stands, on a phone and on a desk."""
    found: list[str] = []
    for width, height in reversed(SIZES):
        page.set_viewport_size({"width": width, "height": height})
        path = "/" + page.url.split("/", 3)[3]
        found += complaints(page, f"{path} at {width}")
    return found
