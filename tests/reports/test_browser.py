"""In a real browser: one click, the page that may be left, what comes out of the printer; axe finds nothing."""

from __future__ import annotations

import io
import unicodedata
from datetime import date
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from pypdf import PdfReader

from accounts.models import User
from reports.rules import report_kinds
from tests.duties.steps import visit
from tests.factories import Community, care_record, clerk, moment, resident
from tests.processes import REPOSITORY
from tests.reports.asking import work
from tests.running.test_policy_in_a_browser import looking

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]
AXE = (REPOSITORY / "tests" / "data" / "axe" / "axe.min.js").read_text(encoding="utf-8")
BEGIN = moment("2026-03-01T09:00")
LANDSCAPE, PORTRAIT = (842, 595), (595, 842)  # points of A4


@pytest.fixture
def office(home: Community) -> User:
    """Somebody who works where sixty people were visited."""
    for number in range(60):
        person = resident(home.buildings[number % 8], now=BEGIN, room=str(number))
        visit(person, "2026-03-06T10:00", notes="都好")
    care_record(home.building, now=BEGIN, started_on=date(2026, 3, 1))
    return clerk(home.place)


def wrong(page: Any) -> list[Any]:
    """What axe finds on a page, and what scripts and the policy complain about."""
    violations = "axe.run().then((found) => found.violations.map((one) => [one.id, one.nodes[0].html]))"
    return [*page.evaluate(f"{AXE}; {violations}"), *page.evaluate("window.violations"), *page.said]


def printed(page: Any, kind: str) -> Any:
    """The page to print of a report, opened beside the form as a click does."""
    page.goto("/reports/")
    page.check(f"input[value={kind}]")
    with page.context.expect_page() as opened:
        page.click("button[value=page]")
    sheet = opened.value
    sheet.said = []
    sheet.wait_for_load_state()
    return sheet


def worked() -> None:
    """What the worker does, beside the browser's own loop."""

    def in_a_thread() -> None:
        work()
        connection.close()

    thread = Thread(target=in_a_thread)
    thread.start()
    thread.join()


def test_it_works(live_server: Any, home: Community, office: User) -> None:
    with looking(live_server, office) as page:
        for size in ({"width": 1366, "height": 768}, {"width": 390, "height": 844}):
            page.set_viewport_size(size)
            page.goto("/reports/")
            assert wrong(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
        with page.expect_download() as download:
            page.click("button[value=book]")  # nothing else was chosen or typed
        assert download.value.suggested_filename == "走访台账_百步亭社区_202603.xlsx"
        page.check("input[value=full]")
        page.click("button[value=book]")
        page.wait_for_selector("text=请写明用途")
        page.said.clear()  # of the 400
        assert wrong(page) == []


def test_only_what_a_report_asks_for_is_shown(live_server: Any, home: Community, office: User) -> None:
    with looking(live_server, office) as page:
        page.goto("/reports/")
        for kind in report_kinds():
            page.check(f"input[value={kind}]")
            of_a_day = kind in ("staffing", "roster")
            assert page.is_visible("#id_day") == of_a_day
            assert page.is_visible("#id_month") != of_a_day
            assert page.is_visible("input[value=full]") == (kind not in ("staffing", "punctuality"))


@pytest.mark.parametrize(
    ("kind", "size"), [("ledger", LANDSCAPE), ("punctuality", PORTRAIT), ("roster", LANDSCAPE)]
)
def test_on_paper_every_page_has_its_head_and_its_number(
    live_server: Any, home: Community, office: User, kind: str, size: tuple[int, int]
) -> None:
    with looking(live_server, office) as page:
        sheet = printed(page, kind)
        assert sheet.is_visible("text=返回报表")
        assert sheet.is_visible("button[data-print]")
        assert wrong(sheet) == []
        paper = PdfReader(io.BytesIO(sheet.pdf(prefer_css_page_size=True)))
    assert {tuple(round(float(side)) for side in found.mediabox[2:]) for found in paper.pages} == {size}
    assert (len(paper.pages) > 1) == (kind == "ledger")
    for at, found in enumerate(paper.pages, start=1):
        text = plain(found.extract_text())
        assert f"第{at}页，共{len(paper.pages)}页" in text
        assert f"百步亭社区{report_kinds()[kind].label}" in text
        assert "制表：2026-03-1109:00" in text
        assert "返回报表" not in text
    if kind == "ledger":
        assert sum(plain(found.extract_text()).count("上门") for found in paper.pages) == 60


# radicals by which a PDF may spell the characters it shows
_RADICALS = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)}
_RADICALS |= dict(zip(map(ord, "⻚⻓⻅⻔"), "页长见门", strict=True))


def plain(text: str) -> str:
    return "".join(text.translate(_RADICALS).split())


def test_the_page_says_when_it_is_done_without_being_asked(
    live_server: Any, home: Community, office: User, settings: Any
) -> None:
    settings.REPORT_ROWS_AT_ONCE = 3
    with looking(live_server, office) as page:
        page.goto("/reports/")
        page.click("button[value=book]")
        page.wait_for_selector("text=已收到，马上开始，约 60 行")
        assert wrong(page) == []
        page.wait_for_timeout(2_500)  # it has looked once, and not gone anywhere
        assert page.is_visible("text=可以离开这一页")
        worked()
        page.wait_for_selector("text=报表已生成，共 60 行", timeout=10_000)
        assert wrong(page) == []
        with page.expect_download() as download:
            page.click("text=下载 Excel 表格")
        assert download.value.suggested_filename.startswith("走访台账")
