"""“导入” above the lists whose rows come in by rosters. The pages themselves are in rosters.views."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from accounts.admin_pages import account_of
from buildings.exporting import ExportsScoped
from rosters.choices import Kind
from rosters.rules import MODELS, may_import

# the list of a building's six posts takes the same roster as the list of appointments
LISTS: dict[str, Kind] = {label: Kind(kind) for kind, label in MODELS.items()} | {
    "cadres.buildingstaff": Kind.CADRES
}


def _link(kind: Kind) -> Callable[[HttpRequest], dict[str, str] | None]:
    def link(request: HttpRequest) -> dict[str, str] | None:
        if not may_import(account_of(request), kind):
            return None
        return {"url": reverse("rosters:upload", args=[kind]), "label": "导入"}

    return link


def _put_links(registered: dict[Any, Any]) -> None:
    for model, model_admin in registered.items():
        kind = LISTS.get(model._meta.label_lower)
        if kind is not None and isinstance(model_admin, ExportsScoped):
            model_admin.list_links.append(_link(kind))


_put_links(admin.site._registry)
