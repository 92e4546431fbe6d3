"""A row holds from its first day through its last, both included; without a last day it holds on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from baibuting.common.spans import Span
from cadres.models import Appointment, Cover
from residents.models import CareRecord
from tests.factories import Community, care_record, community, moment
from volunteers.models import Pairing, TeamMembership

DAY = timedelta(days=1)
FIRST, LAST = date(2026, 3, 2), date(2026, 3, 9)
DAYS = st.dates(date(2026, 2, 1), date(2026, 4, 30))


@dataclass
class Row:
    started_on: date
    ended_on: date | None


@pytest.fixture
def home(db: None) -> Community:
    return community()


def record(home: Community, ended_on: date | None = LAST) -> CareRecord:
    made = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=FIRST)
    CareRecord.objects.update(ended_on=ended_on, end_reason="moved" if ended_on else "")
    return made


def test_it_works(home: Community) -> None:
    made = record(home)
    assert list(CareRecord.objects.running(LAST)) == [made]
    assert not CareRecord.objects.running(LAST + DAY).exists()
    assert not CareRecord.objects.unended().exists()


@pytest.mark.parametrize("ended_on", [LAST, None])
def test_the_database_and_python_say_the_same(home: Community, ended_on: date | None) -> None:
    made = record(home, ended_on)
    made.refresh_from_db()
    for day in (FIRST - DAY, FIRST, LAST, LAST + DAY):
        held = day >= FIRST and (ended_on is None or day <= ended_on)
        assert CareRecord.objects.running(day).exists() == made.span.holds(made, day) == held
        through = home.place.__class__.objects.filter(made.span.on(day, prefix="care_records__"))
        assert through.exists() == held
    assert CareRecord.objects.unended().exists() == (ended_on is None)


@given(DAYS, st.none() | DAYS, DAYS)
def test_a_row_holds_on_the_days_between_and_no_others(first: date, last: date | None, day: date) -> None:
    assert Span().holds(Row(first, last), day) == (first <= day <= (last or date.max))  # type: ignore[arg-type]


def test_no_row_ends_before_it_starts(home: Community) -> None:
    made = record(home, None)
    with pytest.raises(IntegrityError, match="ends_after_start"), transaction.atomic():
        CareRecord.objects.update(ended_on=FIRST - DAY, end_reason="moved")
    made.refresh_from_db()
    assert made.ended_on is None
    made.ended_on, made.end_reason = FIRST - DAY, "moved"
    with pytest.raises(ValidationError, match="终止日期不能早于纳入日期"):
        made.full_clean()


def test_a_second_row_without_an_end_is_refused(home: Community) -> None:
    made = record(home, None)
    made.pk, made.uid = None, None
    with pytest.raises(IntegrityError, match="one_open"), transaction.atomic():
        CareRecord.objects.bulk_create([CareRecord(**plain(made))])
    assert CareRecord.objects.count() == 1


def plain(row: CareRecord) -> dict[str, Any]:
    names = ("community", "building", "resident", "category", "started_on", "created_at")
    return {name: getattr(row, name) for name in names}


@pytest.mark.parametrize("model", [CareRecord, Appointment, Cover, Pairing, TeamMembership])
def test_every_model_with_a_span_has_its_columns_and_its_check(model: Any) -> None:
    span = model.span
    last = model._meta.get_field(span.last)
    assert model._meta.get_field(span.first).null is False
    assert last.null == span.is_open
    wanted = span.ends_after_start("x", message="").condition
    assert wanted in [getattr(check, "condition", None) for check in model._meta.constraints]
