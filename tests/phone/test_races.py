"""Posts at once against real web workers: each entry is one row, whatever else arrives in the same moment."""

from __future__ import annotations

import json
import random
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from baibuting.common.entries import entry_hash
from phone.models import Submission
from tests.phone.entries import visit_of
from tests.phone.live import building_head, served
from visits.models import Visit

pytestmark = pytest.mark.django_db(transaction=True)


def session_of(account: Any) -> str:
    store = SessionStore()
    store[SESSION_KEY] = str(account.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = account.get_session_auth_hash()
    store.create()
    return str(store.session_key)


class Poster:
    """What a phone sends, without a browser."""

    def __init__(self, address: str, cookie: str) -> None:
        self.address = address
        self.cookie = f"sessionid={cookie}"
        with urllib.request.urlopen(self._request("/m/session/"), timeout=30) as answer:  # noqa: S310 - our own
            self.token = json.loads(answer.read())["csrf"]
            self.cookie += "; " + answer.headers["Set-Cookie"].split(";")[0]

    def _request(self, path: str, body: bytes | None = None, **headers: str) -> urllib.request.Request:
        return urllib.request.Request(self.address + path, body, {"Cookie": self.cookie, **headers})  # noqa: S310

    def post(self, entry: dict[str, Any]) -> tuple[int, str]:
        headers = {"Content-Type": "application/json", "X-CSRFToken": self.token}
        request = self._request("/m/submit/", json.dumps(entry).encode(), **headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own
                status, body = answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refusal:
            status, body = refusal.code, json.loads(refusal.read())
        assert body["hash"] == entry_hash(entry)
        return status, body["state"]


def test_fifty_posts_of_twenty_entries() -> None:
    _, account, records = building_head(20)
    entries = [visit_of(record.resident, None) for record in records]
    for entry in entries:
        entry["made_at"] = records[0].created_at.isoformat()
    posts = [*entries, *random.choices(entries, k=30)]
    random.shuffle(posts)
    with served() as address, ThreadPoolExecutor(16) as pool:
        poster = Poster(address, session_of(account))
        answers = list(pool.map(poster.post, posts))
    assert sorted(answers) == [(200, "stored")] * 30 + [(201, "stored")] * 20
    visits = Visit.objects.filter(origin="phone")
    assert visits.count() == Submission.objects.count() == 20
    assert {str(uid) for uid in visits.values_list("uid", flat=True)} == {entry["uid"] for entry in entries}


def test_two_bodies_under_one_uid_at_once() -> None:
    _, account, records = building_head(1)
    entry = visit_of(records[0].resident, records[0].created_at)
    other = {**entry, "fields": {**entry["fields"], "seen": "no"}}
    with served() as address, ThreadPoolExecutor(8) as pool:
        poster = Poster(address, session_of(account))
        answers = list(pool.map(poster.post, [entry, other] * 8))
    assert Visit.objects.filter(origin="phone").count() == 1
    assert Submission.objects.count() == 2
    assert sorted(answers).count((201, "stored")) == 1
    assert sorted(answers).count((409, "conflict")) == 8
    assert sorted(answers).count((200, "stored")) == 7
