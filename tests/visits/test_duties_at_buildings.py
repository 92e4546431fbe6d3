"""Duties of visits lie at buildings; the database says so, whoever writes."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from duties.choices import Family
from duties.kinds import kinds_of
from duties.models import Duty, DutyClock
from duties.sources import read_facts
from tests.duties.steps import sweep_at
from tests.factories import Community, care_record, community, moment

pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> Community:
    made = community()
    care_record(made.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    return made


def test_it_works(home: Community) -> None:
    """Moved to another building a duty may be."""
    duty = Duty.objects.get()
    duty.place = home.buildings[3]
    duty.save(update_fields=["place"])
    assert Duty.objects.get().place == home.buildings[3]


@pytest.mark.parametrize("kind", [kind.code for kind in kinds_of(Family.VISITING)])
@pytest.mark.parametrize("level", ["precincts", "quarters", "place"])
def test_above_the_buildings_there_is_none(home: Community, kind: str, level: str) -> None:
    """Every kind of the family: one that is added needs its word in the trigger."""
    above = home.place if level == "place" else getattr(home, level)[0]
    duty = Duty.objects.get()
    with pytest.raises(IntegrityError, match="lies at a building"), transaction.atomic():
        Duty.objects.filter(pk=duty.pk).update(place=above, kind=kind)
    duty.pk, duty.kind, duty.key, duty.place = None, kind, "another", above
    with pytest.raises(IntegrityError, match="lies at a building"), transaction.atomic():
        duty.save(force_insert=True)
    assert [one.place for one in Duty.objects.all()] == [home.building]


def test_a_reader_that_puts_a_visit_elsewhere_is_put_off(
    home: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    def astray(clocks: list[DutyClock], now: object) -> list[object]:
        found = read_facts(clocks, now)  # type: ignore[arg-type]
        return [
            type(one)(
                *[
                    home.precincts[0].pk if name == "place_id" else getattr(one, name)
                    for name in one.__slots__
                ]
            )
            for one in found
        ]

    monkeypatch.setattr("duties.services.read_facts", astray)
    run = sweep_at("2026-03-09T00:01")
    assert run.put_off == 1
    assert DutyClock.objects.get().last_failure == "IntegrityError"
    assert [one.place for one in Duty.objects.all()] == [home.building]
