"""Fills in every form the portal offers, with rows of one's own and with strange ones, and sends it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

from django import forms
from django.test import Client

from accounts.models import User
from tests.privacy.addresses import Address, addresses
from tests.privacy.crawl import Crawl, refused
from tests.privacy.fingerprints import Changes, digests
from tests.privacy.world import NOW, World, savepoint

# one word that a service checks by more than its kind
SPECIAL = {
    "phone": "13900000000",
    "id_number": "",
    "username": "newcomer",
    "account": "",
    "code": "",
    "reason": "核对低保申请",
}
PASSWORD = "long enough 1"


@dataclass
class Writer:
    """One viewer who sends forms. Whatever he does is taken back."""

    world: World
    viewer: str
    broken: list[str] = field(default_factory=list)
    sent: int = 0
    pointed: set[str] = field(default_factory=set)  # choices that were pointed at a strange row
    accepted: set[str] = field(
        default_factory=set
    )  # forms that were taken when filled in with rows of one's own

    def __post_init__(self) -> None:
        self.browser = Client(raise_request_exception=False)
        account = self.world.viewers[self.viewer]
        if account is not None:
            self.browser.force_login(account)
        self.cookies = self.browser.cookies.output()
        self.before = digests()
        self.looker = Crawl(self.world, self.viewer)

    @property
    def client(self) -> Client:
        """As he signed in: what was sent may have ended or renewed his session, and was taken back."""
        self.browser.cookies = SimpleCookie(self.cookies.replace("Set-Cookie: ", ""))
        return self.browser

    # --- pages of strange rows --------------------------------------------------------------------------------------
    def on_strange_rows(self) -> Writer:
        """Every page of a row outside the scope takes nothing."""
        for address in addresses():
            for values in self.strange_values(address):
                self.refuse(
                    address, address.at(**values), {"reason": "核对低保申请", "post": "yes"}, must_refuse=True
                )
        return self

    def strange_values(self, address: Address) -> Iterator[dict[str, Any]]:
        if address.admin is not None:
            if "object_id" in address.parameters and address.page and not address.row.beyond:
                rows = self.world.strange_rows(self.viewer, address.admin.opts.label, 1)
                yield from ({"object_id": row.pk} for row in rows)
            return
        for values in self.looker.values(address):
            rows = {
                getattr(row, what.rpartition(".")[2])
                for what in (address.row.takes if address.row else {}).values()
                if isinstance(what, str)
                for row in self.world.strange_rows(self.viewer, what.rpartition(".")[0], 99)
            }
            if any(value in rows for value in values.values()):
                yield values

    # --- strange rows in one's own forms ----------------------------------------------------------------------------
    def in_own_forms(self, *names: str) -> Writer:
        """Every form that opens, or those named: each of its choices of a row, pointed at a strange one."""
        for address, url, form in self.open_forms(names):
            data = filled_in(form, self.own_keys())
            if self.taken(url, data):
                self.accepted.add(address.name)
            for name, choice in form.fields.items():
                queryset = getattr(choice, "queryset", None)
                if queryset is None:
                    continue
                if queryset.model is User and address.row is not None and address.row.beyond:
                    continue  # whoever keeps accounts keeps all of them
                for row in self.world.strange_rows(self.viewer, queryset.model._meta.label, 2):
                    self.pointed.add(f"{address.name}.{name}")
                    pointed = [row.pk] if isinstance(choice, forms.ModelMultipleChoiceField) else row.pk
                    self.refuse(address, url, {**data, form.add_prefix(name): pointed})
        return self

    def open_forms(self, names: Sequence[str] = ()) -> Iterator[tuple[Address, str, Any]]:
        for address in addresses():
            if names and address.name not in names:
                continue
            if (
                address.page in ("changelist", "delete", "history", "", "export")
                and address.admin is not None
            ):
                continue
            for url in self.own_urls(address):
                with savepoint():
                    response = self.client.get(url)
                form = form_of(response)
                if form is not None:
                    yield address, url, form
                    break

    def own_urls(self, address: Address) -> Iterator[str]:
        if address.admin is not None and "object_id" in address.parameters:
            label = address.admin.opts.label
            yield from (address.at(object_id=row.pk) for row in reversed(self.world.own.of(label)))
        elif address.admin is not None or not address.parameters:
            yield address.at()

    def own_keys(self) -> dict[str, set[Any]]:
        return {
            model._meta.concrete_model._meta.label: {row.pk for row in rows}
            for model, rows in self.world.own.rows.items()
        }

    def taken(self, url: str, data: Any) -> bool:
        with savepoint(), Changes(self.before) as changes:
            response = self.client.post(url, data)
        return response.status_code == 302 and bool(changes.tables)

    # --- sending ----------------------------------------------------------------------------------------------------
    def refuse(self, address: Address, url: str, data: Any, *, must_refuse: bool = False) -> None:
        """Send it. Nothing may change, nothing strange come back; `must_refuse`: nor may the page answer at all."""
        with savepoint(), Changes(self.before) as changes:
            response = self.client.post(url, data)
        self.sent += 1
        what = f"{self.viewer}: POST {url} {data if not must_refuse else ''}"
        if changes.tables:
            self.broken.append(f"{what} changed {changes.tables}")
        if must_refuse and not refused(response):
            self.broken.append(f"{what} answered {response.status_code}")
        row = address.row
        self.looker.look(response, what, accounts=not (row and "accounts" in row.beyond), sent=what)
        self.broken += self.looker.leaks
        self.looker.leaks.clear()


def form_of(response: Any) -> Any:
    """The form of a page that has opened; None where it has none."""
    if response.status_code != 200 or response.context is None:
        return None
    context = response.context
    form = context.get("form") or (context["adminform"].form if "adminform" in context else None)
    return form if isinstance(form, forms.BaseForm) and form.fields else None


def filled_in(form: Any, own: dict[str, set[Any]]) -> dict[str, Any]:
    """What somebody might type: what stands there already, one's own rows, today, a word."""
    data: dict[str, Any] = {}
    for name, choice in form.fields.items():
        initial = form.get_initial_for_field(choice, name)
        data |= _typed(form.add_prefix(name), name, choice, initial, own)
    if hasattr(form, "rows"):  # lines that also say what stood in them
        for line in form.rows():
            data |= {f"{line.post.value}-{part}": value for part, value in line.now.items()}
    return {key: value for key, value in data.items() if value is not None}


def _typed(key: str, name: str, choice: Any, initial: Any, own: dict[str, set[Any]]) -> dict[str, Any]:
    if isinstance(choice, forms.ModelChoiceField):
        rows = list(choice.queryset[:200])
        mine = [row for row in rows if row.pk in own.get(row._meta.concrete_model._meta.label, ())] or rows
        found = mine[0].pk if mine else ""
        return {key: [found] if isinstance(choice, forms.ModelMultipleChoiceField) else found}
    if isinstance(choice, forms.SplitDateTimeField):
        return {f"{key}_0": f"{NOW:%Y-%m-%d}", f"{key}_1": "08:30"}
    if isinstance(choice, forms.DateField):
        ahead = timedelta(days=1 if name in ("until_on", "effective_on", "day") else 0)
        return {key: initial or f"{(NOW + ahead):%Y-%m-%d}"}
    if isinstance(choice, forms.TimeField):
        return {key: "08:30"}
    if isinstance(choice, forms.BooleanField):
        return {key: "on" if initial or name == "is_party_member" else None}
    if isinstance(choice, forms.ChoiceField):
        words = [value for value, _ in choice.choices if value not in ("", None)]
        return {key: [words[0]] if isinstance(choice, forms.MultipleChoiceField) else initial or words[0]}
    if isinstance(choice, forms.IntegerField):
        return {key: initial if initial is not None else 3}
    if isinstance(choice.widget, forms.PasswordInput):
        return {key: PASSWORD}
    return {key: initial or SPECIAL.get(name, "王小明")}
