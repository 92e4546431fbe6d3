"""“导入” above the admin lists whose rows are imported. The pages themselves are in rosters.views."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from adminkit.base import PortalAdmin
from buildings.viewer import viewer_of
from rosters.rules import may_import, roster_kinds

# label of a list's model → code of the roster that its rows come from
LISTS = {label: kind.code for kind in roster_kinds().values() for label in (kind.model, *kind.lists)}


def _link(kind: str) -> Callable[[HttpRequest], dict[str, str] | None]:
    def link(request: HttpRequest) -> dict[str, str] | None:
        if not may_import(viewer_of(request).user, kind):
            return None
        return {"url": reverse("rosters:upload", args=[kind]), "label": "导入"}

    return link


def _put_links(registered: dict[Any, Any]) -> None:
    for model, model_admin in registered.items():
        kind = LISTS.get(model._meta.label_lower)
        if kind is not None and isinstance(model_admin, PortalAdmin):
            model_admin.list_links.append(_link(kind))


_put_links(admin.site._registry)
