"""Every sensitive read, reveal, export and change of rights has exactly one row in the trail; taken back, none.

The table of addresses is walked: each address is a deed (`deeds.py`), a form of the admin (`FORMS` there), or stands
below as one that leaves no trace, with the reason. An address that is none of these fails. Each deed is done once
through the client, and looked at: one row, of its kind, who, why, how many, and never a value. It is then done again
with its transaction failing where it would be committed: no row, and nothing changed.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any

import openpyxl
import pytest
from django.test import Client

from accounts.models import AuditEvent, User
from tests.privacy.addresses import Address, addresses
from tests.privacy.deeds import DEEDS, FORMS, Deed, Send
from tests.privacy.fingerprints import digests
from tests.privacy.trailed import Done, cut_short, done
from tests.privacy.words import OWN
from tests.privacy.world import World, savepoint
from tests.privacy.writing import Writer, filled_in

TRAIL = {"accounts_auditevent", "accounts_auditwaiting"}
FIELD = re.compile(r"[a-z0-9_-]+")

LOOKS = "shows what the list shows: numbers masked, texts hidden; the audit trail has every look at what is behind"
OWN_THING = "one's own"
NO_PEOPLE = "nothing about people"
SUBMITTED = "the entry's own row says who sent it and when (phone.submission)"
WITHOUT: dict[str, str] = {}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Errors are forced by the dozen."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True)
def _private(settings: Any) -> None:
    settings.API_PRIVATE_ADDRESSES = True


def browser_of(world: World, viewer: str) -> Any:
    """Makes browsers that are signed in as somebody, or bear his token; each as on its first request."""
    first = Client()
    account = world.viewers.get(viewer)
    if account is not None:
        first.force_login(account)
    cookies = first.cookies.output().replace("Set-Cookie: ", "")
    token = world.tokens.get(viewer)

    def fresh() -> Client:
        browser = Client(
            raise_request_exception=False, headers={"Authorization": f"Bearer {token}"} if token else {}
        )
        browser.cookies = SimpleCookie(cookies)
        return browser

    return fresh


@pytest.mark.parametrize("deed", DEEDS, ids=str)
def test_a_deed_has_its_row(world: World, deed: Deed) -> None:
    with savepoint():
        send: Send = deed.prepare(world)
        fresh = browser_of(world, deed.by)
        before = digests()
        found = done(lambda: send(fresh()), before)
        cut = cut_short(lambda: send(fresh()), before)
    assert [(event.action, event.fields) for event in found.events], answer(found)
    look(found, deed, world)
    assert (len(cut.events), cut.changed) == (0, []), cut.response.status_code
    assert cut.response.status_code >= 500


def answer(found: Done) -> str:
    """Why a deed was refused."""
    return f"{found.response.status_code} {getattr(found.response, 'content', b'')[:3000].decode('utf-8', 'replace')}"


def look(found: Done, deed: Deed, world: World) -> None:
    assert len(found.events) == deed.times
    for event in found.events:
        account = world.viewers.get(deed.by)
        assert event.action == deed.action
        assert event.object_type == deed.about or not deed.about
        assert tuple(event.fields) == deed.fields or event.action == "create" and not deed.fields
        assert event.reason == deed.reason or deed.reason.endswith("：") and event.reason.startswith(deed.reason)
        if account is not None:
            assert (event.user, event.role) == (account, account.role)
        assert event.row_count == (rows_in(found.response) if deed.rows is None else deed.rows) or deed.times > 1
        says_no_value(event)


def rows_in(response: Any) -> int:
    """How many rows somebody was given."""
    if response["Content-Type"] == "application/json":
        return len(response.json()["results"])
    return int(openpyxl.load_workbook(io.BytesIO(response.content)).active.max_row) - 1


def says_no_value(event: AuditEvent) -> None:
    written = "".join([event.object_id, event.reason, *event.fields])
    assert OWN.mark not in written
    assert not re.search(r"1611\d|429996|13900000000", written)
