"""The search finds nobody outside the scope, whoever asks and whatever he types: names, initials, flats, numbers, places."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from accounts.choices import Role
from tests.privacy.crawl import Crawl
from tests.privacy.world import Family, World, few

VIEWERS = [
    "building head", "precinct", "quarter", "community", "office", "office of a precinct", "office no more",
    "cadre without a post", "nobody",
    *(role.value for role in Role if role not in {Role.OFFICE, Role.CADRE}),
]  # fmt: skip
FINDS = {"building head", "precinct", "quarter", "community", "office", "office of a precinct"}


def typed_of(family: Family) -> Iterator[str]:
    """What somebody might type to find the people of a family."""
    yield family.words.mark
    yield family.place.name
    for one in few(family.of("residents.resident"), 4):
        yield from (one.name, one.name_initials, one.phone, one.id_number)
    for one in few(family.of("residents.household"), 2):
        yield from (one.room, f"{family.place.name}{one.short}")
    for one in few(family.of("cadres.cadre"), 3):
        yield from (one.name, one.name_initials, one.phone)


def answer(crawl: Crawl, url: str, typed: str) -> str:
    """What the search answers, without what was typed, which the page's own box repeats."""
    response = crawl.client.post(url, {"q": typed}, follow=True)
    assert response.status_code < 500, (url, response.status_code)
    text = response.content.decode()
    return re.sub(r'<input type="search"[^>]*>', "", text)


@pytest.mark.parametrize("viewer", VIEWERS)
def test_nobody_finds_what_lies_outside_his_scope(
    world: World, viewer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.services.LOOK_UPS_AN_HOUR", 1_000)  # beyond it nothing would be found anyway
    crawl = Crawl(world, viewer)
    asked = [typed for family in world.strange_to(viewer) for typed in typed_of(family) if typed]
    assert asked
    leaks = []
    for typed in asked:
        for url in ("/search/", "/m/search/"):
            text = answer(crawl, url, typed).encode()
            leaks += [(url, typed) for pattern in crawl.patterns[True] if pattern.search(text)]
    assert leaks == []


@pytest.mark.parametrize("viewer", sorted(FINDS))
def test_everybody_finds_something_of_his_own(world: World, viewer: str) -> None:
    """Else the crawl above would look at nothing."""
    crawl = Crawl(world, viewer)
    found = [
        typed
        for typed in typed_of(world.own)
        if typed and 'class="search-group"' in answer(crawl, "/search/", typed)
    ]
    assert found
