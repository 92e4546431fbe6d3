"""Every address, admin, viewset and export is scoped by its base or stands on the reviewed list, and has its row."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path
from import_export.resources import Resource

import baibuting.urls
from accounts.rules import access_table
from baibuting.routes import admins, page_in_print, routes
from buildings.admin_base import ScopedAdmin
from buildings.exporting import ScopedResource
from tests.house.source import ROOT
from tests.privacy.addresses import Address, addresses

# A view asks for what its account may see by one of these; a class-based one has a base that does.
ASKS = {"scope_of", "scope"}
SCOPED_BASES = {"ScopedViewSet", "ScopedView", "ScopedAPIView"}


def asks_for_the_scope(view: Any) -> bool:
    """Whether a view, or a function of its module that it calls, asks for the scope of the request."""
    if inspect.isclass(view):
        return any(base.__name__ in SCOPED_BASES for base in view.__mro__)
    module = inspect.getmodule(view)
    return module is not None and _asks(view.__name__, module, set())


def _asks(name: str, module: ModuleType, seen: set[str]) -> bool:
    function = inspect.unwrap(getattr(module, name, None) or (lambda: None))
    if name in seen or not inspect.isfunction(function) or inspect.getmodule(function) is not module:
        return False
    seen.add(name)
    names = _names(ast.parse(textwrap.dedent(inspect.getsource(function))))
    return bool(ASKS & names) or any(_asks(called, module, seen) for called in names)


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} | {
        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)
    }


def without_row(found: Iterable[Address]) -> list[str]:
    return [f"{address.name} {address.pattern}" for address in found if address.row is None]


def not_scoped(found: Iterable[Address]) -> list[str]:
    return [
        f"{address.name} {address.pattern}"
        for address in found
        if address.row is not None
        and not address.row.reason
        and not (
            isinstance(address.admin, ScopedAdmin)
            if address.admin is not None
            else asks_for_the_scope(address.view)
        )
    ]


def unlisted(request: HttpRequest) -> HttpResponse:
    """A page somebody has added without a thought of who may see it."""
    return HttpResponse("everybody's phones")


def test_it_works() -> None:
    """A new page without a row is noticed, and one that has a row but asks for no scope."""

    class urls:  # noqa: N801 - stands in for a module
        urlpatterns = [*baibuting.urls.urlpatterns, path("unlisted/", unlisted, name="unlisted")]

    with override_settings(ROOT_URLCONF=urls):
        assert without_row(addresses()) == ["unlisted unlisted/"]
    assert asks_for_the_scope(addresses_by_name()["desk:home"].view)
    assert asks_for_the_scope(addresses_by_name()["rosters:run"].view)
    assert not asks_for_the_scope(unlisted)
    assert not asks_for_the_scope(addresses_by_name()["healthz"].view)


def addresses_by_name() -> dict[str, Address]:
    return {address.name: address for address in addresses()}


def test_every_address_has_its_row() -> None:
    assert without_row(addresses()) == []


def test_every_row_has_its_address() -> None:
    assert set(routes()) - set(addresses_by_name()) == set()
    assert set(admins()) == {model._meta.label_lower for model in admin.site._registry}
    pages = {address.admin.opts.label_lower: set[str]() for address in addresses() if address.admin}
    for address in addresses():
        if address.admin:
            pages[address.admin.opts.label_lower].add(address.page)
    assert [label for label, row in admins().items() if not set(row.pages) <= pages[label]] == []


def test_every_address_is_scoped_or_reviewed() -> None:
    assert not_scoped(addresses()) == []


def test_every_export_is_scoped() -> None:
    found = set(_below(Resource))
    assert len(found) > 5
    ours = {resource for resource in found if not resource.__module__.startswith("import_export")}
    assert [resource for resource in ours if not issubclass(resource, ScopedResource)] == []


def _below(base: type) -> Iterable[type]:
    for found in base.__subclasses__():
        yield found
        yield from _below(found)


def test_every_admin_has_somebody_who_opens_it_or_says_why_not() -> None:
    """A right that names a model or an app nobody has is a slip."""
    installed = {config.label for config in apps.get_app_configs()}
    named = {name for access in access_table().values() for name in access.write | access.view}
    assert {name for name in named if name not in admins() and name not in installed} == set()


def test_the_page_in_print_is_the_table() -> None:
    """docs/routes.md; print baibuting.routes.page_in_print() to bring it up to date."""
    assert (ROOT / "docs" / "routes.md").read_text(encoding="utf-8") == page_in_print()
