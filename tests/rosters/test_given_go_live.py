"""The office's own rosters, then the go-live: nothing is overdue, nobody was told but reminded, no building has too much.

The roster of posts is left out: it takes longest, and who is told is proved in tests/duties/.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from math import ceil

import pytest

from buildings.models import Place
from duties.choices import Outcome
from duties.models import Duty, DutyEvent
from tests.duties.steps import sweep_at
from tests.factories import moment
from tests.rosters.tables import load
from tests.rosters.test_given_rosters import FILES
from visits.models import FirstDue
from visits.services import go_live_confirm

pytestmark = pytest.mark.django_db
ON, SPREAD = date(2026, 11, 30), 21
MORNING = moment("2026-11-30T09:00")


def test_it_works() -> None:
    for kind, name in (("places", FILES[0]), ("care", FILES[2]), ("visits", FILES[3])):
        load(kind, name, now=moment("2026-11-29T09:00"))
    assert not Duty.objects.exists()
    plan = go_live_confirm(community=Place.objects.get(parent=None), on=ON, spread_days=SPREAD, now=MORNING)
    assert plan.overdue == 0
    assert sum(plan.due_by_day.values()) == plan.people
    sweep_at("2026-11-30T23:59")
    assert not Duty.objects.exclude(outcome=Outcome.OPEN).exists()
    assert set(DutyEvent.objects.values_list("rung", flat=True)) <= {0}
    no_building_has_more_than_its_share()
    no_record_has_two_rounds()


def no_building_has_more_than_its_share() -> None:
    """Worked out from the rows alone: slots by building and day, with those due by a date of their own."""
    window = [ON + timedelta(days=ahead) for ahead in range(SPREAD)]
    working = [day for day in window if day.isoweekday() < 6]
    slots = {
        slot.care_record.resident_id: (slot.care_record.building_id, slot.due_on)
        for slot in FirstDue.objects.select_related("care_record")
    }
    own: dict[int, tuple[int, date]] = {}
    for building, person, day in Duty.objects.values_list("place", "care_record__resident", "due_on"):
        if person not in slots and person is not None:
            own[person] = min(own.get(person, (building, day)), (building, day), key=lambda found: found[1])
    people: dict[int, int] = defaultdict(int)
    for building, day in [*slots.values(), *own.values()]:
        people[building] += day in working
    assert len(slots) > 100
    assert {day for _, day in slots.values()} <= set(working)
    given, anyway = Counter(slots.values()), Counter(own.values())
    for (building, day), count in given.items():
        assert count + anyway[building, day] <= ceil(people[building] / len(working))


def no_record_has_two_rounds() -> None:
    rounds = Counter(Duty.objects.values_list("care_record", flat=True))
    assert set(rounds.values()) == {1}
