"""Reading the facts behind the clocks of routines: rules, appointments, and what was done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from baibuting.common.days import DayCalendar, midnight
from cadres.models import Appointment
from duties.choices import Cadence
from duties.models import DutyClock
from duties.rounds import Fact, Round, Terms
from duties.rules import steps_above
from duties.selectors import go_lives
from duties.sources import ClockFacts, Obligation
from routines.models import Routine, RoutineRule
from routines.rules import Spell, Version, spell_rounds, spells
from routines.sources import read_done
from visits.facts import day_calendar

Versions = dict[tuple[int, str], list[Version]]


def rule_version(rule: RoutineRule) -> Version:
    """Return a stored version of a rule as plain values."""
    terms = Terms(
        cadence=Cadence.CALENDAR,
        first_within_days=rule.first_within_days,
        ladder=rule.steps,
        period=rule.period,
        shift_to_working_day=rule.shift_to_working_day,
        accountable_post=rule.owner_post,
        version=rule.version,
        effective_on=rule.effective_on,
        due_offset_days=rule.due_offset_days,
    )
    return Version(terms, rule.is_on)


def versions_of(community_ids: Iterable[int] | None = None) -> Versions:
    """Return all versions per (community, matter), in the order in which they take effect. One query."""
    rows = RoutineRule.objects.order_by("effective_on", "version")
    if community_ids is not None:
        rows = rows.filter(community__in=set(community_ids))
    found: Versions = defaultdict(list)
    for rule in rows:
        found[rule.community_id, rule.matter].append(rule_version(rule))
    return found


def spells_of(appointment: Appointment, versions: Sequence[Version], counts_from: date | None) -> list[Spell]:
    """Return on which days an appointment owes a matter; none in a community that is not live."""
    if counts_from is None:
        return []
    started_on = max(appointment.started_on, counts_from)
    return spells(versions, appointment.post, started_on, appointment.ended_on)


def routine_facts(clocks: Sequence[DutyClock], now: datetime) -> list[ClockFacts]:
    """Return the facts of routines' clocks; four queries and those of each matter, however many clocks."""
    routines = list(
        Routine.objects.filter(clock__in=clocks).select_related("clock", "appointment__place").order_by()
    )
    communities = {routine.community_id for routine in routines}
    versions, live = versions_of(communities), go_lives(communities)
    done, calendar = read_done(routines, now), day_calendar()
    found = []
    for routine in routines:
        known = versions.get((routine.community_id, routine.matter), [])
        begins = live.get(routine.community_id)
        owed = spells_of(routine.appointment, known, begins.counts_from if begins else None)
        spell = next((one for one in owed if one.from_on == routine.started_on), None)
        found.append(_facts_of(routine, spell, known, done.get(routine.pk, ()), calendar, now))
    return found


def _facts_of(
    routine: Routine,
    spell: Spell | None,
    versions: Sequence[Version],
    facts: Sequence[Fact],
    calendar: DayCalendar,
    now: datetime,
) -> ClockFacts:
    """Return the facts of one clock; without a spell nothing is owed: the days of the appointment were corrected."""
    held = routine.appointment
    made = ClockFacts(
        clock=routine.clock,
        place_id=held.place_id,
        category_id=None,
        obligations=[],
        ended_at=midnight(routine.started_on) if spell is None else spell.ends_at,
        known_since=routine.created_at,
        next_opening_at=None,
    )
    if spell is None:
        return made
    found = spell_rounds(versions, held.post, spell, facts, now, calendar)
    owed = [
        _obligation(item, routine, calendar, found.carried_on if item.is_first else None)
        for item in found.rounds.items
    ]
    return ClockFacts(
        clock=made.clock,
        place_id=made.place_id,
        category_id=None,
        obligations=owed,
        ended_at=made.ended_at,
        known_since=made.known_since,
        next_opening_at=found.rounds.next_opening_at,
    )


def _obligation(item: Round, routine: Routine, calendar: DayCalendar, carried_on: date | None) -> Obligation:
    held = routine.appointment
    return Obligation(
        kind=routine.matter,
        accountable_post=held.post,
        appointment_id=held.pk,
        opened_on=item.opened_on,
        due_on=item.due_on,
        due_at=item.due_at,
        ladder=steps_above(held.post, item.ladder, held.place.level),
        done_at=item.done_at,
        basis=_basis(item, calendar, carried_on),
        terms_since=midnight(item.terms.effective_on),
    )


def _basis(item: Round, calendar: DayCalendar, carried_on: date | None) -> dict[str, Any]:
    """Return what the round's explanation needs, as plain JSON."""
    basis: dict[str, Any] = {"rule_version": item.terms.version}
    if item.is_first:
        basis["first_within_days"] = item.terms.first_within_days
    else:
        basis["period"] = item.terms.period
    if item.due_on != item.target_on:
        basis["target_on"] = item.target_on.isoformat()
        basis["skipped"] = [day.isoformat() for day in calendar.skipped(item.target_on, item.due_on)]
    if carried_on is not None:
        basis["carried_on"] = carried_on.isoformat()
    return basis
