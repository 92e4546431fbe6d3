"""Addresses are known by the app's name and their own: `duties:duty_handle`. No app puts a name into the root."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType

import pytest
from django.urls import path

from baibuting.common.portal import Portal, Urls, portals
from baibuting.routes import FRAME, routes

NAME = re.compile(r"[a-z]+(_[a-z]+)*:[a-z]+(_[a-z]+)*")


def strange_spaces(found: Mapping[str, Portal]) -> Iterator[tuple[str, str | None]]:
    """(URLconf, its app_name) where it has none, or one that is not the app's: `phone`, or `phone_office` beside it."""
    for app, portal in found.items():
        for urls in portal.urls:
            space = getattr(import_module(urls.urlconf), "app_name", None)
            if space != app and not (space or "").startswith(f"{app}_"):
                yield urls.urlconf, space


def test_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """A URLconf without a name is found, and one that goes by another app's."""
    conf = ModuleType("strange_urls")
    conf.__dict__["urlpatterns"] = [path("", lambda request: request, name="benches")]
    monkeypatch.setitem(sys.modules, "strange_urls", conf)
    found = {"sample": Portal(urls=(Urls("benches/", "strange_urls"),))}
    assert list(strange_spaces(found)) == [("strange_urls", None)]
    conf.__dict__["app_name"] = "duties"
    assert list(strange_spaces(found)) == [("strange_urls", "duties")]
    conf.__dict__["app_name"] = "sample"
    assert list(strange_spaces(found)) == []


def test_every_app_with_addresses_has_a_space_of_its_own() -> None:
    assert list(strange_spaces(portals())) == []


def test_names_are_written_with_underscores() -> None:
    assert NAME.fullmatch("duties:duty_handle")
    assert not NAME.fullmatch("accounts:second-step")
    assert not NAME.fullmatch("duty_handle")
    assert [name for name in routes() if name not in FRAME and not NAME.fullmatch(name)] == []
