"""`load_demo` twice: the same seed and day give the same facts; a community that is there is not loaded over."""

from __future__ import annotations

import io
from datetime import datetime
from functools import cache
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client

from accounts.models import User
from buildings.models import Place
from cadres.models import Appointment
from demo.load import NAME, demo_load
from demo.sign_ins import USERNAMES
from duties.models import Duty, DutyEvent
from residents.models import CareRecord
from tests.factories import community, moment, user
from visits.models import Visit

pytestmark = pytest.mark.django_db

NOW = moment("2026-11-23T09:00")
FACTS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "posts": (Appointment, ("place__name", "post", "cadre__name", "started_on", "ended_on")),
    "records": (CareRecord, ("resident__name", "category__code", "started_on", "ended_on", "created_at")),
    "visits": (Visit, ("resident__name", "visited_at", "received_at", "visitor__name", "method", "seen")),
    "duties": (Duty, ("place__name", "kind", "opened_on", "due_on", "outcome", "rung", "created_at")),
    "events": (DutyEvent, ("duty__place__name", "kind", "rung", "told_cadre__name", "recorded_at")),
}


@pytest.fixture(autouse=True)
def _three_weeks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough to compare, and quick."""
    monkeypatch.setattr("demo.load.DAYS", 21)


def load_aside(*, seed: int = 1, now: datetime = NOW) -> dict[str, list[tuple[Any, ...]]]:
    """Everything a load into an empty database writes, as plain values without ids; the load is taken back."""
    with transaction.atomic():
        demo_load(residents=20, seed=seed, now=now)
        found = {
            name: sorted(model.objects.values_list(*columns), key=str)
            for name, (model, columns) in FACTS.items()
        }
        transaction.set_rollback(True)
    return found


loaded = cache(load_aside)  # what is only compared with need not be loaded twice


def test_it_works() -> None:
    first, second = load_aside(), load_aside()
    assert all(first.values())
    assert first == second


def test_another_seed_gives_other_people() -> None:
    first, second = loaded(), load_aside(seed=2)
    assert first["records"] != second["records"]


def test_later_on_the_same_day_only_adds() -> None:
    morning, evening = loaded(), load_aside(now=moment("2026-11-23T22:00"))
    assert morning["posts"] == evening["posts"]
    assert morning["records"] == evening["records"]
    assert set(morning["visits"]) < set(evening["visits"])


@pytest.mark.parametrize("taken", [NAME, USERNAMES[0]])
def test_it_refuses_what_is_there_already(taken: str) -> None:
    if taken == NAME:
        community(NAME)
    else:
        user(taken)
    before = Place.objects.count(), User.objects.count()
    with pytest.raises(CommandError, match=taken):
        call_command("load_demo", stdout=io.StringIO())
    assert (Place.objects.count(), User.objects.count()) == before


def test_it_refuses_too_few_people() -> None:
    with pytest.raises(CommandError, match="至少要有 13 位居民"):
        call_command("load_demo", "--residents", "5", stdout=io.StringIO())
    assert Place.objects.count() == 0


def test_the_command_prints_what_to_type() -> None:
    said = io.StringIO()
    call_command("load_demo", "--residents", "15", stdout=said)
    lines = said.getvalue().splitlines()
    accounts = lines[2 : 2 + len(USERNAMES)]
    assert [line.split()[0] for line in accounts] == list(USERNAMES)
    passwords = [line.split()[1] for line in accounts]
    assert len(set(passwords)) == len(USERNAMES)
    for username, password in zip(USERNAMES, passwords, strict=True):
        assert User.objects.get(username=username).check_password(password)
    headers = {"Authorization": f"Bearer {lines[-1].strip()}"}
    figures = Client().get("/api/v1/stats/", headers=headers).json()
    assert figures["rows"][0]["name"] == NAME
