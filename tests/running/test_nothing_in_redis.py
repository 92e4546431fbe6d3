"""A thousand numbers go in over a real Redis and a real worker; none is in what Redis was sent, holds or writes to its disk,
nor in what the worker says, errors included.

Messages are base64 inside JSON: what is looked through is unpacked first, and the dump is written without compression.
"""

from __future__ import annotations

import base64
import binascii
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import Celery
from django.conf import settings
from django.db import connection
from django.test import Client

from residents.models import Resident
from rosters.choices import State
from rosters.models import ImportRun
from tests.common.books import xlsx
from tests.factories import Community, clerk, community
from tests.pages import signed_in
from tests.privacy.test_nothing_in_the_clear import WORDS, everywhere, files_below, numbers_in, people
from tests.processes import REPOSITORY, environment
from tests.rosters.uploads import send, step

pytestmark = [pytest.mark.needs_redis, pytest.mark.django_db(transaction=True)]
PEOPLE = 500  # two numbers each
PACKED = re.compile(rb"[A-Za-z0-9+/]{16,}={0,2}")
# a database's complaint quotes the row
COMPLAINT = """
create function complain() returns trigger language plpgsql as $$
begin raise exception 'Key (name, id_number, phone)=(%s, %s, %s) already exists'; end $$;
create trigger complain before insert on {table} for each row execute function complain();
"""


@dataclass
class Broker:
    """A Redis of this test's own, with everything that was ever sent to it."""

    url: str
    port: int
    folder: Path
    sent: list[bytes] = field(default_factory=list)

    @property
    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port)

    def everything(self) -> bytes:
        """What was sent, what it holds, and its dump; messages unpacked."""
        client = self.client
        client.save()
        held = [client.dump(key) or b"" for key in client.scan_iter()]
        return unpacked(b"\n".join([*self.sent, *held, (self.folder / "dump.rdb").read_bytes()]))

    def listen(self) -> None:
        patient = redis.Redis(port=self.port, socket_timeout=None)
        with suppress(redis.ConnectionError, ValueError), patient.monitor() as monitor:
            for command in monitor.listen():
                self.sent.append(command["command"].encode())


def unpacked(data: bytes) -> bytes:
    """The bytes, and whatever base64 is among them in the clear."""
    parts = [data]
    for found in PACKED.findall(data):
        with suppress(binascii.Error):
            parts.append(base64.b64decode(found + b"=" * (-len(found) % 4)))
    return b"\n".join(parts)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {"port": port, "bind": "127.0.0.1", "save": "", "dir": tmp_path, "rdbcompression": "no"}
    command = [
        "redis-server",
        *(str(part) for name, value in options.items() for part in (f"--{name}", value)),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    made = Broker(f"redis://127.0.0.1:{port}/0", port, tmp_path)
    try:
        wait_until(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0, 10)
        listener = threading.Thread(target=made.listen, daemon=True)
        listener.start()
        yield made
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def worker(broker: Broker) -> Iterator[Path]:
    """A worker; gives the file that has all it says."""
    said = broker.folder / "worker.log"
    with said.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "--app", "baibuting", "worker", "--concurrency", "1", "--loglevel", "INFO"],
            env=environment(REDIS_URL=broker.url), cwd=REPOSITORY, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            yield said
        finally:
            process.terminate()
            process.wait(30)


def wait_until(true: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.1)


@contextmanager
def complaining(table: str, words: tuple[str, str, str]) -> Iterator[None]:
    """The database refuses every new row, and says why."""
    with connection.cursor() as cursor:
        cursor.execute((COMPLAINT % words).format(table=table))
        try:
            yield
        finally:
            cursor.execute("drop function complain() cascade")


def reaches(run: ImportRun, state: str) -> Callable[[], bool]:
    def reached() -> bool:
        run.refresh_from_db()
        return run.state == state

    return reached


def upload(office: Client, ours: Community, rows: list[list[str]]) -> ImportRun:
    head = ["姓名", "身份证号", "联系电话", "苑区", "片区", "楼栋", "室"]
    place = ours.building
    where = [place.parent.parent.name, place.parent.name, place.name]
    book = xlsx([head, *([*row, *where, str(100 + at)] for at, row in enumerate(rows))])
    assert send(office, book, kind="residents").status_code == 302
    return ImportRun.objects.latest("pk")


def test_it_works(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    bell = Celery(broker=broker.url, set_as_current=False)
    monkeypatch.setattr("celery.current_app.send_task", bell.send_task)
    ours = community(staffed=False)
    office = Client(raise_request_exception=False)
    office.cookies = signed_in(clerk(ours.place)).cookies
    rows = people(PEOPLE)
    words: Any = tuple(rows[0])
    with worker(broker) as said:
        run = upload(office, ours, rows)
        wait_until(reaches(run, State.READY), 90)
        assert step(office, run, "confirm").status_code == 302
        wait_until(reaches(run, State.DONE), 90)
        assert run.created == PEOPLE
        with complaining("residents_resident", words):
            wait_until(reaches(upload(office, ours, people(3)), State.INTERRUPTED), 90)
        with complaining("duties_sweeprun", words):
            bell.send_task("duties.sweep_duties", ignore_result=True)
            wait_until(
                lambda: b"duties.sweep_duties" in said.read_bytes() and b"raised" in said.read_bytes(), 90
            )
    assert everywhere(office, rows, monkeypatch) > 300  # with nobody there to take what is rung for
    upload(office, ours, people(3))
    waiting = broker.client.llen("celery")
    held, log = broker.everything(), said.read_bytes()
    assert Resident.objects.filter(community=ours.place).count() >= PEOPLE
    assert waiting, "messages were left in the queue"
    assert b"rosters.run_imports" in held
    assert b"RaiseException" in log, "errors were forced, and logged"
    assert {where: sorted(numbers_in(data))[:5] for where, data in (
        ("redis", held), ("worker", log), ("files", files_below(settings.HOME)))} == {"redis": [], "worker": [], "files": []}  # fmt: skip
    for data in (held, log):
        assert WORDS.mark.encode() not in data, "nor anybody's name"


def test_a_number_in_a_message_is_found(broker: Broker) -> None:
    """The search itself: in what was sent, in what waits, in the dump."""
    number = WORDS.new_phone()
    Celery(broker=broker.url, set_as_current=False).send_task(
        "duties.sweep_duties", args=[number], ignore_result=True
    )
    wait_until(lambda: broker.client.llen("celery") == 1, 5)
    assert numbers_in(broker.everything()) == {number.encode()}
    packed = base64.b64encode(f'[["{number}"], {{}}, {{}}]'.encode())
    assert numbers_in(packed) == set()
    assert numbers_in(unpacked(b'{"body": "' + packed + b'"}')) == {number.encode()}
