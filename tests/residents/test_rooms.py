"""Entrance and room of a flat: one normal form, nothing of people's in it, and rows of before brought to it."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from residents.models import Household, Resident
from residents.services import household_change, household_get_or_create, resident_create
from tests.factories import Community, community
from tests.migrating import migrate

pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> Community:
    return community(staffed=False)


def flats() -> list[tuple[str, str]]:
    return sorted(Household.objects.values_list("entrance", "room"))


def test_it_works(home: Community) -> None:
    written = [("2", "0601"), ("", "2-601"), ("二单元", "601室"), (" 2 ", "6楼601")]
    made = {household_get_or_create(building=home.building, entrance=e, room=r).pk for e, r in written}
    assert len(made) == 1
    assert flats() == [("2", "601")]


@pytest.mark.parametrize(
    ("entrance", "room", "column"),
    [
        ("1", "429999196001014119", "room"),
        ("1", "601 王小明", "room"),
        ("1", "601（高血压）", "room"),
        ("一楼王家", "601", "entrance"),
        ("1", "2-601", "room"),
        ("1", "2026-06-01", "room"),
    ],
)
def test_what_is_no_flat_is_refused(home: Community, entrance: str, room: str, column: str) -> None:
    with pytest.raises(ValidationError) as refused:
        household_get_or_create(building=home.building, entrance=entrance, room=room)
    assert list(refused.value.message_dict) == [column]
    assert flats() == []


def test_a_change_is_brought_to_the_form_too(home: Community) -> None:
    household_get_or_create(building=home.building, entrance="1", room="601")
    other = household_get_or_create(building=home.building, entrance="1", room="602")
    with pytest.raises(ValidationError, match="已有这个单元和室号"):
        household_change(household=other, entrance="一单元", room="0601")
    assert flats() == [("1", "601"), ("1", "602")]
    household_change(household=Household.objects.get(pk=other.pk), entrance="", room="2-602室")
    assert flats() == [("1", "601"), ("2", "602")]


@pytest.mark.parametrize("column", ["entrance", "room"])
@pytest.mark.parametrize("number", ["139000", "１３９０００００００１"[:6], "住429999"])
def test_the_database_takes_no_number_of_a_person(home: Community, column: str, number: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Household.objects.create(building=home.building, **{column: number})
    assert flats() == []


def test_rows_of_before_come_to_the_form_and_nobody_is_lost(home: Community, now: datetime) -> None:
    """One flat written four ways is one; what cannot be understood stays; what may not lie there goes into the notes."""
    name = home.building.name.removesuffix("栋")
    written = [
        ("1", "0101"),
        ("1", "101"),
        ("", "1-101"),
        ("", f"{name}-1-101"),
        ("2", "202"),
        ("1", "阳光房"),
        ("1", "1001室，电话13900000001"[:20]),
        ("", "429999196001014119"),
        ("1", "102室（肝癌晚期）"),
        ("", ""),
    ]
    people = [  # in today's columns, and moved to the flats of before once the database is there
        resident_create(
            household=household_get_or_create(building=home.building, entrance="9", room=f"90{at}"),
            name=f"居民{'甲乙丙丁戊己庚辛壬癸'[at]}",
            now=now,
            phone="13900000009",
            notes="原有备注",
        )
        for at in range(len(written))
    ]
    before = migrate(BEFORE).loader.project_state([BEFORE]).apps
    household, residents = (before.get_model("residents", name) for name in ("Household", "Resident"))
    for person, (entrance, room) in zip(people, written, strict=True):
        flat = household.objects.create(building_id=home.building.pk, entrance=entrance, room=room)
        residents.objects.filter(pk=person.pk).update(household_id=flat.pk)
        person.household_id = flat.pk
    migrate(AFTER)
    migrate()
    stands = {
        one.name[-1]: (one.household.entrance, one.household.room, one.notes, one.phone)
        for one in Resident.objects.select_related("household")
    }
    same = ("原有备注", "13900000009")
    assert {key: value for key, value in stands.items() if key in "甲乙丙丁戊己癸"} == {
        **dict.fromkeys("甲乙丙丁", ("1", "101", *same)),
        "戊": ("2", "202", *same),
        "己": ("1", "阳光房", *same),
        "癸": ("", "", *same),
    }
    assert stands["庚"][:2] == ("1", "1001")
    assert "13900000001"[:11] in stands["庚"][2]
    assert stands["辛"][:3] == ("", "", "原有备注\n原登记的单元和室号：429999196001014119")
    assert stands["壬"][:3] == ("1", "102", "原有备注\n原登记的单元和室号：1-102室（肝癌晚期）")
    assert (
        len({one.household_id for one in Resident.objects.filter(pk__in=[one.pk for one in people[:4]])}) == 1
    )
    assert people[0].household_id in set(Household.objects.values_list("pk", flat=True))  # the oldest is kept
    migrate(BEFORE)
    migrate()
    assert Resident.objects.count() == len(written)


BEFORE, AFTER = ("residents", "0005_merges"), ("residents", "0006_rooms_in_normal_form")
