"""The scope as a plain value: what it covers, reaches, and lets one write."""

from __future__ import annotations

from typing import Any

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


def test_a_stranger_has_none(rf: Any) -> None:
    request = rf.get("/")
    request.user = AnonymousUser()
    ScopeMiddleware(lambda _: None)(request)  # type: ignore[arg-type,return-value]
    assert request.viewer.scope == Scope.NOTHING
