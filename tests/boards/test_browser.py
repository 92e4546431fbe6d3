"""In a real browser: the boards at both widths, on paper, and behind the code; axe and the policy find nothing."""

from __future__ import annotations

import io
import unicodedata
from typing import Any

import pytest
from pypdf import PdfReader

from boards.services import contact_agree, duty_line_set
from buildings.services import place_code_of
from cadres.choices import Post
from tests.factories import clerk, community, moment
from tests.processes import REPOSITORY
from tests.running.test_policy_in_a_browser import looking
from tests.visits.people import stop_the_clock

pytestmark = [pytest.mark.needs_chromium, pytest.mark.django_db(transaction=True)]
AXE = (REPOSITORY / "tests" / "data" / "axe" / "axe.min.js").read_text(encoding="utf-8")
NOW = moment("2026-03-11T09:00")
DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}


@pytest.fixture(autouse=True)
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch)


def wrong(page: Any) -> list[Any]:
    """What axe finds on a page, and what scripts and the policy complain about."""
    violations = "axe.run().then((found) => found.violations.map((one) => [one.id, one.nodes[0].html]))"
    return [*page.evaluate(f"{AXE}; {violations}"), *page.evaluate("window.violations"), *page.said]


def test_it_works(live_server: Any) -> None:
    home = community()
    office, head = clerk(home.place), home.holder(home.building, Post.BUILDING_HEAD)
    contact_agree(cadre=head, by=office, now=NOW)
    duty_line_set(community=home.place, phone="027-82345678", by=office, now=NOW)
    public = f"/b/{place_code_of(place=home.building, now=NOW)}/"
    with looking(live_server, office) as page:
        for size in (DESK, PHONE):
            page.set_viewport_size(size)
            for address in ("/boards/", f"/boards/{home.building.pk}/", public):
                assert page.goto(address).status == 200
                assert wrong(page) == [], address
                assert page.evaluate("document.documentElement.scrollWidth") == size["width"], address
        smallest = (
            "Math.min(...[...document.querySelectorAll('body *')].filter((one) => one.innerText)"
            ".map((one) => parseFloat(getComputedStyle(one).fontSize)))"
        )
        assert page.evaluate(smallest) >= 18
        page.goto(f"/boards/{home.building.pk}/")
        paper = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert len(paper.pages) == 1
    # some characters come out as the radicals that look the same
    text = unicodedata.normalize("NFKC", paper.pages[0].extract_text())
    for words in (home.building.name, str(head.phone), "027-82345678"):
        assert words in text, words
    assert "换新二维码" not in text
