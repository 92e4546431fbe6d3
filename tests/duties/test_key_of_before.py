"""Duties of before `Duty.key` get theirs, and nobody who follows the feed is told of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from api.models import FeedEntry
from duties.models import Duty
from tests.duties.steps import sweep_at, visit
from tests.factories import care_record, community, moment
from tests.migrating import migrate
from visits.services import incident_report

pytestmark = pytest.mark.django_db
BEFORE, AFTER = ("duties", "0004_left"), ("duties", "0005_kinds_are_registered")


def columns() -> set[str]:
    with connection.cursor() as cursor:
        return {
            column.name for column in connection.introspection.get_table_description(cursor, "duties_duty")
        }


def rows() -> list[tuple[Any, ...]]:
    return list(
        Duty.objects.order_by("pk").values_list("pk", "kind", "key", "opened_on", "outcome", "due_at")
    )


def test_it_works() -> None:
    home = community()
    record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    visit(record.resident, "2026-03-02T10:00")
    incident_report(
        building=home.building, kind="discontent", occurred_at=moment("2026-03-03T09:00"), summary="",
        now=moment("2026-03-03T09:00"), reported_by=None,
    )  # fmt: skip
    before, told = rows(), list(FeedEntry.objects.order_by("pk").values())
    assert len({(kind, key) for _, kind, key, *_ in before}) == len(before) >= 4
    migrate(BEFORE)
    assert "key" not in columns()
    migrate(AFTER)
    assert rows() == before
    assert list(FeedEntry.objects.order_by("pk").values()) == told
    migrate()
    sweep_at("2026-03-03T09:01")
    assert [row[:4] for row in rows()] == [row[:4] for row in before]


def test_it_is_never_empty_and_never_twice() -> None:
    record = care_record(community().building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    duty = record.duties.get()
    assert duty.key == "2026-03-01"
    for name, value in (("pk", None), ("key", None)):
        broken = Duty.objects.get(pk=duty.pk)
        setattr(broken, name, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            broken.save()
    assert list(Duty.objects.values_list("key", flat=True)) == ["2026-03-01"]
