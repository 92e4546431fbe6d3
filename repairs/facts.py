"""What each order's clock asks for, from its steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from baibuting.common.days import DayCalendar, local_day
from cadres.choices import Post, rung_of
from cadres.ladder import Ladder
from duties.models import DutyClock, GoLive
from duties.rules import steps_above
from duties.selectors import go_lives
from duties.sources import ClockFacts, Obligation
from repairs.choices import DutyKind
from repairs.clock import Owed, StepFact, ended_at, obligations
from repairs.models import RepairOrder, RepairRule, RepairStep
from visits.facts import day_calendar


def repair_facts(clocks: Sequence[DutyClock], now: datetime) -> list[ClockFacts]:
    """Return the facts of orders' clocks. One reported before its community went live asks for nothing."""
    orders = list(
        RepairOrder.objects.unscoped("facts of clocks in hand")
        .filter(clock__in=clocks)
        .select_related("rule", "clock")
    )
    steps = steps_of(orders)
    live = go_lives(order.community_id for order in orders)
    ladder = Ladder.load({order.building_id for order in orders})
    calendar = day_calendar()
    return [
        _facts(order, steps[order.pk], live.get(order.community_id), ladder, calendar, now)
        for order in orders
    ]


def steps_of(orders: Iterable[RepairOrder]) -> dict[int, list[StepFact]]:
    """Return the steps that stand, by order, as the clock takes them. One query."""
    found: dict[int, list[StepFact]] = defaultdict(list)
    rows = RepairStep.objects.unscoped("of orders in hand").filter(
        order__in=[order.pk for order in orders], voided_at=None
    )
    for step in rows.order_by("at", "pk"):
        found[step.order_id].append(
            StepFact(step.kind, step.at, step.recorded_at, step.until_on, step.matter, step.rung)
        )
    return found


def _facts(
    order: RepairOrder,
    steps: Sequence[StepFact],
    live: GoLive | None,
    ladder: Ladder,
    calendar: DayCalendar,
    now: datetime,
) -> ClockFacts:
    owed: list[Owed] = []
    if live is not None and order.reported_at >= live.begins_at:
        owed = obligations(order.rule.terms, order.reported_at, steps, now, calendar)
    holder = ladder.rung_holder(order.building_id, rung_of(order.rule.triage_post), local_day(now))
    named = holder.appointment_id if holder else None
    return ClockFacts(
        clock=order.clock,
        place_id=order.building_id,
        category_id=None,
        obligations=[_obligation(one, order.rule, named, calendar) for one in owed],
        ended_at=ended_at(steps, now),
        known_since=order.recorded_at,
        next_opening_at=None,
    )


def _obligation(
    owed: Owed, rule: RepairRule, triage_appointment: int | None, calendar: DayCalendar
) -> Obligation:
    is_mend = owed.kind == DutyKind.MEND
    post = Post.PROPERTY_STEWARD if is_mend else Post(rule.triage_post)
    return Obligation(
        kind=owed.kind,
        accountable_post=post,
        appointment_id=None if is_mend else triage_appointment,
        opened_on=owed.opened_on,
        due_on=owed.due_on,
        due_at=owed.due_at,
        ladder=steps_above(post, _ladder(owed, rule)),
        done_at=owed.done_at,
        basis=_basis(owed, rule, calendar),
    )


def _ladder(owed: Owed, rule: RepairRule) -> list[list[int]]:
    """Return the rule's ladder in hours; a reminder planned for before the report falls due with it."""
    if owed.kind == DutyKind.TRIAGE:
        return [[step["rung"], max(step["after_hours"], -rule.triage_hours)] for step in rule.triage_ladder]
    return [[rung, days * 24] for rung, days in rule.steps]


def _basis(owed: Owed, rule: RepairRule, calendar: DayCalendar) -> dict[str, Any]:
    """Return what the duty's explanation needs, as plain JSON."""
    basis: dict[str, Any] = {"rule_version": rule.version, "triage_hours": rule.triage_hours}
    if owed.target_on is not None and owed.target_on < owed.due_on:
        if owed.due_on == calendar.next_working_day(owed.target_on):
            basis["target_on"] = owed.target_on.isoformat()
            skipped = calendar.skipped(owed.target_on, owed.due_on)
            basis["skipped"] = [day.isoformat() for day in skipped]
        else:
            basis["extended_to"] = owed.due_on.isoformat()
    return basis
