"""The oracle by real requests: what may be written into an address, sent, and judged by what comes back.

Covered over every column of the list's model and of the models behind its foreign keys, and with every word that commonly
orders or searches:

- every list of the admin, one request a column, as a superuser, whom no role or scope holds back: refused (400), or the
  same rows in the same order. The look-ups (`startswith`, `gt`, `regex`, `in`) take turns from column to column, since what
  refuses is one gate; that gate is asked with all four for each column, as every other role, in `test_oracle.py`;
- every export of the admin, likewise, over its model's own columns with `startswith`: refused, or the same number of rows;
- every list of the interface, with a token that is given everything: each condition is named as unknown;
- every other page without a variable part, as the office and as who holds posts, hundreds of conditions in one address:
  the same page; and what the pickers find.

Only what a list offers itself (`offered` in `test_oracle.py`, the filters of the interface) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import cycle, product
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.admin import ModelAdmin
from django.db import models
from django.test import Client
from django.urls import reverse

from accounts.models import User
from adminkit.base import PortalAdmin
from buildings.models import Place
from cadres.models import Appointment, Cadre
from duties.models import Duty, DutyEvent
from residents.models import CareRecord, Resident
from tests.pages import list_url, superuser
from tests.privacy.addresses import Address, addresses
from tests.privacy.test_oracle import ADMINS, LOOKUPS, offered, paths, quiet, rows  # noqa: F401
from tests.privacy.world import World, savepoint
from visits.models import Incident, Visit

ORDERS = ("ordering", "order_by", "order", "sort", "sort_by", "o", "search", "q", "_order")
MODELS = (Duty, DutyEvent, CareRecord, Resident, Visit, Incident, Cadre, Appointment)
AT_ONCE = 900  # conditions in one address; Django reads a thousand


def conditions(model: type[models.Model], lookups: tuple[str, ...] = LOOKUPS) -> dict[str, str]:
    """Every column and those behind foreign keys, with each look-up."""
    return {
        f"{name}__{lookup}": no_row_has(field, lookup)
        for (name, field), lookup in product(paths(model), lookups)
    }


def no_row_has(field: models.Field, lookup: str) -> str:
    """Something that no row matches: were it taken, the list would be empty."""
    if lookup in ("startswith", "regex"):
        return "zz"
    if isinstance(field, models.DateField):
        return "2199-01-01"
    if isinstance(field, models.UUIDField):
        return "ffffffff-ffff-ffff-ffff-ffffffffffff"
    if isinstance(field, models.CharField | models.TextField):
        return "龥龥"
    return "1" if isinstance(field, models.BooleanField) else "999999999"


def in_parts(found: dict[str, str]) -> Iterator[dict[str, str]]:
    pairs = list(found.items())
    yield from (dict(pairs[start : start + AT_ONCE]) for start in range(0, len(pairs), AT_ONCE))


# --- the admin --------------------------------------------------------------------------------------------------------------
@pytest.fixture
def root(world: World) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(superuser())
    return client


def taken(root: Client, model_admin: ModelAdmin, asked: dict[str, str]) -> tuple[list[str], int]:
    """Which of the conditions a list does not offer and lets change it all the same; and how many were sent."""
    url = list_url(model_admin.model)
    plain, request = rows(root, url), root.get(url).wsgi_request
    allowed = offered(model_admin, request)
    sent = [(name, value) for name, value in asked.items() if name not in allowed]
    told = []
    for name, value in sent:
        address = f"{url}?{urlencode({name: value})}"
        if root.get(address).status_code != 400 and rows(root, address) != plain:
            told.append(address)
    return told, len(sent)


def test_it_works(root: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list whose gate stands open is found out by each look-up."""
    monkeypatch.setattr(PortalAdmin, "lookup_allowed", lambda self, lookup, value, request: True)
    for lookup in LOOKUPS:
        volunteers = ADMINS["volunteers.volunteer"]
        told, _ = taken(root, volunteers, conditions(volunteers.model, (lookup,)))
        assert any("?name__" in address for address in told), lookup


def in_turn(model: type[models.Model]) -> dict[str, str]:
    """Every column and those behind foreign keys, each with the next look-up."""
    lookups = cycle(LOOKUPS)
    return {
        f"{name}__{lookup}": no_row_has(field, lookup)
        for (name, field), lookup in zip(paths(model), lookups, strict=False)
    }


def test_no_list_of_the_admin_takes_what_it_does_not_offer(root: Client) -> None:
    found = [taken(root, model_admin, in_turn(model_admin.model)) for model_admin in ADMINS.values()]
    assert [address for told, _ in found for address in told] == []
    assert sum(sent for _, sent in found) > 1000


def test_no_order_that_a_list_does_not_offer_changes_it(root: Client) -> None:
    """All columns without sorting at once, both ways, under Django's own word; and a column under every other word."""
    told, sent = [], 0
    for model_admin in ADMINS.values():
        url = list_url(model_admin.model)
        plain, request = rows(root, url), root.get(url).wsgi_request
        shown, sortable = model_admin.get_list_display(request), model_admin.get_sortable_by(request)
        columns = [str(at) for at, name in enumerate(shown) if name not in sortable]
        asked = [f"o={'.'.join(columns)}", "o=" + ".".join(f"-{column}" for column in columns)]
        asked += [f"{word}=-id" for word in ORDERS if word not in ("o", "q")]
        for condition in asked:
            found = rows(root, f"{url}?{condition}")
            told += [f"{url}?{condition}"] * (found is not None and found != plain)
        sent += len(asked)
    assert told == []
    assert sent > 300


def test_no_export_takes_what_its_list_does_not_offer(root: Client) -> None:
    exports = [address for address in addresses() if address.page == "export"]
    told = []
    for address in exports:
        assert address.admin is not None
        url = address.at()
        plain = root.get(url)
        assert plain.status_code == 200
        request = plain.wsgi_request
        for field in address.admin.model._meta.concrete_fields:
            asked = f"{field.name}__startswith"
            answer = root.get(f"{url}?{asked}=zz")
            if asked not in offered(address.admin, request) and answer.status_code != 400:
                told += [f"{url}?{asked}"] * (answer.context["count"] != plain.context["count"])
    assert (told, len(exports)) == ([], 9)


# --- the interface ----------------------------------------------------------------------------------------------------------
LISTS: dict[str, type[models.Model]] = {
    "places": Place,
    "appointments": Appointment,
    "care-records": CareRecord,
    "duties": Duty,
    "visits": Visit,
    "incidents": Incident,
}


@pytest.mark.parametrize("path", [*LISTS, "stats", "changes"])
def test_the_interface_names_every_condition_as_unknown(world: World, path: str) -> None:
    asks = Client(headers={"Authorization": f"Bearer {world.tokens['program']}"})
    model = LISTS.get(path, Duty)
    unknown = {**conditions(model), **{f"{name}__icontains": "1" for name, _ in paths(model, 1)}}
    for part in in_parts({**unknown, **dict.fromkeys(ORDERS, "id")}):
        answer = asks.get(f"/api/v1/{path}/?{urlencode(part)}")
        assert answer.status_code == 400
        assert {error["field"] for error in answer.json()["errors"]} == set(part)
    assert asks.get(f"/api/v1/{path}/").status_code == 200


def test_every_list_of_the_interface_is_among_them() -> None:
    names = {
        address.pattern
        for address in addresses()
        if address.name.startswith("api:") and not address.parameters
    }
    pages = {pattern.removeprefix("api/v1/").strip("/") for pattern in names} - {
        "schema",
        "docs",
        "",
    }  # what nothing else answers
    assert pages == {*LISTS, "stats", "changes"}


# --- pages of the portal, the phone and the imports -------------------------------------------------------------------------
def plain_pages() -> list[Address]:
    """Every other address without a variable part."""
    return [
        address
        for address in addresses()
        if address.admin is None
        and not address.parameters
        and not address.pattern.startswith("api/")
        and address.name not in ("accounts:logout", "phone:session")
    ]


def bare(response: Any) -> str:
    """A page without what differs at each request: tokens, ids of new entries, the addresses of its own links, and what
    a form sends along of the address it stands at.
    """
    body = response.content.decode("utf-8", "replace")
    body = re.sub(
        r'name="csrfmiddlewaretoken" value="\w+"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', "", body
    )
    body = re.sub(r'<input type="hidden"[^>]*>', "", body)
    return re.sub(r'\?[^"\s]*|\s+', "", body)


@pytest.mark.parametrize("viewer", ["office", "building head"])
def test_no_page_takes_conditions_of_its_own_making(world: World, viewer: str) -> None:
    client = Client()
    client.force_login(world.viewers[viewer])
    asked: dict[str, str] = {}
    for model in MODELS:
        asked |= conditions(model)
        asked |= {f"duty__{name}__startswith": "1" for name, _ in paths(model, 1)}
    parts = [*in_parts(asked), dict.fromkeys(ORDERS, "name"), dict.fromkeys(ORDERS, "-id")]
    told, seen = [], 0
    for address in plain_pages():
        url = address.at()
        with savepoint():
            client.get(url)  # what it shows as new is not new any more
            plain = client.get(url)
            if plain.status_code != 200 or not plain["Content-Type"].startswith(
                ("text/html", "application/json")
            ):
                continue
            first, seen = bare(plain), seen + 1
            told += [
                f"{url} {list(part)[:2]}"
                for part in parts
                if bare(client.get(f"{url}?{urlencode(part)}")) != first
            ]
    assert told == []
    assert seen > 10


def test_a_page_that_takes_conditions_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison itself: a page that shows less where it is asked to."""
    client = Client()
    client.force_login(world.viewers["office"])
    assert bare(client.get("/duties/")) == bare(client.get("/duties/?x__startswith=1"))
    assert bare(client.get("/duties/")) != bare(client.get("/duties/?state=done"))


def test_pickers_find_the_same_whatever_the_address_says(world: World) -> None:
    client = Client()
    client.force_login(world.viewers["office"])
    words = {"app_label": "cadres", "model_name": "appointment", "field_name": "cadre", "term": ""}
    url = reverse("admin:autocomplete")
    plain = client.post(url, words).json()
    assert len(plain["results"]) > 3
    for part in in_parts({**conditions(Cadre), **conditions(User), **dict.fromkeys(ORDERS[:6], "-phone")}):
        assert client.post(f"{url}?{urlencode(part)}", {**part, **words}).json() == plain
