"""Asks every address in every way a browser can, as one viewer, and tells what came back that he must never hear of."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any, TypeGuard
from urllib.parse import urlencode

from django.apps import apps
from django.contrib import admin
from django.db import models
from django.test import Client

from accounts.models import User
from accounts.rules import opens_admin
from baibuting.routes import admin_roles, routes
from tests.privacy.addresses import Address, addresses
from tests.privacy.world import Family, World, few, savepoint

_UUID = re.compile(rb"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")
_CHOICES = 1  # of a filter that are tried, besides all rows outside the scope
REASON = "核对低保申请"


@dataclass
class Crawl:
    """One viewer's way through the portal."""

    world: World
    viewer: str
    leaks: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # answers that the table of addresses does not say
    asked: int = 0
    own_words: int = 0  # answers with words of one's own place: proof that there was something to be seen

    shown: set[str] = field(default_factory=set)  # the names of the addresses that gave them
    conditioned: set[str] = field(
        default_factory=set
    )  # the interface's addresses whose parameters were tried

    def __post_init__(self) -> None:
        token = self.world.tokens.get(self.viewer)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.client = Client(raise_request_exception=False, headers=headers)
        account = self.world.viewers[self.viewer]
        if account is not None:
            self.client.force_login(account)
        strange = self.world.strange_to(self.viewer)
        self.patterns = {
            accounts: [family.words.pattern(accounts=accounts) for family in strange]
            for accounts in (True, False)
        }
        self.uids = {
            found
            for family in strange
            for rows in family.rows.values()
            for row in rows
            if (uid := getattr(row, "uid", None)) is not None and not self.is_known(row)
            for found in (str(uid).encode(), uid.hex.encode())
        }
        self.deep = bool(
            token or self.world.scope(self.viewer).paths
        )  # whoever has no place gets no rows to filter
        self.role = account.role if account else None

    def is_known(self, row: Any) -> bool:
        """Whether somebody strange is one of one's own as well: he has moved here, or serves in both places."""
        return str(getattr(row, "name", "")).startswith(self.world.own.words.mark)

    # --- asking -----------------------------------------------------------------------------------------------------
    def ask(
        self, address: Address, url: str, data: Any = None, *, accounts: bool = True, **options: Any
    ) -> Any:
        """GET, or POST where there is data; what comes back is looked into.

        `accounts`: whether what accounts are called counts as well; the table may say otherwise.
        """
        with savepoint():
            response = self.client.get(url) if data is None else self.client.post(url, data, **options)
        self.asked += 1
        row = address.row
        accounts = accounts and not (row and "accounts" in row.beyond)
        self.look(
            response,
            f"{'GET' if data is None else 'POST'} {url}",
            accounts=accounts,
            sent=url,
            name=address.name,
        )
        if response.status_code >= 500:
            self.wrong.append(f"{self.viewer}: {response.status_code} {url}")
        return response

    def look(self, response: Any, what: str, *, accounts: bool, sent: str = "", name: str = "") -> None:
        """Note what must not be in an answer: in its body, inside a workbook, in its headers."""
        head = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
        head += "".join(str(cookie) for cookie in response.cookies.values())
        parts = [head.encode(), *contents(response)]
        if any(self.world.own.words.mark.encode() in part for part in parts):
            self.own_words += 1
            self.shown.add(name)
        for part in parts:
            for pattern in self.patterns[accounts]:
                for found in pattern.finditer(part):
                    around = part[max(0, found.start() - 60) : found.end() + 40].decode("utf-8", "replace")
                    self.leaks.append(f"{self.viewer}: {what}: …{around}…")
            for found in set(_UUID.findall(part)) & self.uids:
                if found.decode() not in sent:
                    self.leaks.append(f"{self.viewer}: {what}: uid {found.decode()}")

    # --- the way ----------------------------------------------------------------------------------------------------
    def everything(self) -> Crawl:
        """All addresses, each with every value that its variable parts can have."""
        for address in addresses():
            self.one(address)
        self.pickers()
        return self

    def one(self, address: Address) -> None:
        """An address with all that can be asked of it."""
        for values in self.values(address):
            response = self.ask(address, address.at(**values))
            self.check_reach(address, response)
            if response.status_code == 200:
                self.further(address, response)

    def check_reach(self, address: Address, response: Any) -> None:
        """Nobody gets anything of what the table does not give to his role."""
        row = address.row
        if row is None or address.admin is not None:
            return
        allowed = row.who is None or (self.role is not None and self.role in row.who)
        if not allowed and not refused(response):
            self.wrong.append(f"{self.viewer}: {address.name} is not refused: {response.status_code}")

    def values(self, address: Address) -> Iterator[dict[str, Any]]:
        """What its variable parts are filled with: rows of all families, and the words that the table names."""
        if address.admin is not None and "object_id" in address.parameters:
            rows = self.rows(address)
            if self.role is None or not opens_admin(self.role):
                rows = rows[-1:]  # sent away before any row is looked for
            yield from ({"object_id": row.pk} for row in rows)
            return
        takes = routes()[address.name].takes if address.name in routes() else {}
        named = [name for name in address.parameters if name in takes]
        rows = [[(name, value) for value in self.taken(takes[name])] for name in named if is_row(takes[name])]
        words = [
            [(name, value) for value in self.taken(takes[name])] for name in named if not is_row(takes[name])
        ]
        for found, chosen in product(list(one_at_a_time(rows)), list(product(*words))):
            yield dict((*found, *chosen))

    def taken(self, what: str | tuple[str, ...]) -> list[Any]:
        if not is_row(what):
            return list(what)
        label, _, attribute = what.rpartition(".")
        return [
            getattr(row, attribute)
            for family in self.families()
            for row in few(family.of(label), 1 if family.words in self.blind else 4)
        ]

    def rows(self, address: Address) -> list[Any]:
        """More of one's own rows on the page that shows most; what is refused is refused the same everywhere."""
        assert address.admin is not None
        opts = address.admin.opts
        shows = address.page == "change" and self.role in admin_roles(opts.label_lower)
        found = [
            row
            for family in self.families()
            for row in few(family.of(opts.label), 8 if shows and family.words not in self.blind else 1)
        ]
        return found or list(address.admin.model._default_manager.all()[:1])

    @property
    def blind(self) -> Any:
        return self.world.blind_to[self.viewer]

    def families(self) -> list[Family]:
        return [self.world.own, self.world.near, self.world.far]

    def further(self, address: Address, response: Any) -> None:
        """What else can be asked of a page that has opened."""
        if address.page == "changelist":
            self.lists(address, response)
        elif address.page == "export":
            self.exports(address)
        elif address.page == "add":
            self.prefilled(address)
        elif address.page == "reveal":
            self.ask(address, response.request["PATH_INFO"], {"reason": REASON})
        elif response.headers["Content-Type"] == "application/json":
            self.programs_conditions(address, response)
        elif address.name == "reports:index":
            self.reports(address, response)
        elif address.admin is None and not address.parameters:
            self.conditions(address, response)

    # --- lists ------------------------------------------------------------------------------------------------------
    def lists(self, address: Address, response: Any) -> None:
        """Search, each filter with what it offers and with what it does not, each ordering, facets and pages."""
        url, changelist = response.request["PATH_INFO"], response.context["cl"]
        for spec in changelist.filter_specs if self.deep else ():
            offered = [
                choice["query_string"] for choice in spec.choices(changelist) if not choice["selected"]
            ]
            for conditions in few(offered, _CHOICES):
                self.ask(address, url + conditions)
            for name in spec.expected_parameters():
                for value in self.strange_values(name):
                    self.ask(address, f"{url}?{name}={value}")
        columns = range(len(changelist.list_display))
        order = ".".join(f"-{at}" for at in columns)
        for conditions in (f"?o={order}&_popup=1", "?_facets=True&_to_field=id&all="):
            self.ask(address, url + conditions)
        if not self.deep:
            return
        for term in self.terms():
            self.ask(address, url, {"q": term, "find": "1"}, follow=True)

    def strange_values(self, name: str = "") -> list[Any]:
        """Numbers of places that the viewer must not know of, for a condition of that name."""
        return [
            (family.community.quarters[-1] if name in ("quarter", "area") else family.place).pk
            for family in self.world.strange_to(self.viewer)
        ]

    def terms(self) -> list[str]:
        """A figure that stands in nearly every name, and the initials of somebody strange."""
        strange = self.world.strange_to(self.viewer)
        return ["零", strange[-1].of("residents.resident")[0].name_initials]

    def conditions(self, address: Address, response: Any) -> None:
        """Filters of the portal's own lists, by the links that the page itself offers."""
        path = response.request["PATH_INFO"]
        links = set(re.findall(r'href="(\?[^"]+)"', response.content.decode("utf-8", "replace")))
        for link in few(sorted(links), 12):
            self.ask(address, path + link.replace("&amp;", "&"))
        for value in self.strange_values("area") if links else ():
            self.ask(address, f"{path}?area={value}")

    def programs_conditions(self, address: Address, response: Any) -> None:
        """Each parameter that the interface takes, with places, rows and moments that are strange, and page by page.

        Once for all the rows that lie under one address: what a parameter does is decided before any row is read.
        """
        if address.name in self.conditioned:
            return
        self.conditioned.add(address.name)
        url = response.request["PATH_INFO"]
        filters = getattr(getattr(address.view, "filterset_class", None), "base_filters", {})
        for name in (*filters, *getattr(address.view, "parameters", ()), "cursor", "since"):
            for value in (*self.strange_values(), "2020-01-01", *list(self.uids)[:1]):
                asked = value.decode() if isinstance(value, bytes) else value
                self.ask(address, f"{url}?{urlencode({name: asked})}")
        if isinstance(response.json(), dict) and response.json().get("next"):
            self.ask(address, f"{url}?{urlencode({'cursor': response.json()['next']})}")

    # --- exports, pickers, prefilled forms --------------------------------------------------------------------------
    def exports(self, address: Address) -> None:
        """Each format and both ways of asking, over all rows and over a strange place."""
        conditions = ["state=all", *(f"quarter={pk}" for pk in self.strange_values("quarter")[:1])]
        for detail, narrowed in product(("masked", "full"), conditions):
            asked = {"detail": detail, "reason": REASON, "file_format": "0", "format": "0"}
            self.ask(address, f"{address.at()}?{narrowed}", asked)

    def reports(self, address: Address, response: Any) -> None:
        """Each report in full, as a workbook and as a page, of places that are offered and of strange ones."""
        page = response.content.decode("utf-8", "replace")
        offered = re.findall(r'<option value="(\d+)"', page)
        for kind in re.findall(r'name="kind" value="(\w+)"', page):
            for place in (*few(offered, 2), *self.strange_values()):
                for make in ("book", "page"):
                    asked = {"kind": kind, "place": place, "make": make, "detail": "full", "reason": REASON}
                    self.ask(address, address.at(), asked)

    def prefilled(self, address: Address) -> None:
        """An empty form with a strange row already chosen in its address."""
        assert address.admin is not None
        for name, rows in self.strange_choices(address.admin.model):
            for row in rows:
                self.ask(address, f"{address.at()}?{name}={row.pk}")
        for row in self.world.strange_rows(self.viewer, address.admin.opts.label, 1):
            self.ask(address, f"{address.at()}?from={row.pk}")

    def strange_choices(self, model: type[models.Model]) -> Iterator[tuple[str, list[Any]]]:
        """Foreign keys of a model with rows that lie outside the scope."""
        for found in (*model._meta.fields, *model._meta.many_to_many):
            if found.related_model is not None:
                label = found.related_model._meta.label
                rows = [
                    row for family in self.world.strange_to(self.viewer) for row in few(family.of(label), 1)
                ]
                if rows:
                    yield found.name, rows

    def pickers(self) -> None:
        """What every kind of foreign key finds by typing."""
        address = next(found for found in addresses() if found.name == "admin:autocomplete")
        asked: dict[tuple[type, str], dict[str, str]] = {}
        for model in apps.get_models():
            for found in (*model._meta.fields, *model._meta.many_to_many):
                if found.related_model in admin.site._registry:
                    names = (model._meta.app_label, model._meta.model_name, found.name)
                    kind = (found.related_model, str(found.remote_field.limit_choices_to))
                    asked.setdefault(
                        kind, dict(zip(("app_label", "model_name", "field_name"), names, strict=True))
                    )
        for (target, _), words in asked.items():
            for term in ("", "零"):
                self.ask(address, address.at(), {**words, "term": term}, accounts=target is not User)
        self.ask(address, address.at())


def is_row(what: str | tuple[str, ...]) -> TypeGuard[str]:
    """Whether a variable part of an address names rows ("app.model.field"), not words."""
    return isinstance(what, str)


def one_at_a_time(columns: list[list[Any]]) -> Iterator[tuple[Any, ...]]:
    """Every value of every column beside the first, one's own, of the others: one strange row is refused like two."""
    firsts = [column[0] for column in columns if column]
    if len(firsts) < len(columns):
        return
    yield tuple(firsts)
    for at, column in enumerate(columns):
        for value in column[1:]:
            yield (*firsts[:at], value, *firsts[at + 1 :])


def refused(response: Any) -> bool:
    """Turned away, or sent to sign in."""
    if response.status_code == 302:
        return any(door in response["Location"] for door in ("/login/", "/sign-in/"))
    return response.status_code in (401, 403, 404, 405)


def contents(response: Any) -> list[bytes]:
    """An answer's body, and where it is a workbook or an archive everything inside."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if not body.startswith(b"PK"):
        return [body]
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return [archive.read(name) for name in archive.namelist()]
