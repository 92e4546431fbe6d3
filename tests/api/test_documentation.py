"""The description has no fault, and its page works from this machine alone under the strict policy."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from playwright.sync_api import sync_playwright

from tests.api.callers import caller
from tests.factories import community
from tests.network.loopback_only import CHROMIUM_FLAGS
from tests.running.test_policy_in_a_browser import LISTEN


def test_it_works() -> None:
    """No warning, no error: drf-spectacular itself is strict here, and so is the OpenAPI 3 schema it checks by."""
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    assert "/api/v1/changes/" in out.getvalue()


@pytest.mark.django_db
def test_description_and_page_need_no_token_and_load_nothing_from_elsewhere() -> None:
    schema = Client().get("/api/v1/schema/", headers={"Accept": "application/json"})
    assert schema.status_code == 200
    found = schema.json()
    assert all(
        operation["security"] == [{"token": []}]
        for path in found["paths"].values()
        for operation in path.values()
    )
    used = {
        tag for path in found["paths"].values() for operation in path.values() for tag in operation["tags"]
    }
    shown = {tag["name"]: tag["description"] for tag in found["tags"]}
    assert used == set(shown), "each section says what it holds"
    assert not re.search("[a-z]", "".join(shown.values())), "whoever reads the page reads Chinese"
    page = Client().get("/api/v1/docs/").content.decode()
    assert "http" not in page.replace("<!DOCTYPE html>", "")
    assert "<script>" not in page
    assert "style=" not in page


@pytest.mark.needs_chromium
@pytest.mark.django_db(transaction=True)
def test_the_page_works_under_the_strict_policy(live_server: Any, tmp_path: Any) -> None:
    home = community(staffed=False)
    now = timezone.now() - timedelta(minutes=1)
    asks = caller(home.place, now=now)
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": 1366, "height": 900})
        page.add_init_script(LISTEN)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{live_server.url}/api/v1/docs/")
        page.get_by_role("button", name="填写令牌").first.click()
        page.locator(".auth-container input").fill(asks.token)
        page.locator(".auth-btn-wrapper button.authorize").click()
        page.get_by_role("button", name="关闭").click()
        page.locator('[id$="-places_list"] .opblock-summary').click()
        page.get_by_role("button", name="试一试").click()
        page.get_by_role("button", name="发送").click()
        page.wait_for_selector(".live-responses-table tbody .response-col_status")
        assert "200" in page.locator(".live-responses-table tbody .response-col_status").first.inner_text()
        assert "怡康苑" in page.locator(".live-responses-table").inner_text()
        page.screenshot(path=str(tmp_path / "docs.png"), full_page=True)
        violations = page.evaluate("window.violations")
        browser.close()
    assert violations == []
    assert {url.split("/")[2] for url in asked if not url.startswith("data:")} == {
        live_server.url.split("/")[2]
    }
