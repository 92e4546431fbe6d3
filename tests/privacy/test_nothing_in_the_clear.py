"""A thousand ID numbers and phones go in by the ways people use; none of them is found where it should not lie."""

from __future__ import annotations

import io
import logging
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from baibuting.common.logs import QuietFormatter
from buildings.models import Place
from residents.models import Resident
from rosters.models import ImportRun
from tests.common.books import xlsx
from tests.factories import clerk, community
from tests.pages import add_url, list_url, object_url, signed_in
from tests.privacy.addresses import addresses
from tests.privacy.words import Words
from tests.rosters.uploads import send, step, work

pytestmark = pytest.mark.django_db

ROSTER, TYPED = 480, 20  # people by a roster, people by the form: two numbers each
WORDS = Words("鹔", "鹕", "canaryclear", "1783", "1934", "429995")
NUMBERS = re.compile(rb"(?<![0-9a-f])(?:1783\d{7}|429995\d{11}[\dXx])(?![0-9a-f])")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, as the portal writes it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(QuietFormatter(settings.LOGGING["formatters"]["line"]["format"], style="{"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are written."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is handed to the broker."""
    sent: list[str] = []
    monkeypatch.setattr(
        "celery.current_app.send_task", lambda *args, **options: sent.append(repr((args, options)))
    )
    return sent


def dump() -> bytes:
    """Every table as pg_dump writes it, its name before its rows."""
    out = io.BytesIO()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            out.write(f"COPY {table}\n".encode())
            cursor.copy_expert(f'COPY "{table}" TO STDOUT', out)
    return out.getvalue()


def numbers_in(data: bytes) -> set[bytes]:
    return set(NUMBERS.findall(data))


def files_below(*folders: Path) -> bytes:
    """What lies in some folders; the database's own files are looked at as a dump."""
    return b"".join(
        path.read_bytes()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "postgres" not in str(path)
    )


def people(count: int) -> list[list[str]]:
    return [[WORDS.name(), WORDS.new_id_number(), WORDS.new_phone()] for _ in range(count)]


def by_roster(office: Client, building: Place, rows: list[list[str]]) -> None:
    head = ["姓名", "身份证号", "联系电话", "苑区", "片区", "楼栋", "单元", "室"]
    where = [building.parent.parent.name, building.parent.name, building.name, "1"]
    book = xlsx([head, *([*row, *where, str(100 + at)] for at, row in enumerate(rows))])
    assert send(office, book, kind="residents").status_code == 302
    work(timezone.now())
    run = ImportRun.objects.latest("pk")
    step(office, run, "confirm")
    work(timezone.now())
    run.refresh_from_db()
    assert run.created == len(rows), (run.message, run.rejections[:3])


def by_form(office: Client, building: Place, rows: list[list[str]]) -> None:
    for at, (name, id_number, phone) in enumerate(rows):
        typed = {"building": building.pk, "entrance": "2", "room": str(at), "name": name, "gender": "",
                 "id_number": id_number, "phone": phone, "outside_address": "", "notes": f"子女电话 {phone}"}  # fmt: skip
        assert office.post(add_url(Resident), typed).status_code == 302


def everywhere(office: Client, rows: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> int:
    """Send numbers to every address there is, as words of a form and of the address, and have pages break on them."""
    person, asked = Resident.objects.latest("pk"), 0
    name, id_number, phone = rows[0]
    words = {
        "q": phone, "find": "1", "term": id_number, "name": name, "phone": phone, "id_number": id_number, "reason": phone,
        "username": phone, "password": id_number, "notes": phone, "building": id_number, "resident": id_number,
        "community": phone, "file": phone, "account": phone, "old": phone, "again": id_number, "post": phone,
    }  # fmt: skip
    filled = {"pk": person.pk, "object_id": person.pk, "uid": person.uid, "kind": "care", "step": "confirm",
              "app_label": "visits", "url": "x/", "pk2": 0}  # fmt: skip
    for address in addresses():
        try:
            url = address.at(**filled)
        except StopIteration:
            continue  # an address whose parts nobody has told us
        if "logout" in url or "sign-out" in url:
            continue
        office.get(f"{url}?phone__startswith={phone}&q={id_number}")
        office.post(url, words)
        asked += 2
    for odd in (f"/people/{id_number}/", f"/admin/residents/resident/{phone}/change/", f"/m/people/{phone}/"):
        office.get(odd)

    def break_on(*args: Any, **options: Any) -> None:
        raise ValueError(f"Key (id_number, phone)=({id_number}, {phone}) already exists")

    for where in ("visits.admin.resident.resident_change", "visits.admin.resident.resident_create"):
        monkeypatch.setattr(where, break_on)
    for url in (add_url(Resident), object_url(person)):
        typed = {
            "building": person.household.building_id,
            "name": name,
            "phone": phone,
            "id_number": id_number,
        }
        assert office.post(url, typed).status_code == 500
    return asked + 2


def test_it_works(
    log: io.StringIO, temporary: Path, messages: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = community(staffed=False)
    office = Client(raise_request_exception=False)
    office.cookies = signed_in(clerk(ours.place)).cookies
    rows = people(ROSTER + TYPED)
    by_roster(office, ours.building, rows[:ROSTER])
    by_form(office, ours.building, rows[ROSTER:])
    stored = {(row.id_number, row.phone) for row in Resident.objects.filter(community=ours.place)}
    assert stored == {(id_number, phone) for _, id_number, phone in rows}  # they did go in
    assert len(stored) * 2 == 1000
    assert everywhere(office, rows, monkeypatch) > 300
    assert office.get(list_url(Resident)).status_code == 200
    found = {
        "dump": numbers_in(dump()),
        "messages": numbers_in("".join(messages).encode()),
        "mail": numbers_in("".join(f"{one.subject}{one.body}" for one in mail.outbox).encode()),
        "files": numbers_in(files_below(temporary, settings.HOME)),
        "log": numbers_in(log.getvalue().encode()),
    }
    assert {where: sorted(numbers)[:5] for where, numbers in found.items() if numbers} == {}
    assert "Internal Server Error" in log.getvalue()  # errors were forced, and logged
    assert "builtins.ValueError" in log.getvalue()


def test_what_is_typed_into_a_search_is_sealed(log: io.StringIO) -> None:
    """Sessions lie in the database, readable by whoever reads it."""
    ours = community(staffed=False)
    office = signed_in(clerk(ours.place))
    number = WORDS.new_phone()
    assert office.post(list_url(Resident), {"q": number, "find": "1"}, follow=True).status_code == 200
    kept = repr(dict(office.session.items()))
    assert number not in kept
    assert number.encode() not in dump()


def test_a_number_in_the_clear_is_found() -> None:
    """The search itself: a number in a plain column shows in the dump."""
    with connection.cursor() as cursor:  # no column of ours takes one any more
        cursor.execute(
            "CREATE TEMPORARY TABLE planted AS SELECT %s::text AS words", [f"电话 {WORDS.new_phone()}"]
        )
    assert len(numbers_in(dump())) == 1
