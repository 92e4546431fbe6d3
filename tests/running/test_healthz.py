"""/healthz tells whether the database is there and the sweep alive, and nothing about anybody."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from baibuting.healthz import health
from duties.models import SweepRun

pytestmark = pytest.mark.django_db


def swept(finished_at: datetime | None, started_at: datetime | None = None) -> SweepRun:
    started_at = started_at or finished_at or timezone.now()
    return SweepRun.objects.create(now=started_at, started_at=started_at, finished_at=finished_at)


def test_it_works(client: Client) -> None:
    swept(timezone.now() - timedelta(seconds=30))
    answer = client.get("/healthz")
    assert answer.status_code == 200
    body = answer.json()
    assert body.pop("sweep_age_seconds") in range(30, 40)
    assert body == {"status": "ok", "database": "ok", "sweep_stale_after": 300}
    assert "no-cache" in answer["Cache-Control"]


def test_a_stale_sweep_is_503(client: Client) -> None:
    swept(timezone.now() - timedelta(seconds=301))
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "sweep_stale"
    assert answer.json()["sweep_age_seconds"] >= 301


def test_a_sweep_that_never_ends_does_not_count(client: Client) -> None:
    swept(timezone.now() - timedelta(seconds=400))
    swept(None, started_at=timezone.now())
    assert client.get("/healthz").status_code == 503


def test_staleness_is_to_the_second(now: datetime) -> None:
    swept(now)
    assert health(now=now + timedelta(seconds=300), running_for=9999)["status"] == "ok"
    assert health(now=now + timedelta(seconds=301), running_for=0)["status"] == "sweep_stale"


def test_before_the_first_sweep_there_is_a_grace(now: datetime) -> None:
    assert health(now=now, running_for=300)["status"] == "starting"
    assert health(now=now, running_for=301)["status"] == "sweep_stale"


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


def test_only_reading(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
