"""While PostgreSQL is away every channel says 503 in its own words, and when to come back; nothing is stored by halves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Never

import pytest
from django.db import DataError, InterfaceError, OperationalError, connection
from django.test import Client

from accounts.models import User
from phone.models import Submission
from tests.api.callers import caller
from tests.factories import clerk, community
from tests.pages import signed_in

pytestmark = pytest.mark.django_db
FAILURES = (OperationalError, InterfaceError)


@contextmanager
def failing(failure: type[Exception]) -> Iterator[None]:
    """No statement comes to anything. The words are PostgreSQL's and would name people."""

    def refuse(*_: Any) -> Never:
        raise failure("server closed the connection: Key (name)=(王秀英)")

    with connection.execute_wrapper(refuse):
        yield


def quiet(client: Client) -> Client:
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("path", ["/", "/admin/", "/login/", "/m/", "/m/sign-in/", "/duties/"])
def test_it_works(path: str, failure: type[Exception]) -> None:
    """Wherever it happens: in the view, or while the session is read."""
    office = quiet(signed_in(clerk(community(staffed=False).place)))
    with failing(failure):
        answer = office.get(path)
    words = answer.content.decode()
    assert answer.status_code == 503
    assert answer["Retry-After"] == "30"
    assert answer["Cache-Control"] == "no-store"
    assert "系统暂时用不了" in words
    assert f'href="{path}"' in words
    assert "王秀英" not in words
    assert office.get(path).status_code != 503


def test_a_form_is_sent_again_by_reloading() -> None:
    with failing(OperationalError):
        answer = quiet(Client()).post("/login/", {"username": "lee", "password": "x"})
    assert answer.status_code == 503
    assert "重新提交" in answer.content.decode()
    assert "再试一次" not in answer.content.decode()


def test_a_phone_gets_json_and_keeps_its_entry() -> None:
    phone = quiet(signed_in(clerk(community(staffed=False).place)))
    with failing(OperationalError):
        answer = phone.post(
            "/m/submit/", json.dumps({"uid": "x"}), content_type="application/json", headers={"Accept": "*/*"}
        )
    assert answer.status_code == 503
    assert answer["Retry-After"] == "30"
    assert answer.json() == {"detail": "系统暂时用不了，请过半分钟再试。"}
    assert not Submission.objects.exists()


def test_a_program_gets_a_problem(now: datetime, caplog: pytest.LogCaptureFixture) -> None:
    program = caller(community(staffed=False).place, now=now)
    with failing(OperationalError):
        answer = program.get("duties/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "30"
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "unavailable"
    assert "Retry-After" in answer.json()["detail"]
    assert "did not answer" in caplog.text


def test_what_is_a_fault_of_ours_stays_one() -> None:
    with failing(DataError):
        answer = quiet(Client()).get("/login/")
    assert answer.status_code == 500
    assert "系统出了问题" in answer.content.decode()
    assert "Retry-After" not in answer


@pytest.mark.django_db(transaction=True)
def test_a_server_that_nobody_finds_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not User.objects.exists()
    with monkeypatch.context() as patch:
        connection.close()
        patch.setitem(connection.settings_dict, "HOST", "/nonexistent")
        answer = quiet(Client()).get("/login/")
        connection.close()
    assert answer.status_code == 503
    assert "nonexistent" not in answer.content.decode()
