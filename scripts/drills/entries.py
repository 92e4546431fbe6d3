"""Every entry that a phone has been told is stored is one row, whatever was killed and whatever answers were lost.

Run: .venv/bin/python scripts/drills/entries.py [--entries 300] [--kills 10] [--lost 0.1] [--phones 4] [--seed 1]

A portal is served by gunicorn with two workers. `--phones` send `--entries` visits between them, each entry again and again
until it is acknowledged, as the queue of the phone does; of each hundred answers some (`--lost`) are never read: the phone hangs
up after it has sent. Meanwhile `--kills` times a worker, gunicorn itself or a backend of PostgreSQL gets kill -9; gunicorn is
started again, as systemd would. In the end there must be one entry and one visit for each acknowledged uid, and no other.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from stage import asked, backends_of, children_of, ended, fail, killed, say, stage, started, wait_until

PEOPLE = 400  # who are visited in turn; histories stay short
PATIENCE = 60  # seconds after which a request is given up and sent again
TARGETS = {"worker": 6, "gunicorn": 2, "backend": 2}  # how often each in ten


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--entries", type=int, default=300)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--lost", type=float, default=0.1, help="share of the answers that are never read")
    parser.add_argument("--phones", type=int, default=4, help="how many send at once")
    parser.add_argument("--seed", type=int, default=1)
    asked_for = parser.parse_args()
    with stage():
        _drill(asked_for)


def _drill(asked_for: argparse.Namespace) -> None:
    cookie, residents = _portal_with_people()
    entries = [_visit_of(residents[number % len(residents)]) for number in range(asked_for.entries)]
    web = Web()
    try:
        phone = Phone(web.port, cookie, asked_for.lost, random.Random(asked_for.seed))  # noqa: S311 - a drill
        fire = threading.Thread(target=_kill_meanwhile, args=(web, phone, asked_for), daemon=True)
        began = time.monotonic()
        fire.start()
        with ThreadPoolExecutor(asked_for.phones) as phones:
            list(phones.map(phone.send_until_acknowledged, entries))
        seconds = time.monotonic() - began
        web.is_over.set()
        fire.join()
    finally:
        web.end()
    told = ", ".join(f"{count} {target}" for target, count in sorted(web.killed.items()))
    answers = ", ".join(f"{count} × {what}" for what, count in sorted(phone.answers.items()))
    say(
        f"{len(phone.acknowledged):,} acknowledged in {seconds:.0f} s; killed: {told or 'nothing'}; {answers}"
    )
    if web.killed.total() < asked_for.kills:
        fail(f"all was sent after {web.killed.total()} kills; ask for more entries")
    _compare(entries, phone.acknowledged)


def _portal_with_people() -> tuple[str, list[int]]:
    """Fill the database with PEOPLE under care; return a session's cookie of who answers for them, and their ids."""
    from datetime import timedelta

    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import connection
    from django.utils import timezone

    from baibuting.common.days import local_day
    from cadres.choices import Post
    from tests.duties.bulk import people_under_care
    from tests.factories import community, user

    started_at = timezone.now() - timedelta(days=2)
    home = community()
    records = people_under_care(home, PEOPLE, started_on=local_day(started_at), now=started_at)
    secretary = home.holder(home.place, Post.COMMITTEE_SECRETARY)
    secretary.user = user("secretary")
    secretary.save(update_fields=["user"])
    store = SessionStore()
    store[SESSION_KEY] = str(secretary.user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = secretary.user.get_session_auth_hash()
    store.create()
    connection.close()
    return str(store.session_key), [record.resident_id for record in records]


def _visit_of(resident_id: int) -> dict[str, Any]:
    """Return a visit as the phone's queue sends it."""
    from django.utils import timezone

    fields = {"resident": str(resident_id), "method": "home", "seen": "yes", "when": "now", "help": ""}
    made_at = timezone.now().isoformat()
    return {"uid": str(uuid4()), "kind": "visit", "fields": fields, "made_at": made_at}


class Web:
    """gunicorn as `make run` starts it, started again whenever it was killed."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.killed: Counter[str] = Counter()
        self.is_over = threading.Event()
        self.process = self._start()
        wait_until(self._answers, seconds=120, what="the portal")

    def _start(self) -> subprocess.Popen[bytes]:
        return started(
            [sys.executable, "-m", "gunicorn", "baibuting.wsgi", "--bind", f"127.0.0.1:{self.port}",
             "--workers", "2", "--timeout", "120", "--log-level", "warning", "--no-control-socket"]
        )  # fmt: skip

    def _answers(self) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/m/session/")
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False

    def kill(self, chance: random.Random) -> None:
        """Kill something at random, and start gunicorn again where it was that."""
        (target,) = chance.choices(list(TARGETS), weights=list(TARGETS.values()))
        found = {
            "worker": lambda: children_of(self.process.pid),
            "gunicorn": lambda: [self.process.pid],
            "backend": lambda: backends_of("baibuting"),
        }[target]()
        if found and killed(chance.choice(found)):
            self.killed[target] += 1
        if target == "gunicorn":
            ended(self.process)  # the workers with it: the new one needs the port
            self.process = self._start()
            wait_until(self._answers, seconds=120, what="the portal after it was killed")

    def end(self) -> None:
        ended(self.process)


def _kill_meanwhile(web: Web, phone: Phone, asked_for: argparse.Namespace) -> None:
    """Spread the kills over the entries: one whenever another share of them is acknowledged."""
    chance = random.Random(asked_for.seed + 1)  # noqa: S311 - a drill
    while web.killed.total() < asked_for.kills and not web.is_over.is_set():
        if len(phone.acknowledged) * (asked_for.kills + 1) >= (web.killed.total() + 1) * asked_for.entries:
            web.kill(chance)
        time.sleep(chance.uniform(0, 0.2))


@dataclass
class Phone:
    """What sends entries; `acknowledged` are the uids that the portal said it has."""

    port: int
    cookie: str
    lost: float
    chance: random.Random
    token: str = ""
    acknowledged: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        answer, said = self._exchange("GET", "/m/session/", None, {})
        self.token = said["csrf"]
        self.cookie += "; " + answer.headers["Set-Cookie"].split(";")[0]

    def send_until_acknowledged(self, entry: dict[str, Any]) -> None:
        while entry["uid"] not in self.acknowledged:
            what = self._send(entry)
            self.answers[what] += 1
            if what.startswith("answer 4"):
                fail(f"an entry was refused: {what}")
            if entry["uid"] not in self.acknowledged:
                time.sleep(0.3)

    def _send(self, entry: dict[str, Any]) -> str:
        """Send an entry once; return what came of it."""
        headers = {"Content-Type": "application/json", "X-CSRFToken": self.token}
        is_lost = self.chance.random() < self.lost
        try:
            answer, said = self._exchange("POST", "/m/submit/", json.dumps(entry), headers, is_lost=is_lost)
        except LostError:
            return "answer never read"
        except (OSError, http.client.HTTPException):
            return "nobody there"
        if answer.status in (http.HTTPStatus.OK, http.HTTPStatus.CREATED) and said.get("state") == "stored":
            self.acknowledged.add(entry["uid"])
        return f"answer {answer.status}"

    def _exchange(
        self, method: str, path: str, body: str | None, headers: dict[str, str], *, is_lost: bool = False
    ) -> tuple[http.client.HTTPResponse, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, {"Cookie": f"sessionid={self.cookie}", **headers})
            if is_lost:
                time.sleep(self.chance.uniform(0, 0.3))
                raise LostError
            answer = connection.getresponse()
            text = answer.read()
            is_ours = "json" in answer.headers.get("Content-Type", "")
            return answer, json.loads(text) if is_ours else {}
        finally:
            connection.close()


class LostError(Exception):
    """The phone has hung up before the answer came."""


def _compare(entries: list[dict[str, Any]], acknowledged: set[str]) -> None:
    uids = {entry["uid"] for entry in entries}
    if acknowledged != uids:
        fail(f"{len(uids - acknowledged)} entries were never acknowledged")
    for what, sql in (
        ("entries", "SELECT entry_uid::text FROM phone_submission"),
        ("visits", "SELECT uid::text FROM visits_visit WHERE voided_at IS NULL"),
    ):
        rows = [uid for (uid,) in asked(sql, database="baibuting")]
        lost, more = len(uids - set(rows)), len(rows) - len(uids & set(rows))
        if lost or more:
            fail(f"{what}: {lost} lost, {more} too many of {len(uids)}")
        say(f"{what}: {len(rows):,} rows for {len(uids):,} acknowledged uids")
    say("PASSED: nothing lost, nothing doubled")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the stage is taken down
    main()
