"""Residents are registered once, stored sealed, shown masked, and revealed only with a reason that is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from accounts.models import User
from audit.choices import Action
from audit.models import AuditEvent
from audit.revealing import REVEALS_AN_HOUR, sealed_reveal
from residents.models import Resident
from residents.selectors import category_label, display_name, residents_matching
from residents.services import household_get_or_create, resident_change
from tests.factories import Community, category, clerk, community, moment, resident

pytestmark = pytest.mark.django_db
NOW = moment("2026-03-05T09:00")
NUMBER = "429999197803051768"


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def person(home: Community) -> Resident:
    return resident(
        home.building,
        now=NOW,
        name="迪丽努尔•买买提",
        id_number=NUMBER,
        phone="19900001111",
        notes="听力不好",
    )


def test_it_works(person: Resident) -> None:
    person.refresh_from_db()
    assert (person.name, person.id_number, person.phone, person.notes) == (
        "迪丽努尔·买买提",
        NUMBER,
        "19900001111",
        "听力不好",
    )
    assert str(person) == "迪**"


def test_nothing_sealed_lies_open_in_the_table(person: Resident) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select r::text from residents_resident r")
        row = cursor.fetchone()[0]
    for plain in (NUMBER, "19900001111", "听力不好"):
        assert plain not in row
        assert plain.encode().hex() not in row


def test_the_same_number_is_the_same_person(home: Community, person: Resident) -> None:
    with pytest.raises(ValidationError):
        resident(home.buildings[1], now=NOW, name="别人", id_number=NUMBER)
    other = resident(home.buildings[1], now=NOW, name="别人")
    with pytest.raises(ValidationError):
        resident_change(resident=other, id_number=NUMBER)
    assert Resident.objects.count() == 2


def test_people_live_in_buildings(home: Community) -> None:
    with pytest.raises(ValidationError):
        household_get_or_create(building=home.precincts[0], room="101")


def test_names_are_found_by_characters_and_by_initials(person: Resident) -> None:
    for text in ("买买提", "迪丽努尔•买买提", "dlne"):
        assert list(residents_matching(Resident.objects.all(), text)) == [person], text
    assert list(residents_matching(Resident.objects.all(), "zzz")) == []


def test_who_may_not_know_sees_neither_name_nor_sensitive_label(person: Resident) -> None:
    assert [display_name(person, may_know=known) for known in (True, False)] == ["迪丽努尔·买买提", "迪**"]
    released = category("released")
    assert [category_label(released, may_know=known) for known in (True, False)] == [
        "刑释解教人员",
        "重点对象",
    ]


def reveal(person: Resident, user: User, **details: Any) -> dict[str, str]:
    return sealed_reveal(
        row=person, fields=["phone"], user=user, **{"reason": "核对低保申请", "now": NOW} | details
    )


def test_revealing_leaves_exactly_one_row_without_the_value(home: Community, person: Resident) -> None:
    user = clerk(home.place)
    assert reveal(person, user) == {"phone": "19900001111"}
    event = AuditEvent.objects.get(action=Action.REVEAL)
    assert (event.user, event.object_id, event.fields, event.reason) == (
        user,
        str(person.pk),
        ["phone"],
        "核对低保申请",
    )
    assert "19900001111" not in str(AuditEvent.objects.values().get(pk=event.pk))


def test_rolled_back_nothing_is_left(home: Community, person: Resident) -> None:
    with transaction.atomic():
        reveal(person, clerk(home.place))
        transaction.set_rollback(True)
    assert not AuditEvent.objects.filter(action=Action.REVEAL).exists()


def test_without_a_reason_or_too_often_nothing_is_shown(home: Community, person: Resident) -> None:
    user = clerk(home.place)
    with pytest.raises(ValidationError):
        reveal(person, user, reason="看看")
    assert not AuditEvent.objects.filter(action=Action.REVEAL).exists()
    for _ in range(REVEALS_AN_HOUR):
        reveal(person, user)
    with pytest.raises(ValidationError):
        reveal(person, user)
    assert AuditEvent.objects.filter(action=Action.REVEAL).count() == REVEALS_AN_HOUR
    assert reveal(person, user, now=NOW + timedelta(hours=1, minutes=1))


def test_the_trail_cannot_be_changed(home: Community, person: Resident) -> None:
    reveal(person, clerk(home.place))
    for change in (
        lambda: AuditEvent.objects.update(reason=""),
        lambda: AuditEvent.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(Exception, match="append-only"), transaction.atomic():
            change()
    assert AuditEvent.objects.get(action=Action.REVEAL).reason == "核对低保申请"
