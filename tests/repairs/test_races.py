"""Two at once: one of them is refused, and the clock is right whoever came first."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connections

from duties.choices import Outcome
from duties.models import Duty
from repairs.choices import Channel, DutyKind, Stage, StepKind
from repairs.models import RepairOrder, RepairStep
from tests.duties.steps import sweep_at
from tests.factories import Community, community
from tests.repairs.orders import fresh, report, step

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def home() -> Community:
    return community()


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run all in threads of their own; what was refused comes back as the refusal."""

    def run(act: Callable[[], Any]) -> Any:
        try:
            return act()
        except ValidationError as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=len(acts)) as pool:
        return list(pool.map(run, acts))


def test_two_finish_at_once(home: Community) -> None:
    order = report(home)
    step(order, StepKind.ACCEPTED, "2026-11-23T15:00")
    found = at_once(*[lambda: step(order, StepKind.FINISHED, "2026-11-27T16:00")] * 2)
    refused = [one for one in found if isinstance(one, ValidationError)]
    assert len(refused) == 1
    assert "已报完工" in str(refused[0])
    assert RepairStep.objects.unscoped("a test").filter(order=order, kind=StepKind.FINISHED).count() == 1
    assert fresh(order).stage == Stage.CHECKING
    assert Duty.objects.filter(clock=order.clock, kind=DutyKind.CHECK).count() == 1


def test_the_sweep_while_it_is_finished(home: Community) -> None:
    order = report(home)
    step(order, StepKind.ACCEPTED, "2026-11-23T15:00")
    at_once(
        lambda: sweep_at("2026-12-01T00:01"),
        lambda: step(order, StepKind.FINISHED, "2026-11-30T20:00", now="2026-12-01T00:01"),
    )
    assert Duty.objects.get(clock=order.clock, kind=DutyKind.MEND).outcome == Outcome.IN_TIME


def test_passed_and_refused_at_once(home: Community) -> None:
    order = report(home)
    step(order, StepKind.ACCEPTED, "2026-11-23T15:00")
    step(order, StepKind.FINISHED, "2026-11-27T16:00")
    found = at_once(
        lambda: step(order, StepKind.PASSED, "2026-11-28T09:00"),
        lambda: step(order, StepKind.REFUSED, "2026-11-28T09:00", is_reporter=True),
    )
    assert sum(isinstance(one, ValidationError) for one in found) == 1
    assert fresh(order).stage in (Stage.PASSED, Stage.MENDING)


def test_fifty_reports_at_once(home: Community) -> None:
    """Of fifty from one board twenty are taken, each with its duties; the others hear why."""
    found = []
    for _ in range(5):
        found += at_once(*[lambda: report(home, channel=Channel.CODE)] * 10)
    assert sum(isinstance(one, ValidationError) for one in found) == 30
    assert RepairOrder.objects.unscoped("a test").count() == 20
    assert Duty.objects.filter(kind=DutyKind.TRIAGE).count() == 20
