"""Days the office enters itself: open duties that fall on them are looked at again, openly."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from duties.choices import EventKind
from duties.models import DutyClock, DutyEvent
from duties.story import duty_explanation
from residents.models import CareRecord
from tests.duties.steps import duty_of, sweep_at
from tests.factories import Community, care_record, community, moment
from visits.models import SpecialDay
from visits.services import special_day_remove, special_day_set

pytestmark = pytest.mark.django_db

NOW = moment("2026-03-03T09:00")
DUE = date(2026, 3, 9)  # a Monday: 2 March and the seven days of a hardship record's first visit


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def record(home: Community) -> CareRecord:
    return care_record(
        home.building, now=moment("2026-03-02T09:00"), started_on=date(2026, 3, 2), code="hardship"
    )


def test_it_works(record: CareRecord) -> None:
    assert duty_of(record).due_on == DUE
    special_day_set(day=DUE, is_working=False, name="社区停电", now=NOW)
    sweep_at(NOW)
    duty = duty_of(record)
    assert duty.due_on == date(2026, 3, 10)
    assert DutyEvent.objects.get(duty=duty, kind=EventKind.RULE_CHANGED).detail["due_on"] == [
        "2026-03-09",
        "2026-03-10",
    ]
    assert "原定 3月9日，3月9日休息，顺延" in duty_explanation(duty, NOW)


def test_removed_again_the_old_date_is_back(record: CareRecord) -> None:
    special = special_day_set(day=DUE, is_working=False, now=NOW)
    sweep_at(NOW)
    special_day_remove(special_day=special, now=NOW)
    sweep_at(NOW)
    assert duty_of(record).due_on == DUE
    assert not SpecialDay.objects.exists()


def test_a_make_up_day_is_worked(home: Community) -> None:
    saturday = care_record(
        home.building, now=moment("2026-02-28T09:00"), started_on=date(2026, 2, 28), code="hardship"
    )
    assert duty_of(saturday, 0).due_on == DUE  # Saturday 7 March moved to Monday
    special_day_set(day=date(2026, 3, 7), is_working=True, now=NOW)
    sweep_at(NOW)
    assert duty_of(saturday, 0).due_on == date(2026, 3, 7)


def test_clocks_it_cannot_touch_are_left_alone(record: CareRecord) -> None:
    before = DutyClock.objects.get(care_record=record).next_check_at
    special_day_set(day=date(2026, 3, 20), is_working=False, now=NOW)
    assert DutyClock.objects.get(care_record=record).next_check_at == before


def test_the_past_is_not_changed(record: CareRecord) -> None:
    with pytest.raises(ValidationError, match="已经过去"):
        special_day_set(day=date(2026, 3, 2), is_working=False, now=NOW)
    assert not SpecialDay.objects.exists()
    special = special_day_set(day=DUE, is_working=False, now=NOW)
    with pytest.raises(ValidationError, match="已经过去"):
        special_day_remove(special_day=special, now=moment("2026-03-10T09:00"))
    assert SpecialDay.objects.count() == 1
