"""A day off that the office enters moves what falls due on it, repairs as well."""

from __future__ import annotations

from datetime import date

import pytest

from duties.models import Duty
from repairs.choices import DutyKind, StepKind
from tests.duties.steps import sweep_at
from tests.factories import community, moment
from tests.repairs.orders import report, step
from visits.services import special_day_set

pytestmark = pytest.mark.django_db


def test_it_works() -> None:
    order = report(community())
    step(order, StepKind.ACCEPTED, "2026-11-23T15:00")
    special_day_set(day=date(2026, 11, 30), is_working=False, now=moment("2026-11-24T09:00"))
    sweep_at("2026-11-24T09:01")
    mend = Duty.objects.get(clock=order.clock, kind=DutyKind.MEND)
    assert mend.due_on == date(2026, 12, 1)
    assert mend.basis["skipped"] == ["2026-11-30"]
