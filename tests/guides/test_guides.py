"""The guides are pages of the portal, whole, and every page at a desk leads to the paragraph about it."""

from __future__ import annotations

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from baibuting.bar import help_url
from baibuting.common.portal import portals
from guides.rules import GUIDES
from guides.selectors import page_of
from tests.factories import clerk, community
from tests.pages import signed_in

HELP = {page: there for portal in portals().values() for page, there in portal.help.items()}


@pytest.mark.django_db
def test_it_works() -> None:
    """Before anybody has signed in: who sets up a portal has no account yet."""
    index = Client().get("/help/").content.decode()
    for guide in GUIDES.values():
        assert reverse("guides:guide", args=[guide.name]) in index
        page = Client().get(f"/help/{guide.name}/").content.decode()
        assert f"<h1>{guide.title}</h1>" in page


def test_an_unknown_one_is_not_there() -> None:
    for name in ("nothing", "..", "development"):
        assert Client().get(f"/help/{name}/").status_code == 404


@pytest.mark.parametrize("name", GUIDES)
def test_what_it_leads_to_is_there(name: str) -> None:
    """Pictures, other guides, paragraphs of its own."""
    html = page_of(name).html
    for picture in re.findall(r'src="/static/([^"]+)"', html):
        assert finders.find(picture), picture
    for other in re.findall(r'href="\.\./(\w+)/', html):
        assert other in GUIDES
    for anchor in re.findall(r'href="#([^"]+)"', html):
        assert f'id="{anchor}"' in html, anchor
    assert not re.search(r'(?:src|href)="(?!/static/|\.\./|#)', html)


@pytest.mark.parametrize("name", GUIDES)
def test_a_list_is_a_list(name: str) -> None:
    """Without a blank line before it the signs of its items would stand in the running text."""
    assert not re.search(r"\n(?:- |\d+\. |\|)", re.sub(r"<pre>.*?</pre>", "", page_of(name).html, flags=re.S))


@pytest.mark.parametrize(("page", "there"), HELP.items())
def test_the_paragraph_about_a_page_exists(page: str, there: str) -> None:
    guide, _, paragraph = there.partition("#")
    assert not paragraph or f'id="{paragraph}"' in page_of(guide).html


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/", "/help/office/#home"),
        ("/duties/7/", "/help/office/#duties"),
        ("/admin/residents/carerecord/3/end/", "/help/office/#care"),
        ("/admin/residents/resident/", "/help/office/#people"),
        ("/rosters/care/", "/help/imports/"),
        ("/password/", "/help/"),
    ],
)
def test_the_longest_prefix_decides(path: str, there: str) -> None:
    assert help_url(path) == there


@pytest.mark.django_db
def test_every_list_of_the_bar_has_its_paragraph() -> None:
    client = signed_in(clerk(community().place))
    for link in re.findall(r'<nav class="bar-nav".*?</nav>', client.get("/").content.decode(), re.S):
        for url in re.findall(r'href="([^"]+)"', link):
            if url != reverse("admin:index"):
                assert help_url(url) != reverse("guides:index"), url
