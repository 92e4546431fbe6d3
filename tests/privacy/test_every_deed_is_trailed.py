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
from functools import partial
from http.cookies import SimpleCookie
from itertools import chain
from typing import Any

import openpyxl
import pytest
from django.test import Client

from accounts.admin.audit import field_labels
from accounts.models import User
from accounts.rules import access_table
from audit.choices import Action
from audit.models import AuditEvent
from audit.services import audit_event_record
from buildings.models import Place
from tests.common.books import xlsx
from tests.pages import errors_of
from tests.privacy import deeds, deeds_desk, deeds_programs
from tests.privacy.addresses import Address, addresses
from tests.privacy.deeds import REASON, Deed, Send
from tests.privacy.deeds_forms import FORMS
from tests.privacy.deeds_programs import SAYS
from tests.privacy.fingerprints import digests
from tests.privacy.trailed import Done, cut_short, done
from tests.privacy.words import OWN
from tests.privacy.world import NOW, World, savepoint
from tests.privacy.writing import Writer, filled_in
from tests.rosters.uploads import checked, step, work

DEEDS = [*deeds.DEEDS, *deeds_programs.DEEDS, *deeds_desk.DEEDS, *chain.from_iterable(deeds.of_apps("DEEDS"))]
TRAIL = {"accounts_auditevent", "accounts_auditwaiting"}
APART = {"api_apitoken"}  # how often a token has asked is counted before anything else, and stays counted
NAMED = {"appointment", "care_record"}  # kinds of rows in the feed that show names

NO_PEOPLE = "nothing of anybody"
OWN_THING = "one's own alone"
MASKED = "lists and pages: numbers masked, texts hidden; whatever opens them has its row"
SUBMITTED = "what is sent from a phone has a row of its own that says who and when (phone.submission)"
WAITS = "an import has its row when the worker has done it (test_an_import_has_its_row)"
HUNG_OUT = "what its people have agreed to hang in the entrance"
MADE = (
    "a report has its row when it is made (tests/reports/test_background.py); its file is for whoever asked"
)
NOBODY = "no names, whatever the token is given"
WITHOUT: dict[str, str] = {
    **dict.fromkeys(
        (
            "healthz", "livez", "metrics", "accounts:second_step_qr", "accounts:logout", "phone:sign_out", "phone:large", "phone:help", "phone:session",
            "phone:worker", "phone:mine", "phone:all_seen", "feedback:write", "rosters:errors", "rosters:run", "rosters:map", "reports:run", "reports:step",
        ),
        OWN_THING,
    ),
    **dict.fromkeys(
        (
            "admin:index", "admin:app_list", "admin:login", "admin:logout", "admin:jsi18n", "admin:catch_all",
            "admin:cadres_buildingstaff_rates", "desk:vacancies", "rosters:index", "rosters:template", "api:docs", "api:schema",
            "api:stats", "api:unknown_address", "boards:index", "desk:load", "guides:index", "guides:guide",
        ),
        NO_PEOPLE,
    ),
    **dict.fromkeys(
        (
            "desk:home", "desk:duties", "duties:duty", "duties:notices", "desk:never_seen", "desk:incidents", "admin:autocomplete", "phone:today",
            "phone:notices", "phone:duty", "phone:visit", "phone:person", "phone:building", "phone:one_building",
            "phone:incidents", "phone:incident", "desk:person", "phone_office:phones", "desk:place", "visits:doubles", "visits:sheet",
        ),
        MASKED,
    ),
    **dict.fromkeys(("phone:submit", "phone:photo", "phone:arrive"), SUBMITTED),
    **dict.fromkeys(("boards:board", "boards:public"), HUNG_OUT),
    **dict.fromkeys(("reports:book", "reports:print"), MADE),
    **dict.fromkeys(("rosters:upload", "rosters:step", "rosters:kind", "rosters:corrections"), WAITS),
    **dict.fromkeys(
        ("api:place_list", "api:place_detail", "api:duty_list", "api:duty_detail", "api:visit_detail", "api:incident_detail"),
        NOBODY,
    ),
    **{name: reason for found in deeds.of_apps("WITHOUT") for name, reason in dict(found).items()},
}  # fmt: skip


def unwritten(address: Address) -> bool:
    """Pages of the admin that only look, and those that nobody may write on: by the page, or by `accounts.rules`."""
    found = address.admin
    if found is None:
        return False
    if address.page in ("changelist", "history", "delete", ""):
        return True  # deleting is refused to everybody (tests/adminkit/test_base.py)
    label = found.opts.label_lower
    if address.page in ("add", "change"):
        may: Any = found.can_add if address.page == "add" else found.can_change and not found.fixed  # type: ignore[attr-defined]
        return not may or not any(
            label in access.write or label.split(".")[0] in access.write for access in access_table().values()
        )
    return any(page.name == address.page and page.only_looks for page in getattr(found, "object_pages", ()))


def done_somewhere() -> set[str]:
    return {deed.name for deed in DEEDS} | {name for forms in FORMS.values() for name in forms}


def test_it_works() -> None:
    """Every address is a deed, a form, or reviewed; and the other way round."""
    known = done_somewhere() | set(WITHOUT)
    found = {address.name for address in addresses() if not unwritten(address)}
    assert found - known == set()
    assert known - {address.name for address in addresses()} == set()
    assert done_somewhere() & set(WITHOUT) == set()


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
        assert found.events, answer(found)
        look(found, deed, world)
    assert (len(cut.events), set(cut.changed) - APART) == (0, set())
    assert cut.response.status_code >= 500


def answer(found: Done) -> str:
    """Why a deed was refused."""
    return f"{found.response.status_code} {getattr(found.response, 'content', b'')[:3000].decode('utf-8', 'replace')}"


def look(found: Done, deed: Deed, world: World) -> None:
    """The row says what the deed's own line says, and the deed did nothing else to the trail or behind its back."""
    account = world.viewers.get(deed.by)
    assert len(found.events) == deed.times
    for event in found.events:
        assert (event.action, event.object_type) == (deed.action, deed.about or event.object_type)
        assert tuple(event.fields) == deed.fields
        assert event.reason == deed.reason or (deed.reason == SAYS and event.reason.startswith(SAYS))
        says_who(event, account)
        says_no_value(event)
        assert not re.search("[a-z]", field_labels(event)), "whoever reads the trail reads Chinese"
    assert sum(event.row_count for event in found.events) == (
        rows_in(found.response) if deed.rows is None else deed.rows
    )
    apart = APART if not deed.by or deed.by in world.tokens else set()
    changed = set(found.changed) - TRAIL - apart - deed.besides
    assert not changed if deed.reads else changed
    assert set(found.afterwards) <= deed.besides


def says_who(event: AuditEvent, account: User | None) -> None:
    """Programs have no account: their name is the reason. Somebody who signs in is the one he becomes."""
    if account is not None:
        assert (event.user, event.role) == (account, account.role)
    elif event.action == "sign_in":
        assert event.object_id == str(event.user_id)
    else:
        assert event.user is None


def rows_in(response: Any) -> int:
    """How many rows somebody was given; of the feed those whose names are shown."""
    if response["Content-Type"] == "application/json":
        data = response.json()
        if "results" in data:
            return len(data["results"])
        return sum(row["kind"] in NAMED and row["data"] is not None for row in data["changes"])
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    return int(sheet.max_row) - int(sheet.freeze_panes[1:]) + 1  # below the header, which is frozen


def says_no_value(event: AuditEvent) -> None:
    """Names of fields, numbers of rows, what somebody gave as his reason; no name, number or text of a person."""
    written = "".join([event.reason, *event.fields])
    assert event.object_id == "" or event.object_id.isdecimal()
    assert OWN.mark not in written
    assert not re.search(r"1611\d|429996|13900000000|2026-", written)


RIGHTS = ("accounts.user", "buildings.placegrant", "api.apiclient")


PARTS = [(viewer, part) for viewer in FORMS for part in range(3 if viewer == "office" else 1)]


@pytest.mark.parametrize(("viewer", "part"), PARTS)
def test_a_form_has_its_row(world: World, viewer: str, part: int) -> None:
    """Every form of the admin that writes or reveals, filled in by somebody who may."""
    writer, seen = Writer(world, viewer), set()
    names = list(FORMS[viewer])[part :: 3 if viewer == "office" else 1]
    for address, url, form in writer.open_forms(names):
        more = FORMS[viewer][address.name]
        data = {**filled_in(form, writer.own_keys()), **(more(world) if more else {})}
        send = partial(_sent, writer, url, data)
        found = done(send, writer.before)
        assert found.events, f"{address.name}: {errors_of(found.response)}"
        look_at_form(found, address, form, world.viewers[viewer])
        cut = cut_short(send, writer.before)
        # the trail could not be committed: as with any database that fails, come back later
        assert (len(cut.events), cut.changed, cut.response.status_code) == (0, [], 503), address.name
        seen.add(address.name)
    assert seen == set(names)


def _sent(writer: Writer, url: str, data: dict[str, Any]) -> Any:
    return writer.client.post(url, data)


def test_an_import_has_its_row(world: World) -> None:
    """What the worker writes: one row with the number of rows taken; none, and nobody new, where it fails."""
    before_people = digests()["residents_resident"]
    with savepoint():
        office = browser_of(world, "office")()
        place = world.own.place
        rows = [["姓名", "联系电话", "苑区", "片区", "楼栋", "室"],
                *(["王小明", f"1390000000{at}", place.parent.parent.name, place.parent.name, place.name, f"9{at}"] for at in range(3))]  # fmt: skip
        run = checked(office, xlsx(rows), NOW, kind="residents")
        step(office, run, "confirm")
        before = digests()
        found = done(lambda: work(NOW), before)
        cut = cut_short(lambda: work(NOW), before)
    [event] = found.events
    assert (event.action, event.object_type, event.row_count) == ("import", "residents", 3)
    assert event.user == world.viewers["office"]
    assert "residents_resident" in found.changed
    says_no_value(event)
    assert cut.events == []
    assert set(cut.changed) <= {"rosters_importrun", "rosters_importfile"}
    assert digests()["residents_resident"] == before_people


def look_at_form(found: Done, address: Address, form: Any, account: User) -> None:
    assert address.admin is not None
    [event] = found.events
    label, page = address.admin.opts.label_lower, address.page
    action = "reveal" if page == "reveal" else "create" if page == "add" else "change"
    if label in RIGHTS and not (label == "accounts.user" and page == "add"):
        action = "permission"
    assert (event.action, event.object_type, event.user, event.role) == (action, label, account, account.role)
    asks_why = page == "reveal" or (label == "accounts.user" and page == "disable")
    assert (event.reason, event.row_count) == (REASON if asks_why else "", 1), address.name
    pages = {found.name for found in getattr(address.admin, "object_pages", ())}
    columns = {field.name for field in address.admin.model._meta.get_fields()}
    assert set(event.fields) <= pages | set(form.fields) | columns, address.name
    says_no_value(event)
    assert set(found.afterwards) == set(), address.name
    assert bool(set(found.changed) - TRAIL) is (page != "reveal") or not event.fields, address.name


# --- that the search itself would find something ------------------------------------------------------------------------
def _told(account: User) -> None:
    audit_event_record(now=NOW, user=account, action=Action.CHANGE, object_type="buildings.place")


def test_what_is_written_beside_the_row_is_found(world: World) -> None:
    """An effect before the row and one after it, each in a transaction of its own."""
    place, account = world.own.place, world.viewers["office"]
    before = digests()

    def first() -> None:
        Place.objects.filter(pk=place.pk).update(floor_count=1)
        _told(account)

    def later() -> None:
        _told(account)
        Place.objects.filter(pk=place.pk).update(floor_count=2)

    assert cut_short(first, before).changed == ["buildings_place"]
    assert done(later, before).afterwards == ["buildings_place"]
