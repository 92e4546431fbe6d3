"""/healthz tells whether the database is there and the sweep alive, and nothing about anybody."""

from __future__ import annotations

import socket
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from baibuting import healthz
from baibuting.healthz import health
from duties.models import SweepRun, WriteProbe

pytestmark = pytest.mark.django_db


def swept(finished_at: datetime | None, started_at: datetime | None = None) -> SweepRun:
    started_at = started_at or finished_at or timezone.now()
    return SweepRun.objects.create(
        now=started_at, started_at=started_at, progress_at=finished_at, finished_at=finished_at
    )


def statements(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text)


def test_it_works(client: Client) -> None:
    swept(timezone.now() - timedelta(seconds=30))
    answer = client.get("/healthz")
    assert answer.status_code == 200
    body = answer.json()
    assert body.pop("sweep_age_seconds") in range(30, 40)
    assert body == {"status": "ok", "database": "ok", "sweep_stale_after": 180}
    assert "no-cache" in answer["Cache-Control"]


def test_a_stale_sweep_is_503(client: Client) -> None:
    swept(timezone.now() - timedelta(seconds=181))
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "sweep_stale"
    assert answer.json()["sweep_age_seconds"] >= 181


def test_a_sweep_that_never_ends_does_not_count(client: Client) -> None:
    swept(timezone.now() - timedelta(seconds=400))
    swept(None, started_at=timezone.now())
    assert client.get("/healthz").status_code == 503


def test_staleness_is_to_the_second(now: datetime) -> None:
    swept(now)
    assert health(now=now + timedelta(seconds=180), running_for=9999)["status"] == "ok"
    assert health(now=now + timedelta(seconds=181), running_for=0)["status"] == "sweep_stale"


def test_before_the_first_sweep_there_is_a_grace(now: datetime) -> None:
    assert health(now=now, running_for=180)["status"] == "starting"
    assert health(now=now, running_for=181)["status"] == "sweep_stale"


def test_never_swept_is_503_after_the_grace(client: Client, settings: Settings) -> None:
    settings.STARTED_AT = time.time()
    assert client.get("/healthz").status_code == 200
    settings.STARTED_AT -= 3600
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["sweep_age_seconds"] is None


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_gone_is_503(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        connection.close()
        patch.setitem(connection.settings_dict, "HOST", "/nonexistent")
        answer = client.get("/healthz")
        connection.close()
    assert answer.status_code == 503
    assert answer.json()["status"] == "database_gone"
    assert "nonexistent" not in answer.content.decode()


@pytest.mark.parametrize("address", ["/healthz", "/livez"])
def test_only_reading(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405


def test_a_long_sweep_is_not_stale_while_it_gets_on(now: datetime) -> None:
    """50,000 at once take minutes: each batch is a sign of life, and being under way alone is none."""
    run = swept(None, started_at=now - timedelta(seconds=900))
    assert health(now=now, running_for=9999)["status"] == "sweep_stale"
    run.progress_at = now - timedelta(seconds=5)
    run.save()
    assert health(now=now, running_for=9999)["status"] == "ok"


def test_a_sweep_dated_ahead_does_not_hide_a_stale_one(now: datetime) -> None:
    """What a clock a year ahead has written would else be young for a year."""
    swept(now + timedelta(days=365))
    assert health(now=now, running_for=9999)["status"] == "sweep_stale"
    swept(now - timedelta(seconds=30))
    assert health(now=now, running_for=9999)["sweep_age_seconds"] == 30


def test_clocks_that_contradict_each_other_are_named(now: datetime) -> None:
    swept(now - timedelta(seconds=181))
    SweepRun.objects.create(now=now, started_at=now, is_refused=True, clock_ahead=86_400)
    assert health(now=now, running_for=9999)["status"] == "clocks_differ"


def test_while_the_last_sweep_is_young_a_refused_one_is_no_alarm(now: datetime) -> None:
    swept(now - timedelta(seconds=60))
    SweepRun.objects.create(now=now, started_at=now, is_refused=True, clock_ahead=86_400)
    assert health(now=now, running_for=9999)["status"] == "ok"


@pytest.mark.django_db(transaction=True)
def test_a_database_that_cannot_write_is_503(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """As on a full disk: it reads, and it refuses a row."""
    swept(timezone.now())
    statements(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;"
        "CREATE TRIGGER full_disk BEFORE INSERT ON duties_writeprobe EXECUTE FUNCTION full_disk()"
    )
    try:
        answer = client.get("/healthz")
    finally:
        statements("DROP FUNCTION full_disk CASCADE")
    assert (answer.status_code, answer.json()["status"]) == (503, "database_cannot_write")
    assert "DiskFull" in caplog.text
    assert "could not extend" not in caplog.text + answer.content.decode()
    assert client.get("/healthz").status_code == 200


def test_it_leaves_nothing_behind() -> None:
    health(now=timezone.now(), running_for=0)
    assert not WriteProbe.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size('duties_writeprobe') > 0")
        assert cursor.fetchone() == (True,), "the row has never been written"


def test_a_database_that_hangs_is_503_within_three_seconds(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stopped server's kernel takes the connection and says nothing; no time-out of the server's own helps."""
    swept(timezone.now())
    with socket.create_server(("127.0.0.1", 0)) as silent, monkeypatch.context() as patch:
        patch.setattr(
            connection, "get_connection_params",
            lambda: {"host": "127.0.0.1", "port": silent.getsockname()[1], "dbname": "nobody", "user": "nobody"},
        )  # fmt: skip
        patch.setattr(healthz, "PATIENCE", 0.3)
        begun = time.monotonic()
        answer = client.get("/healthz")
        assert time.monotonic() - begun < 1
    assert (answer.status_code, answer.json()["status"]) == (503, "database_gone")
    assert healthz.PATIENCE < 3


@pytest.mark.django_db(databases=[])
def test_whoever_asks_whether_it_lives_needs_no_database(client: Client) -> None:
    """Not even where a browser sends its session along."""
    client.cookies["sessionid"] = "somebody"
    answer = client.get("/livez")
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert "no-cache" in answer["Cache-Control"]


def test_no_session_is_asked_for(client: Client, django_assert_num_queries: Any) -> None:
    client.cookies["sessionid"] = "somebody"
    swept(timezone.now())
    with django_assert_num_queries(2):
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("address", ["/healthz", "/livez"])
def test_inside_the_machine_it_speaks_plain_http(client: Client, settings: Settings, address: str) -> None:
    settings.SECURE_SSL_REDIRECT = True
    swept(timezone.now())
    assert client.get(address).status_code == 200
    assert client.get("/").status_code == 301
