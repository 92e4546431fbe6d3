"""The scope as a plain value: what it covers, reaches, and lets one write."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from buildings.scope import Scope
from cadres.middleware import ScopeMiddleware


def test_it_works() -> None:
    scope = Scope(paths=frozenset({"/1/5/", "/1/5/17/", "/1/6/20/"}), emergency=frozenset({"/1/6/20/"}))
    assert scope.covers("/1/5/99/")
    assert not scope.covers("/1/6/")
    assert scope.reaches("/1/6/")
    assert not scope.reaches("/1/7/")
    assert scope.minimal_paths() == ["/1/5/", "/1/6/20/"]
    assert scope.writable().minimal_paths() == ["/1/5/"]
    assert Scope.EVERYWHERE.covers("/9/")


def test_a_part_of_it_keeps_what_is_open_for_an_emergency_alone() -> None:
    scope = Scope(paths=frozenset({"/1/5/", "/1/6/20/"}), emergency=frozenset({"/1/6/20/"}), cadre_id=7)
    part = scope.within_paths(["/1/5/17/", "/1/6/20/"])
    assert part.minimal_paths() == ["/1/5/17/", "/1/6/20/"]
    assert part.writable().minimal_paths() == ["/1/5/17/"]
    assert part.cadre_id == 7
    assert not Scope.EVERYWHERE.within_paths(["/1/"]).covers("/2/")


def test_what_reaches_further_is_reached_from_above_and_from_below() -> None:
    scope = Scope(paths=frozenset({"/1/5/"}))
    assert [scope.reaches(path) for path in ("/1/", "/1/5/", "/1/5/17/", "/1/6/")] == [
        True,
        True,
        True,
        False,
    ]
    assert Scope.EVERYWHERE.reaches("/9/")
    assert not Scope.NOTHING.reaches("/9/")


def test_what_can_be_written_to_is_open_for_no_emergency() -> None:
    scope = Scope(paths=frozenset({"/1/5/", "/1/6/20/"}), emergency=frozenset({"/1/6/20/"}), full_names=True)
    assert scope.writable() == Scope(paths=frozenset({"/1/5/"}), full_names=True)


@pytest.mark.parametrize(
    ("paths", "communities", "whole"),
    [
        ({"/1/"}, [1], [1]),
        ({"/12/", "/7/"}, [7, 12], [7, 12]),
        ({"/1/", "/1/5/17/"}, [1], [1]),  # what lies below is part of it
        ({"/1/", "/2/5/"}, [1, 2], None),  # one whole, of the other a part
        ({"/1/5/", "/1/6/"}, [1], None),
        (set(), [], None),
    ],
)
def test_its_communities_and_whether_it_is_made_of_whole_ones(
    paths: set[str], communities: list[int], whole: list[int] | None
) -> None:
    scope = Scope(paths=frozenset(paths))
    assert (scope.communities(), scope.whole_communities()) == (communities, whole)


def test_a_stranger_has_none(rf: Any) -> None:
    request = rf.get("/")
    request.user = AnonymousUser()
    ScopeMiddleware(lambda _: None)(request)  # type: ignore[arg-type,return-value]
    assert request.viewer.scope == Scope.NOTHING
