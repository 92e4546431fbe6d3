"""Every address of the portal as the resolver knows it, with the row that the table of addresses has for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.contrib.admin import ModelAdmin
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.regex_helper import normalize

from adminkit.pages import ObjectPage
from baibuting.common.portal import AdminRoute, Route
from baibuting.routes import admins, routes

# what Django's admin gives every model; the empty one is the address that leads on to the object's page
STANDARD = ("changelist", "add", "change", "delete", "history", "")


@dataclass(frozen=True)
class Address:
    """One pattern. `admin` and `page` where it belongs to a model's admin: ("visits.visit", "reveal")."""

    name: str
    pattern: str
    callback: Callable[..., Any]
    parameters: tuple[str, ...]
    parts: tuple[URLPattern | URLResolver, ...]
    admin: ModelAdmin | None = None
    page: str = ""

    @property
    def row(self) -> Route | AdminRoute | None:
        """Its row in the table; None where it has none."""
        if self.admin is None:
            return routes().get(self.name)
        row = admins().get(self.admin.opts.label_lower)
        return row if row and self.page in (*STANDARD, *row.pages) else None

    @property
    def view(self) -> Any:
        """The function or class that answers: what decorators have wrapped is found again."""
        return _unwrapped(self.callback)

    def at(self, **values: Any) -> str:
        """The address with its variable parts filled in."""
        found = "/"
        for part in self.parts:
            forms = normalize(part.pattern.regex.pattern)
            form, names = next((form, names) for form, names in forms if set(names) <= set(values))
            found += form % {name: quote(str(values[name])) for name in names}
        return found


def _unwrapped(callback: Any) -> Any:
    while True:
        if hasattr(callback, "cls"):
            return callback.cls
        if hasattr(callback, "view_class"):
            return callback.view_class
        if not hasattr(callback, "__wrapped__"):
            return callback
        callback = callback.__wrapped__


def addresses() -> list[Address]:
    """All of them, admin and API included."""
    return list(_walk(get_resolver(), (), ()))


def _walk(resolver: URLResolver, above: tuple[Any, ...], namespaces: tuple[str, ...]) -> Iterator[Address]:
    for found in resolver.url_patterns:
        parts = (*above, found)
        if isinstance(found, URLResolver):
            space = (found.namespace,) if found.namespace else ()
            yield from _walk(found, parts, (*namespaces, *space))
        else:
            yield _address(found, parts, namespaces)


def _address(found: URLPattern, parts: tuple[Any, ...], namespaces: tuple[str, ...]) -> Address:
    pattern = "".join(str(part.pattern) for part in parts)
    names = [name for part in parts for name in part.pattern.regex.groupindex]
    name = ":".join((*namespaces, found.name or _name_of(found.callback)))
    admin, page = _admin_of(found)
    return Address(name, pattern, found.callback, tuple(names), parts, admin, page)


def _name_of(callback: Any) -> str:
    view = _unwrapped(callback)
    return (
        "catch_all"
        if getattr(view, "__name__", "") == "catch_all_view"
        else getattr(view, "__qualname__", "")
    )


def _admin_of(found: URLPattern) -> tuple[ModelAdmin | None, str]:
    """The admin an address belongs to, and which of its pages it is."""
    view = _unwrapped(found.callback)
    owner = getattr(found.callback, "model_admin", None) or getattr(view, "__self__", None)
    if isinstance(owner, ObjectPage):
        owner = owner.admin
    if not isinstance(owner, ModelAdmin):
        return None, ""
    prefix = f"{owner.opts.app_label}_{owner.opts.model_name}_"
    return owner, (found.name or "").removeprefix(prefix)
