"""Many people under care at once, for tests and benchmarks of the sweep."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from duties.models import DutyClock
from duties.services import clocks_reconcile
from residents.models import CareRecord, Household, Resident
from tests.factories import Community, category
from visits.choices import Source


@transaction.atomic
def people_under_care(
    home: Community,
    count: int,
    *,
    started_on: date,
    now: datetime,
    code: str = "elderly_alone",
    first: int = 0,
) -> list[CareRecord]:
    """So many residents with one record each, spread over the buildings, their first duties open.

    `first` is the first room number; rooms are numbered on, so a second call goes on where the first ended.
    """
    group = category(code)
    households = Household.objects.bulk_create(
        Household(building=home.buildings[number % len(home.buildings)], entrance="9", room=str(number))
        for number in range(first, first + count)
    )
    residents = Resident.objects.bulk_create(
        Resident(community=home.place, household=household, name="某人", created_at=now)
        for household in households
    )
    records = CareRecord.objects.bulk_create(
        CareRecord(
            community=home.place,
            building=resident.household.building,
            resident=resident,
            category=group,
            started_on=started_on,
            created_at=now,
        )
        for resident in residents
    )
    clocks = DutyClock.objects.bulk_create(
        DutyClock(source=Source.CARE, community=home.place, care_record=record, next_check_at=now)
        for record in records
    )
    for start in range(0, count, 500):
        clocks_reconcile(clocks=clocks[start : start + 500], now=now)
    return records
