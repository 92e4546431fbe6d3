"""Every page of these tests is asked for on 11 March 2026, nine in the morning."""

from __future__ import annotations

from datetime import date

import pytest

from cadres.choices import Post
from cadres.models import Cadre
from cadres.services import appointment_end
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, care_record, community, moment, resident
from tests.visits.people import NOW, stop_the_clock

BEGIN = moment("2026-03-01T09:00")


@pytest.fixture(autouse=True)
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch)


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def lived(home: Community) -> Community:
    """People visited by hand, and posts whose holders have names a roster would take."""
    for name, room, building in (("周文小", "101", 0), ("迪丽努尔·买买提", "102", 0), ("欧阳明", "", 5)):
        place = home.buildings[building]
        person = resident(place, now=BEGIN, name=name, room=room)
        care_record(place, now=BEGIN, started_on=date(2026, 3, 1), resident=person)
        visit(person, "2026-03-03T10:30:21", notes=f"{name}都好", request="=无")
        visit(
            person,
            "2026-03-05T00:00",
            visitor=home.holder(place, Post.BUILDING_HEAD),
            visitor_name="",
            has_time=False,
        )
    sweep_at(NOW)
    for number, cadre in enumerate(Cadre.objects.order_by("pk")):
        cadre.name = "任" + "".join("敏茂芳强琴桂超龙玉明"[int(digit)] for digit in str(number))
        cadre.save(update_fields=["name"])
    held = home.holders[home.building.pk, Post.CULTURE_WORKER]
    appointment_end(appointment=held, ended_on=date(2026, 3, 5), end_reason="resigned")
    return home
