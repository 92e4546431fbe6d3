"""已记下 · 撤销 on the phone: with a line, without, and where the answer was lost. Phrases that exclude each other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.phone.fake_portal import ADDRESS, FakePortal, browser, rows
from tests.phone.test_browser_queue import visit

pytestmark = pytest.mark.needs_chromium


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


@pytest.fixture
def portal() -> FakePortal:
    return FakePortal()


@pytest.fixture
def page(chromium: Browser, portal: FakePortal) -> Iterator[Page]:
    context = portal.open(chromium)
    opened = context.new_page()
    opened.set_default_timeout(8000)
    yield opened
    context.close()


def offered(page: Page) -> None:
    expect(page.locator("#undo")).to_contain_text("✓ 已记下 1-301 夏建国")


def undone(page: Page) -> None:
    with page.expect_navigation():  # to 今日 as it is now
        page.get_by_role("button", name="撤销").click()
    expect(page.locator("#undo")).to_contain_text("已撤销 1-301 夏建国")
    expect(page.get_by_role("button", name="撤销")).to_have_count(0)


def settled(page: Page, told: list[Any], count: int) -> None:
    """Wait until the server was told so many things and the phone knows it."""
    deadline = time.monotonic() + 15
    while len(told) < count or any(row["state"] == "waiting" for row in rows(page)):
        assert time.monotonic() < deadline, told
        page.wait_for_timeout(50)


def test_it_works(page: Page, portal: FakePortal) -> None:
    """Accepted by the server, then taken back: it is told the uid and the hash of what it took."""
    told: list[dict[str, object]] = []

    def submit(entry: dict[str, object]) -> tuple[int, dict[str, object]]:
        told.append(entry)
        return 201, {"uid": entry["uid"], "hash": entry["hash"], "state": "stored"}

    portal.submit = submit
    visit(page)
    offered(page)
    undone(page)
    settled(page, told, 2)
    first, second = told
    assert second["kind"] == "undo"
    assert second["fields"] == {"entry": first["uid"], "hash": first["hash"]}
    [row] = rows(page)
    assert (row["kind"], row["state"]) == ("undo", "stored")


def test_never_offered_to_the_server_it_is_taken_out(page: Page, portal: FakePortal) -> None:
    """Without a line nothing was sent; with one again nothing is."""
    page.goto(f"{ADDRESS}/m/")
    page.goto(f"{ADDRESS}/m/visit/1/")
    portal.user = None  # signed out: what is saved waits without being offered
    visit(page, 1)
    offered(page)
    undone(page)
    [row] = rows(page)
    assert (row["kind"], row["state"]) == ("undo", "stored")
    portal.user = 7
    page.goto(f"{ADDRESS}/m/")
    page.wait_for_load_state("networkidle")
    assert portal.answers == []
    assert portal.stored == {}


def test_a_lost_answer_is_undone_at_the_server_too(page: Page, portal: FakePortal) -> None:
    """The server took it, the phone does not know: it is told all the same, and the visit is not sent again."""
    told: list[str] = []

    def submit(entry: dict[str, object]) -> tuple[int, object]:
        told.append(str(entry["kind"]))
        if entry["kind"] == "visit":
            return 502, "<html>lost</html>"
        return 201, {"uid": entry["uid"], "hash": entry["hash"], "state": "stored"}

    portal.submit = submit
    visit(page)
    offered(page)
    undone(page)
    settled(page, told, 2)
    assert told == ["visit", "undo"]
    assert [row["kind"] for row in rows(page)] == ["undo"]


def test_an_old_one_is_not_offered(page: Page, portal: FakePortal) -> None:
    page.clock.install()
    visit(page)
    offered(page)
    page.clock.fast_forward(125_000)
    page.goto(f"{ADDRESS}/m/")
    expect(page.locator("a", has_text="记走访 1")).to_be_visible()
    expect(page.locator("#undo")).to_be_hidden()
