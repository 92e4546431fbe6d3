"""Short words for the tests of the clock's rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from duties.models import Duty, DutyClock, DutyEvent, SweepRun
from duties.sweep import sweep
from tests.factories import moment
from visits.choices import Method, VisitOrigin
from visits.models import Visit
from visits.services import visit_record


def sweep_at(text: str | datetime) -> SweepRun:
    now = moment(text) if isinstance(text, str) else text
    return sweep(now=now, read_clock=timezone.now)


def visit(resident: Any, at: str, *, received: str = "", **details: Any) -> Visit:
    details.setdefault("method", Method.HOME)
    details.setdefault("visitor_name", "走访人")
    return visit_record(
        resident=resident,
        visited_at=moment(at),
        now=moment(received or at),
        origin=VisitOrigin.OFFICE,
        **details,
    )


def duty_of(record: Any, position: int = -1) -> Duty:
    """A record's duties in the order in which they opened; the last by default."""
    return list(Duty.objects.filter(care_record=record).order_by("opened_on", "id"))[position]


def events_of(duty: Duty, *kinds: str) -> list[tuple[int | None, str]]:
    """(rung, moment it fell due) of a duty's events."""
    events = DutyEvent.objects.filter(duty=duty).order_by("fell_due_at", "id")
    found = events.filter(kind__in=kinds) if kinds else events
    return [(event.rung, timezone.localtime(event.fell_due_at).strftime("%m-%d %H:%M")) for event in found]


def story_of_everything() -> list[tuple[Any, ...]]:
    """Every duty and event as plain values, ids and recording times left out: what two histories are compared by."""
    duties = Duty.objects.order_by("care_record", "kind", "opened_on").values_list(
        "care_record",
        "kind",
        "opened_on",
        "due_at",
        "outcome",
        "rung",
        "done_at",
        "closed_at",
        "next_check_at",
    )
    events = DutyEvent.objects.order_by(
        "duty__care_record", "duty__opened_on", "kind", "rung", "fell_due_at"
    ).values_list(
        "duty__care_record",
        "duty__opened_on",
        "kind",
        "rung",
        "told_rung",
        "told_cadre",
        "fell_due_at",
        "passed_over",
    )
    clocks = DutyClock.objects.order_by("care_record").values_list("care_record", "next_check_at")
    return [*duties, *((*event[:-1], tuple(event[-1])) for event in events), *clocks]
