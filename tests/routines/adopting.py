"""Short words for tests of routines: a matter adopted as proposed, who owes it, and what came of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from duties.models import Duty
from routines.models import Routine, RoutineRule
from routines.rules import PROPOSED
from routines.services import routine_rule_publish
from tests.factories import Community, moment

ADOPTED = date(2026, 3, 10)
ADOPTED_AT = moment("2026-03-10T08:00")


def adopt(home: Community, matter: str, *, now: datetime = ADOPTED_AT, **differs: Any) -> RoutineRule:
    said = {"is_on": True, "effective_on": now.date(), **PROPOSED[matter], **differs}
    return routine_rule_publish(community=home.place, matter=matter, now=now, user=None, **said)


def owed(routine: Routine) -> list[tuple[str, str, str]]:
    """First day, last day and outcome of each round, oldest first."""
    duties = Duty.objects.filter(clock=routine.clock).order_by("opened_on")
    return [(f"{one.opened_on}", f"{one.due_on}", one.outcome) for one in duties]


def routine_of(appointment: Any, matter: str) -> Routine:
    return Routine.objects.get(appointment=appointment, matter=matter)
