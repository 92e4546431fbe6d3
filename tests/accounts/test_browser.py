"""In a real browser: from an installation without any account to its first steps, by pages alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, sync_playwright

from accounts.codes import first_code_issue
from accounts.rules import code_shown
from tests.desk.live import complaints
from tests.network.loopback_only import CHROMIUM_FLAGS

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse 5"


@pytest.fixture
def code() -> str:
    """What the process has printed at its start."""
    return code_shown(first_code_issue(now=timezone.now()))


@pytest.fixture
def page(code: str, live_server: Any) -> Iterator[Page]:
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        context = browser.new_context(
            base_url=live_server.url, locale="zh-CN", viewport={"width": 1366, "height": 768}
        )
        context.set_default_timeout(10_000)
        yield context.new_page()
        browser.close()


def test_it_works(page: Page, code: str) -> None:
    page.goto("/")
    assert page.url.endswith("/first-account/")
    assert complaints(page, "first account") == []
    page.fill("[name=code]", code.lower())
    page.fill("[name=name]", "李敏")
    page.fill("[name=username]", "limin")
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=again]", PASSWORD)
    page.check("text=显示密码")
    assert page.get_attribute("[name=again]", "type") == "text"
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "first-account" not in url)
    assert complaints(page, "home") == []
    page.click("text=退出")
    page.fill("[name=username]", "limin")
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.click(".is-next .button-main")
    assert page.url.endswith("/rosters/places/")
