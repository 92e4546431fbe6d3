"""Many rows written in one statement."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from baibuting.common.bulk import rows_update
from duties.models import Duty, DutyClock
from residents.models import Resident
from tests.factories import care_record, community, moment, resident

pytestmark = pytest.mark.django_db

NOW = moment("2026-03-01T09:00")


def duties(count: int) -> list[Duty]:
    home = community()
    for _ in range(count):
        care_record(home.building, now=NOW, started_on=date(2026, 3, 1))
    return list(Duty.objects.order_by("pk"))


def test_it_works(django_assert_num_queries: Any) -> None:
    rows = duties(3)
    for number, duty in enumerate(rows):
        duty.rung = number or None
        duty.due_on = date(2026, 4, 1 + number)
        duty.next_check_at = moment(f"2026-04-0{1 + number}T12:00") if number else None
        duty.ladder = [[number, -24]]
        duty.basis = {"说明": f"第 {number} 个，100% 'ok'"}
    with django_assert_num_queries(1):
        rows_update(rows, ["rung", "due_on", "next_check_at", "ladder", "basis"])
    for duty, stored in zip(rows, Duty.objects.order_by("pk"), strict=True):
        assert {field.attname: getattr(stored, field.attname) for field in Duty._meta.concrete_fields} == {
            field.attname: getattr(duty, field.attname) for field in Duty._meta.concrete_fields
        }


def test_only_the_named_columns_are_written() -> None:
    (duty,) = duties(1)
    duty.rung, duty.needed = 4, 9
    rows_update([duty], ["rung"])
    duty.refresh_from_db()
    assert (duty.rung, duty.needed) == (4, 1)


def test_only_the_given_rows_are_written() -> None:
    first, second = duties(2)
    first.rung = second.rung = 4
    rows_update([first], ["rung"])
    assert list(Duty.objects.order_by("pk").values_list("rung", flat=True)) == [4, None]


def test_a_foreign_key_goes_by_its_id() -> None:
    (duty,) = duties(1)
    other = duty.place.parent.children.exclude(pk=duty.place_id).get()
    duty.place_id = other.pk
    rows_update([duty], ["place_id"])
    assert Duty.objects.get().place == other


def test_a_sealed_column_stays_sealed() -> None:
    person = resident(community().building, now=NOW, phone="19900001111")
    person.phone = "19900002222"
    rows_update([person], ["phone"])
    assert Resident.objects.get().phone == "19900002222"
    assert b"19900002222" not in bytes(Resident.objects.values_list("phone", flat=True)[0])


def test_no_rows_are_no_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        rows_update([], ["rung"])


def test_an_unknown_column_writes_nothing() -> None:
    (duty,) = duties(1)
    before = list(Duty.objects.values())
    with pytest.raises(KeyError):
        rows_update([duty], ["nonsense"])
    assert list(Duty.objects.values()) == before
    assert DutyClock.objects.count() == 1
