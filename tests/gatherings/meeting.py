"""Short words for tests of gatherings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gatherings.choices import Kind
from gatherings.models import Gathering
from gatherings.services import gathering_plan, roll_take
from tests.factories import Community, moment
from volunteers.models import Volunteer
from volunteers.services import volunteer_create, volunteer_of

PLANNED_AT = moment("2026-03-10T08:00")


def plan(home: Community, at: str = "2026-03-20T19:00", *, hours: float = 2, **details: Any) -> Gathering:
    starts_at = moment(at)
    said = {
        "place": home.place,
        "kind": Kind.SERVICE,
        "title": "清扫楼道",
        "venue": "活动室",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=hours),
        "host": None,
        "team": None,
        "organisation": None,
        "is_open": False,
        **details,
    }
    return gathering_plan(now=PLANNED_AT, by=None, **said)


def person(home: Community, name: str) -> Volunteer:
    return volunteer_create(community=home.place, name=name)


def people(home: Community, count: int) -> list[Volunteer]:
    return Volunteer.objects.bulk_create(
        Volunteer(community=home.place, name=f"志愿者{at}", name_initials=f"zyz{at}") for at in range(count)
    )


def as_volunteer(home: Community, place: Any, post: str) -> Volunteer:
    return volunteer_of(cadre=home.holder(place, post))


def call(gathering: Gathering, there: list[Volunteer], *, at: str = "", others: int = 0, **more: Any) -> int:
    now = moment(at) if at else gathering.starts_at + timedelta(hours=1)
    return roll_take(gathering=gathering, there=there, others=others, now=now, by=None, **more)
