"""Days off and make-up working days the office enters over the public calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Least

from baibuting.common.days import local_day
from duties.choices import Outcome
from duties.models import Duty, DutyClock
from visits.models import SpecialDay

# No run of days off is longer; a due date further away cannot have been moved over the day.
LONGEST_HOLIDAY = timedelta(days=31)


@transaction.atomic
def special_day_set(*, day: date, is_working: bool, now: datetime, name: str = "") -> SpecialDay:
    """Set a day as a working day or a day off. Clocks of open duties due on or moved over it are made due at once.

    Raises ValidationError for a past day: past due dates stay as they were.
    """
    _refuse_past(day, now)
    special, _ = SpecialDay.objects.update_or_create(
        day=day, defaults={"is_working": is_working, "name": name.strip()}
    )
    _look_again(day, now)
    return special


@transaction.atomic
def special_day_remove(*, special_day: SpecialDay, now: datetime) -> None:
    """Return a day to the public calendar. Raises ValidationError for a past day."""
    _refuse_past(special_day.day, now)
    day = special_day.day
    SpecialDay.objects.filter(pk=special_day.pk).delete()
    _look_again(day, now)


def _refuse_past(day: date, now: datetime) -> None:
    if day < local_day(now):
        raise ValidationError({"day": "这一天已经过去，应办日期不再改动。请填写今天或以后的日期。"})


def _look_again(day: date, now: datetime) -> None:
    """Make the clocks due whose open duties the day can have moved; the sweep writes and records the new dates."""
    touched = Duty.objects.filter(outcome=Outcome.OPEN, due_on__gte=day, due_on__lte=day + LONGEST_HOLIDAY)
    DutyClock.objects.filter(pk__in=touched.values("clock")).update(
        next_check_at=Least(Coalesce(F("next_check_at"), now), now)
    )
