"""The portals of the apps: what they declare together, once each, and for which apps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import AppRegistryNotReady, ImproperlyConfigured

from baibuting import celery_app
from baibuting.common import portal
from baibuting.common.portal import (
    AdminRoute,
    Card,
    Job,
    Link,
    Portal,
    ReportKind,
    RosterKind,
    Route,
    Urls,
    collected,
    portals,
)
from baibuting.common.portal_conflicts import conflicts
from baibuting.common.tabular.fields import FieldSet
from baibuting.floors import APPS


def link(address: str = "home") -> Link:
    return Link("总览", address, 10, lambda request: True)


ROSTER = RosterKind("trees", "树木", "", FieldSet("trees", "树木", (), ()), lambda **_: None, model="a.tree")  # type: ignore[arg-type, return-value]
REPORT = ReportKind("trees", "树木", "", dict, "a.tree", 10)


def test_it_works() -> None:
    """Every app on a floor with something to say is found, lowest floor first; nobody contradicts another."""
    found = portals()
    assert list(found) == [app for app in APPS if app in found]
    assert {"accounts", "duties", "visits", "phone", "desk"} <= set(found)
    assert conflicts(found) == []


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ({"routes": {"home": Route("nothing", None)}}, "The route “home”"),
        ({"admins": {"a.tree": AdminRoute("nothing")}}, "The admin “a.tree”"),
        ({"links": (link(),)}, "The link to “home”"),
        ({"urls": (Urls("", "a.urls"),)}, "The URLconf “a.urls”"),
        ({"belongs_to": {"/a/": "/b/"}}, "The page that belongs to a list, “/a/”"),
        ({"jobs": (Job("a.run"),)}, "The job “a.run”"),
        ({"roster_kinds": (ROSTER,)}, "The roster kind “trees”"),
        ({"report_kinds": (REPORT,)}, "The report kind “trees”"),
        (
            {"cards": (Card("phone:mine", "a/card.html", lambda request: {}),)},
            "The card “phone:mine a/card.html”",
        ),
    ],
)
def test_what_two_apps_declare_is_refused(part: dict[str, Any], sentence: str) -> None:
    one = Portal(**part)
    assert conflicts({"a": one}) == []
    assert conflicts({"a": one, "b": one}) == [
        f"{sentence} is declared more than once: by the portals of a and b."
    ]
    assert conflicts({"a": one, "b": Portal()}) == []


def test_an_app_that_declares_something_twice_is_refused() -> None:
    assert conflicts({"a": Portal(links=(link(), replace(link(), label="首页")))}) == [
        "The link to “home” is declared more than once: by the portals of a and a."
    ]


def test_a_start_with_a_conflict_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it reaches Celery."""
    one = Portal(jobs=(Job("a.run"),))
    monkeypatch.setattr(portal, "portals", lambda: {"a": one, "b": one})
    with pytest.raises(ImproperlyConfigured, match="by the portals of a and b"):
        apps.get_app_config("baibuting").ready()
    assert "a.run" not in celery_app.conf.beat_schedule


def test_a_table_is_made_once_for_a_set_of_apps(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    @collected
    def labels(found: Mapping[str, Portal]) -> list[str]:
        made.append(set(found))
        return list(found)

    assert labels() is labels()
    monkeypatch.setattr(portal, "_installed", lambda: ("accounts", "boards"))
    assert labels() == ["accounts", "boards"]
    assert len(made) == 2


def test_nobody_asks_before_the_apps_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps, "models_ready", False)
    with pytest.raises(AppRegistryNotReady):
        portals()
