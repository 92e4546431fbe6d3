"""What the tests of the import pages have in common."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from rosters.models import ImportRun
from rosters.runner import IMPORTS
from rosters.services import import_run_open
from tests.common.books import xlsx
from tests.factories import clerk, community

HEADER = ["苑区", "片区", "楼栋", "户数"]
# the standing community has 怡康苑 第一片区 101栋 and 102栋
ROWS = [["怡康苑", "第一片区", "101栋", 40], ["", "", "109栋", 50], ["", "", "", 3]]


def places(rows: Sequence[Sequence[Any]] = ROWS, header: Sequence[str] = HEADER) -> bytes:
    """A list of buildings: one there already, one new, one without a name."""
    return xlsx([header, *rows], name="楼栋清单")


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def send(client: Client, data: bytes, kind: str = "places", name: str = "清单.xlsx", **form: Any) -> Any:
    """Upload a file on the page of its kind; `form` holds the community."""
    file = SimpleUploadedFile(name, data)
    return client.post(reverse("rosters:upload", args=[kind]), {"file": file, **form})


def work(now: datetime) -> int:
    """What the worker does with all that waits."""
    return IMPORTS.work(read_clock=lambda: now)


def opened(data: bytes, now: datetime) -> ImportRun:
    """A file that waits to be checked, in a community of its own."""
    place = community(staffed=False).place
    person = clerk(place)
    return import_run_open(
        kind="places",
        community=place,
        community_name=place.name,
        data=data,
        file_name="清单.xlsx",
        user=person,
        now=now,
    )


def checked(client: Client, data: bytes, now: datetime, **options: Any) -> ImportRun:
    """A file that was uploaded and checked."""
    assert send(client, data, **options).status_code == 302
    work(now)
    return ImportRun.objects.latest("pk")


def step(client: Client, run: ImportRun, name: str) -> Any:
    return client.post(reverse("rosters:step", args=[run.uid, name]))


def page(client: Client, run: ImportRun) -> str:
    """The run's page as text."""
    response = client.get(reverse("rosters:run", args=[run.uid]))
    assert response.status_code == 200
    return response.content.decode()
