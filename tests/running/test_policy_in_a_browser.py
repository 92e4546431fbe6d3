"""A real browser finds nothing on any kind of page that the content security policy forbids."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import sync_playwright

from accounts.models import User
from cadres.models import Cadre
from residents.models import Resident
from tests.factories import care_record, clerk, community
from tests.network.loopback_only import CHROMIUM_FLAGS
from tests.pages import add_url, list_url, object_url, signed_in, superuser

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]

PORTAL = (
    "/",
    "/duties/",
    "/notices/",
    "/never-seen/",
    "/vacancies/",
    "/incidents/",
    "/rosters/",
    "/password/",
)
# what the browser itself says about the policy, kept where the test can read it
FORBIDDEN = '<p style="color: red">x</p><img src="https://elsewhere.test/x.png">'
LISTEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push([event.violatedDirective, event.blockedURI, event.sourceFile, event.lineNumber].join(" "));
});
"""


@contextmanager
def looking(live_server: Any, account: User) -> Iterator[Any]:
    """A page of somebody signed in. Rows are made before: inside, playwright keeps a loop in this thread."""
    cookie = signed_in(account).cookies["sessionid"].value
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        context = browser.new_context(base_url=live_server.url, locale="zh-CN")
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        context.add_init_script(LISTEN)
        page: Any = context.new_page()
        page.said = []  # what scripts complain about
        page.on(
            "console", lambda message: page.said.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: page.said.append(str(error)))
        yield page
        browser.close()


def troubles(page: Any, url: str) -> list[str]:
    """Open an address; what the browser refused there."""
    page.said.clear()
    response = page.goto(url)
    assert response.status == 200, url
    assert "'unsafe" not in response.headers["content-security-policy"]
    return [*page.evaluate("window.violations"), *page.said]


def test_it_works(live_server: Any) -> None:
    """What the policy forbids is noticed here."""
    with looking(live_server, superuser()) as page:
        assert troubles(page, "/password/") == []
        page.evaluate(f"document.body.innerHTML += `{FORBIDDEN}`")
        page.wait_for_timeout(100)
        found = " ".join(page.evaluate("window.violations"))
    assert "style-src" in found
    assert "img-src" in found


def test_no_page_breaks_the_policy(live_server: Any) -> None:
    ours = community()
    record = care_record(ours.building, now=timezone.now(), started_on=date(2026, 3, 1))
    account = clerk(ours.place)
    office = signed_in(account)
    addresses = [url for model in admin.site._registry for url in (list_url(model), add_url(model))]
    opened = [url for url in addresses if office.get(url).status_code == 200]
    objects = [object_url(row) for row in (record, record.resident, ours.building, Cadre.objects.first())]
    pages = [object_url(record, "correct"), object_url(record.resident, "reveal")]
    urls = [*PORTAL, reverse("admin:index"), *opened, *objects, *pages]
    assert len(urls) > 40
    with looking(live_server, account) as page:
        assert {url: found for url in urls if (found := troubles(page, url))} == {}


def test_pickers_and_calendars_work_under_the_policy(live_server: Any) -> None:
    ours = community()
    person: Resident = care_record(ours.building, now=timezone.now(), started_on=date(2026, 3, 1)).resident
    with looking(live_server, clerk(ours.place)) as page:
        assert troubles(page, reverse("admin:visits_visit_add")) == []
        page.click(".field-resident .select2-selection")
        page.keyboard.type(person.name)
        page.click(f".select2-results__option:has-text('{person.name}')")
        assert page.eval_on_selector("#id_resident", "field => field.value") == str(person.pk)
        page.click(".field-visited_on .datetimeshortcuts a >> nth=-1")
        assert page.is_visible(".calendarbox")
        assert [*page.evaluate("window.violations"), *page.said] == []
