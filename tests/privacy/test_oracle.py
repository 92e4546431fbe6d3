"""Addresses tell nothing: of all conditions one can write into one, only those that a list offers change it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import product
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db import models
from django.test import Client

from adminkit.base import FIELD_LOOKUPS, PortalAdmin, PortalChangeList
from duties.models import Duty, DutyEvent
from residents.models import CareRecord
from tests.pages import list_url
from tests.privacy.world import World, savepoint
from visits.models import Incident

LOOKUPS = ("startswith", "gt", "regex", "in")
ADMINS: dict[str, ModelAdmin] = {
    model._meta.label_lower: found
    for model, found in sorted(admin.site._registry.items(), key=lambda x: str(x[0]))
}
VIEWERS = ("office", "system_admin", "security_admin", "auditor")
DEPTH = 2  # foreign keys followed


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Refusals by the thousand need no log."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def paths(model: type[models.Model], depth: int = DEPTH) -> Iterator[tuple[str, models.Field]]:
    """Every field of a model and of those behind its foreign keys: ("resident__phone", the field)."""
    for field in model._meta.concrete_fields:
        yield field.name, field
        if field.is_relation and depth > 1:
            yield from (
                (f"{field.name}__{name}", found) for name, found in paths(field.related_model, depth - 1)
            )


def offered(model_admin: ModelAdmin, request: Any) -> set[str]:
    """The conditions that a list's own filters send."""
    found: set[str] = set()
    for spec in model_admin.get_list_filter(request):
        if name := getattr(spec, "parameter_name", None):
            found.add(name)
        else:
            field = spec[0] if isinstance(spec, tuple | list) else spec
            found |= {f"{field}__{lookup}".removesuffix("__") for lookup in FIELD_LOOKUPS} | {field}
    return found


def value_for(field: models.Field, lookup: str) -> str:
    """Something that would match most rows, or none, were it taken."""
    if lookup == "regex":
        return "."
    if isinstance(field, models.DateTimeField | models.DateField):
        return "2026-01-01"
    return "1"


def rows(client: Client, url: str) -> Any:
    """What a list shows, in its order; None where the address is refused."""
    with savepoint():
        response = client.get(url)
    if response.status_code != 200:
        return None
    return [row.pk for row in response.context["cl"].result_list]


def told_by(client: Client, model_admin: ModelAdmin) -> tuple[list[str], int]:
    """Conditions and orders that a list does not offer and takes all the same; and how many were tried."""
    url = list_url(model_admin.model)
    plain = rows(client, url)
    if plain is None:
        return [], 0
    request = client.get(url).wsgi_request
    allowed = offered(model_admin, request)
    conditions = {
        f"{name}__{lookup}": value_for(field, lookup)
        for (name, field), lookup in product(paths(model_admin.model), LOOKUPS)
    }
    # the question that Django puts before it applies a condition
    told = [
        f"{url}?{condition}"
        for condition, value in conditions.items()
        if condition not in allowed and model_admin.lookup_allowed(condition, value, request)
    ]
    # and the list itself, by what a person's number or name begins with
    asked = [f"{url}?{field.name}__startswith=1" for field in model_admin.model._meta.concrete_fields]
    told += [address for address in asked if rows(client, address) is not None]
    ordered = [f"{url}?o={order}" for order in orders(model_admin, request)]
    told += [address for address in ordered if rows(client, address) != plain]
    return told, len(conditions) + len(asked) + len(ordered)


def test_it_works(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An admin as Django makes it answers, and is found out."""
    client = Client()
    client.force_login(world.viewers["office"])
    monkeypatch.setattr(PortalAdmin, "lookup_allowed", ModelAdmin.lookup_allowed)
    monkeypatch.setattr(PortalChangeList, "_offers", lambda self, part: True)
    told, _ = told_by(client, ADMINS["residents.resident"])
    url = "/admin/residents/resident/"
    assert {f"{url}?name__startswith", f"{url}?name__startswith=1", f"{url}?o=-2"} <= set(told)


@pytest.mark.parametrize("viewer", VIEWERS)
def test_only_what_a_list_offers_changes_it(world: World, viewer: str) -> None:
    """Each field × each look-up, each order."""
    client = Client()
    client.force_login(world.viewers[viewer])
    found = [told_by(client, model_admin) for model_admin in ADMINS.values()]
    assert [address for told, _ in found for address in told] == []
    assert sum(tried for _, tried in found) > 100


def orders(model_admin: ModelAdmin, request: Any) -> Iterator[str]:
    """By columns that offer no sorting, alone and all together."""
    sortable = model_admin.get_sortable_by(request)
    refused = [
        str(at) for at, name in enumerate(model_admin.get_list_display(request)) if name not in sortable
    ]
    yield from (f"-{at}" for at in refused[:2])
    yield ".".join(refused)


@pytest.mark.parametrize("viewer", ["office", "quarter", "building head"])
@pytest.mark.parametrize("url", ["/duties/", "/notices/", "/never-seen/", "/vacancies/", "/incidents/"])
def test_the_portal_s_own_lists_take_no_conditions_but_their_own(world: World, viewer: str, url: str) -> None:
    client = Client()
    client.force_login(world.viewers[viewer])
    conditions = [
        (f"{prefix}{name}__{lookup}", value_for(field, lookup))
        for model in (Duty, DutyEvent, CareRecord, Incident)
        for name, field in paths(model)
        for lookup in ("startswith", "regex")
        for prefix in ("", "duty__")
    ]
    plain = shown(client, url)
    for start in range(0, len(conditions), 900):
        assert shown(client, f"{url}?{urlencode(conditions[start : start + 900])}") == plain


def shown(client: Client, url: str) -> list[str]:
    """The rows of one of the portal's own lists."""
    return [str(row) for row in client.get(url).context["page"].object_list]
