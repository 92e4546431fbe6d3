"""Every number on the desk is the length of the list behind it and the interface's figure, today and on past days."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from baibuting.common.days import local_day, midnight
from buildings.choices import Level
from buildings.models import Place
from buildings.services import place_close
from cadres.choices import Post
from cadres.models import Appointment
from cadres.services import appointment_end, cover_start
from tests.api.callers import Caller, caller
from tests.api.test_changes_at_random import Life
from tests.desk.numbers import length, shown, told
from tests.duties.steps import sweep_at
from tests.factories import Community, care_record, clerk, community, moment
from tests.pages import signed_in, superuser
from tests.visits.people import account_of, stop_the_clock

pytestmark = pytest.mark.django_db
NOW = moment("2026-03-11T09:00")
FIGURES = ("due_today", "overdue", "incidents_running", "never_seen", "no_owner", "vacancies", "coming")
DAYS = 12


class Years(Life):
    """Random changes as days go by: people, visits, incidents, posts given up and covered, buildings closed."""

    def change(self) -> None:
        if self.chance.random() < 0.06:
            step = self.chance.choice([self.close_building, self.cover, self.leave_the_head])
            with suppress(ValidationError), transaction.atomic():  # what is refused is no change
                step()
        super().change()

    def close_building(self) -> None:
        place_close(place=Place.objects.get(pk=self.building().pk), closed_on=local_day(self.now))

    def cover(self) -> None:
        held = self.any(Appointment.objects.filter(ended_on=None))
        other = self.any(Appointment.objects.filter(ended_on=None).exclude(cadre=held.cadre_id))
        day = local_day(self.now)
        cover_start(appointment=held, stand_in=other.cadre, from_on=day, until_on=day + timedelta(days=3))

    def leave_the_head(self) -> None:
        """Whoever most duties hang on goes, and nobody follows."""
        held = self.any(Appointment.objects.filter(ended_on=None, post=Post.BUILDING_HEAD))
        appointment_end(appointment=held, ended_on=local_day(self.now), end_reason="resigned")


def lived(home: Community, seed: int) -> tuple[datetime, random.Random]:
    """Sixteen days of a community; returns the moment at which they end."""
    chance = random.Random(seed)
    life = Years(home, chance)
    for ahead in range(DAYS):
        life.now = midnight(NOW.date() + timedelta(days=ahead)) + timedelta(hours=7)
        for _ in range(chance.randint(2, 14)):
            life.change()
        life.now = midnight(NOW.date() + timedelta(days=ahead + 1)) - timedelta(minutes=5)
        if ahead == DAYS - 1:
            life.now -= timedelta(hours=10)
        sweep_at(life.now)
    return life.now, chance


@contextmanager
def undone() -> Iterator[None]:
    """Each example on a database of its own."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def the_api_says(asks: Caller, place: Place, day: date, **period: str) -> dict[str, Any]:
    level = Level(place.level).name.lower()
    rows = asks.get("stats/", {"level": level, "as_of": day.isoformat(), **period}).json()["rows"]
    return next(row for row in rows if row["place"] == place.pk)


def few(numbers: dict[str, tuple[int, str]]) -> dict[str, tuple[int, str]]:
    """Of the many numbers of one kind (weeks, buildings) the two greatest; of all others every one."""
    kinds: dict[str, list[str]] = {}
    for name in sorted(numbers, key=lambda name: -numbers[name][0]):
        kind = next((kind for kind in ("due in", "in time in", "ahead of") if name.startswith(kind)), name)
        kinds.setdefault(kind, []).append(name)
    return {name: numbers[name] for names in kinds.values() for name in names[:2]}


def check(client: Client, asks: Caller, place: Place, url: str, day: date) -> int:
    """Compare a page with its lists and with the interface; returns how much it had to say."""
    page = client.get(url).context
    numbers = told(page)
    differing = {
        name: (number, length(client, address))
        for name, (number, address) in few(numbers).items()
        if number != length(client, address)
    }
    assert differing == {}, url
    loads = client.get(page["load_url"]).context
    assert loads["total"] == sum(load.count for load in page["overview"].loads)
    assert loads["page"].paginator.count == page["load_buildings"]
    said = the_api_says(asks, place, day)
    assert {name: numbers[name][0] for name in FIGURES} == {name: said[name] for name in FIGURES}, url
    assert numbers["due_today, 已办"][0] == said["done_today"]
    by_rung = {row["rung"]: row["overdue"] for row in said["overdue_by_rung"]}
    names = ("责任人", "楼栋", "片区", "苑区", "社区")
    assert {at: numbers.get(f"overdue, {names[at]}", (0,))[0] for at in by_rung} == by_rung
    monday = day - timedelta(days=day.weekday() + 7)
    period = {"from": monday.isoformat(), "to": (monday + timedelta(days=6)).isoformat()}
    week = the_api_says(asks, place, day, **period)
    assert numbers[f"due in {monday}"][0] == week["due"] - week["cancelled"]
    assert numbers[f"in time in {monday}"][0] == week["in_time"]
    return sum(number for number, _ in numbers.values())


@settings(
    max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(seed=st.integers(0, 100_000))
def test_it_works(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with undone():
        home = community()
        stop_the_clock(monkeypatch, NOW)
        now, chance = lived(home, seed)
        stop_the_clock(monkeypatch, now)
        asks = caller(home.place, now=now)
        client = signed_in(clerk(home.place))
        secretary = account_of(home.holder(home.place, Post.COMMITTEE_SECRETARY), "secretary")
        place = Place.objects.get(pk=chance.choice([*home.quarters, *home.precincts, *home.buildings]).pk)
        today, past = local_day(now), local_day(now) - timedelta(days=chance.randint(1, DAYS))
        told = check(client, asks, home.place, "/", today)
        told += check(client, asks, home.place, f"/?as_of={past}", past)
        told += check(client, asks, place, f"/places/{place.pk}/", today)
        told += check(client, asks, place, f"/places/{place.pk}/?as_of={past}", past)
        if Appointment.objects.filter(cadre__user=secretary, ended_on=None).exists():
            told += check(signed_in(secretary), asks, home.place, "/", today)
        assume(told > 50)  # a life in which hardly anything happened proves little: take another


def test_whoever_sets_up_sees_every_community(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch, NOW)
    for name in ("百步亭社区", "隔壁社区"):
        home = community(name, staffed=False)
        care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    sweep_at(NOW)
    client = signed_in(superuser())
    numbers = shown(client, "/")
    assert (numbers["overdue"][0], numbers["no_owner"][0], numbers["vacancies"][0]) == (2, 2, 96)
    for name, (number, url) in numbers.items():
        assert length(client, url) == number, name
    # of one community among several the admin's lists know nothing: the portal's own are asked
    one = shown(client, f"/places/{home.place.pk}/")
    assert one["overdue"][0] == length(client, one["overdue"][1]) == 1
