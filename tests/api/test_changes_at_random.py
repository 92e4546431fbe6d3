"""A thousand random changes, restarts and lost answers: the follower ends with the rows of the database."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from api.models import FeedEntry
from buildings.models import Place
from buildings.services import place_change, place_move
from cadres.models import Appointment, Cadre
from cadres.services import appointment_end, cadre_change
from residents.models import CareRecord, Resident
from residents.services import household_get_or_create, resident_change
from tests.api.callers import caller
from tests.api.followers import PATHS, Follower, rows_now
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, appointment, care_record, community, moment
from tests.visits.people import stop_the_clock
from visits.models import Incident, Visit
from visits.services import (
    arrival_stamp,
    care_record_end,
    incident_close,
    incident_report,
    resident_relocate,
    visit_void,
)

NOW = moment("2026-03-11T09:00")


@pytest.fixture(autouse=True)
def _stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch, NOW)


class Life:
    """Random changes to a community by its own services, as days go by."""

    def __init__(self, home: Community, chance: random.Random) -> None:
        self.home, self.chance, self.now = home, chance, NOW
        self.done = 0

    def change(self) -> None:
        self.now += timedelta(minutes=self.chance.randint(1, 90))
        weights = {
            self.person: 8, self.visit: 20, self.void: 4, self.end: 3, self.relocate: 6, self.rename: 5,
            self.move_building: 2, self.rename_place: 2, self.incident: 4, self.arrive: 6, self.close: 3,
            self.leave_post: 3, self.rename_cadre: 2, self.sweep: 4,
        }  # fmt: skip
        (step,) = self.chance.choices(list(weights), list(weights.values()))
        try:
            with transaction.atomic():
                step()
        except ValidationError:
            pass  # a random change that the services refuse is none
        else:
            self.done += 1

    def any(self, rows: Any) -> Any:
        ids = list(rows.order_by("pk").values_list("pk", flat=True))
        if not ids:
            raise ValidationError("none yet")
        return rows.get(pk=self.chance.choice(ids))

    def building(self) -> Place:
        return self.chance.choice(self.home.buildings)

    def person(self) -> None:
        code = self.chance.choice(["elderly_alone", "hardship", "released"])
        care_record(
            Place.objects.get(pk=self.building().pk), now=self.now, started_on=self.now.date(), code=code
        )

    def visit(self) -> None:
        visit(self.any(Resident.objects), (self.now - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M"),
              received=self.now.strftime("%Y-%m-%dT%H:%M"))  # fmt: skip

    def void(self) -> None:
        visit_void(visit=self.any(Visit.objects.filter(voided_at=None)), reason="重复录入", now=self.now)

    def end(self) -> None:
        record = self.any(CareRecord.objects.filter(ended_on=None))
        care_record_end(care_record=record, ended_on=self.now.date(), end_reason="moved", now=self.now)

    def relocate(self) -> None:
        household = household_get_or_create(
            building=Place.objects.get(pk=self.building().pk), room=str(self.chance.randint(1, 30))
        )
        resident_relocate(resident=self.any(Resident.objects), to_household=household, now=self.now)

    def rename(self) -> None:
        resident_change(resident=self.any(Resident.objects), name=self.chance.choice("赵钱孙李周吴") + "某")

    def move_building(self) -> None:
        place_move(
            place=Place.objects.get(pk=self.building().pk),
            to_parent=Place.objects.get(pk=self.chance.choice(self.home.precincts).pk),
            moved_on=self.now.date(),
        )

    def rename_place(self) -> None:
        place = Place.objects.get(pk=self.building().pk)
        place_change(place=place, floor_count=self.chance.randint(1, 30))

    def incident(self) -> None:
        incident_report(
            building=Place.objects.get(pk=self.building().pk), kind="emergency", occurred_at=self.now,
            summary="", now=self.now, reported_by=None,
        )  # fmt: skip

    def arrive(self) -> None:
        incident = self.any(Incident.objects.filter(closed_at=None))
        post = self.chance.choice(incident.rule.required_posts)
        arrival_stamp(incident=incident, post=post, arrived_at=self.now, now=self.now)

    def close(self) -> None:
        incident_close(
            incident=self.any(Incident.objects.filter(closed_at=None)), result="已处理", now=self.now
        )

    def leave_post(self) -> None:
        held = self.any(Appointment.objects.filter(ended_on=None))
        appointment_end(appointment=held, ended_on=self.now.date(), end_reason="resigned")
        if self.chance.random() < 0.8:
            appointment(held.place, held.post, started_on=self.now.date() + timedelta(days=1))

    def rename_cadre(self) -> None:
        cadre_change(cadre=self.any(Cadre.objects), name=self.chance.choice("郑王冯陈褚卫") + "某某")

    def sweep(self) -> None:
        sweep_at(self.now)


def disturbed(follower: Follower, chance: random.Random) -> None:
    """One reading, as it goes on a bad day: the answer is lost, or the program stops before it saved something."""
    page = follower.read(limit=chance.choice([1, 3, 10, 50]))
    what = chance.random()
    if what < 0.2:
        return  # the answer never arrived
    if what < 0.4:
        follower.take(page)  # stopped before the position was saved: the same page is read again
        return
    follower.take(page)
    follower.since = page["next"]


@pytest.mark.django_db
def test_it_works() -> None:
    chance = random.Random(1)
    home = community()
    followers = [
        Follower(caller(home.place, now=NOW)),
        Follower(caller(home.quarters[0], now=NOW)),
        Follower(caller(home.precincts[3], home.buildings[0], now=NOW)),
    ]
    life = Life(home, chance)
    while life.done < 1000:
        life.change()
        if chance.random() < 0.1:
            disturbed(chance.choice(followers), chance)
    for follower in followers:
        follower.follow()
        assert follower.rows == rows_now(follower.asks)
        assert {kind for kind, _ in follower.rows} == set(PATHS)
    assert FeedEntry.objects.filter(is_here=False).count() > 50  # rows did leave
