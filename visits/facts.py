"""Reading the facts behind the clocks: records, rules and visits; incidents and arrivals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import Prefetch

from baibuting.common.days import DayCalendar, local_day, mainland_calendar, midnight
from duties.choices import Outcome
from duties.models import Duty, DutyClock, GoLive
from duties.rounds import Fact, Round, Rounds, Start, Terms, rounds
from duties.selectors import go_lives
from duties.sources import ClockFacts, Obligation
from residents.choices import EndReason
from residents.models import CareCategory, CareRecord
from visits.choices import DutyKind
from visits.models import Arrival, FirstDue, Incident, RuleDue, SpecialDay, Visit, VisitRule
from visits.rules import proposed_terms

YEARS = range(2015, 2041)
START_MARK = "-start"


@cache
def _public_calendar() -> DayCalendar:
    return mainland_calendar(YEARS)


def day_calendar() -> DayCalendar:
    """Return the public calendar with the office's own special days over it."""
    special = dict(SpecialDay.objects.values_list("day", "is_working"))
    off = frozenset(day for day, is_working in special.items() if not is_working)
    on = frozenset(day for day, is_working in special.items() if is_working)
    public = _public_calendar()
    return DayCalendar(holidays=(public.holidays | off) - on, workdays=(public.workdays | on) - off)


def rule_terms(rule: VisitRule) -> Terms:
    """Return a stored version of a rule as plain values."""
    return Terms(
        cadence=rule.cadence,
        every_days=rule.every_days or 0,
        period=rule.period,
        times=rule.times or 1,
        first_within_days=rule.first_within_days,
        methods=frozenset(rule.methods),
        shift_to_working_day=rule.shift_to_working_day,
        accountable_post=rule.accountable_post,
        ladder=rule.steps,
        version=rule.version,
        effective_on=rule.effective_on,
        is_spread=rule.spread_days > 0,
    )


def terms_in_force(
    community_ids: Iterable[int], category_ids: Iterable[int]
) -> dict[tuple[int, int], list[Terms]]:
    """Return all versions per (community, category), in the order in which they take effect.

    A category for which the community has no rule yet uses the shipped proposal: no record is ever without one.
    """
    community_ids = set(community_ids)
    found: dict[tuple[int, int], list[Terms]] = {}
    category_ids = set(category_ids)
    for category_id, code in CareCategory.objects.filter(pk__in=category_ids).values_list("pk", "code"):
        proposal = proposed_terms(code)
        if proposal is not None:
            found.update({(community_id, category_id): [proposal] for community_id in community_ids})
    stored: dict[tuple[int, int], list[Terms]] = defaultdict(list)
    versions = VisitRule.objects.filter(community__in=community_ids, category__in=category_ids)
    for rule in versions.order_by("effective_on", "version"):
        stored[rule.community_id, rule.category_id].append(rule_terms(rule))
    return found | stored


def care_facts(clocks: Sequence[DutyClock], now: datetime) -> list[ClockFacts]:
    """Return the facts of care records' clocks; seven queries, however many clocks."""
    records = (
        CareRecord.objects.unscoped("facts of clocks in hand")
        .order_by()
        .in_bulk([clock.care_record_id for clock in clocks])
    )
    return _facts_of(
        [(clock, records[clock.care_record_id]) for clock in clocks if clock.care_record_id], now
    )


def _facts_of(pairs: Sequence[tuple[DutyClock, CareRecord]], now: datetime) -> list[ClockFacts]:
    """Return the facts of clocks by the records given. Six queries."""
    records = [record for _, record in pairs]
    known = CareKnowledge.of(records)
    return [_care_facts(clock, record, known, now) for clock, record in pairs]


@dataclass(frozen=True, slots=True)
class CareKnowledge:
    """What is known of some records: the rules over them, the visits to their people, and from when they count.

    `rule_dues` holds by record and version of its rule the day that spreading gave it.
    """

    terms: dict[tuple[int, int], list[Terms]]
    visits: dict[int, list[Fact]]
    calendar: DayCalendar
    go_lives: dict[int, GoLive]
    first_dues: dict[int, Start]
    rule_dues: dict[int, dict[int, date]]

    @classmethod
    def of(cls, records: Sequence[CareRecord]) -> CareKnowledge:
        """Read it, in six queries; one more where a version of their rules was spread."""
        communities = {record.community_id for record in records}
        visits: dict[int, list[Fact]] = defaultdict(list)
        rows = Visit.objects.unscoped("facts of records in hand").filter(
            resident__in={record.resident_id for record in records}, voided_at=None
        )
        columns = ("resident_id", "visited_at", "method", "seen")
        for resident_id, at, method, seen in rows.order_by().values_list(*columns):
            visits[resident_id].append(Fact(at, method, seen))
        slots = FirstDue.objects.unscoped("facts of records in hand").filter(
            care_record__in=[record.pk for record in records]
        )
        terms = terms_in_force(communities, {record.category_id for record in records})
        return cls(
            terms,
            visits,
            day_calendar(),
            go_lives(communities),
            {
                record_id: Start(counts_from, due_on)
                for record_id, counts_from, due_on in slots.values_list(
                    "care_record_id", "counts_from", "due_on"
                )
            },
            _rule_dues(records)
            if any(one.is_spread for versions in terms.values() for one in versions)
            else {},
        )

    def start_of(self, record: CareRecord) -> Start | None:
        """Return from when a record counts; None while its community is not live."""
        live = self.go_lives.get(record.community_id)
        return None if live is None else self.first_dues.get(record.pk) or Start(live.counts_from)

    def rounds_of(self, record: CareRecord, start: Start, as_of: datetime) -> Rounds:
        """Return the rounds of a record that counts from `start`."""
        return rounds(
            self.terms[record.community_id, record.category_id],
            record.started_on,
            record.ended_on,
            self.visits[record.resident_id],
            as_of,
            self.calendar,
            start,
            self.rule_dues.get(record.pk, {}),
        )


def _rule_dues(records: Sequence[CareRecord]) -> dict[int, dict[int, date]]:
    """Return by record and version of its rule the day that spreading gave it. One query."""
    found: dict[int, dict[int, date]] = defaultdict(dict)
    rows = RuleDue.objects.unscoped("facts of records in hand").filter(
        care_record__in=[record.pk for record in records]
    )
    for record_id, version, due_on in rows.values_list("care_record_id", "rule__version", "due_on"):
        found[record_id][version] = due_on
    return found


def rounds_rewritten(starts: Mapping[int, date], now: datetime) -> dict[int, int]:
    """Return by record how many of its rounds another first day would withdraw or change; nothing is written.

    `starts` holds the other first day by record. Nine queries, however many records.
    """
    clocks = DutyClock.objects.filter(care_record__in=list(starts)).select_related("care_record")
    pairs = []
    for clock in clocks:
        record = copy(clock.care_record)
        if record is not None:
            record.started_on = starts[record.pk]
            pairs.append((clock, record))
    wanted = {
        (facts.clock.pk, obligation.key, obligation.due_on, obligation.done_at)
        for facts in _facts_of(pairs, now)
        for obligation in facts.obligations
    }
    counts = dict.fromkeys(starts, 0)
    duties = Duty.objects.filter(clock__in=clocks).exclude(outcome=Outcome.CANCELLED)
    columns = ("care_record_id", "clock_id", "kind", "key", "due_on", "done_at")
    for record_id, clock_id, kind, key, due_on, done_at in duties.order_by().values_list(*columns):
        if record_id and (clock_id, (kind, key), due_on, done_at) not in wanted:
            counts[record_id] += 1
    return counts


def _care_facts(clock: DutyClock, record: CareRecord, known: CareKnowledge, now: datetime) -> ClockFacts:
    facts = ClockFacts(
        clock=clock,
        place_id=record.building_id,
        category_id=record.category_id,
        obligations=[],
        ended_at=midnight(record.ended_on) if record.ended_on else None,
        known_since=record.created_at,
        next_opening_at=None,
    )
    start = known.start_of(record)
    if record.end_reason == EndReason.MISTAKE:
        # Entered by mistake: nothing was ever owed.
        return replace(facts, ended_at=None)
    if start is None:
        return facts
    begins_at = known.go_lives[record.community_id].begins_at
    if now < begins_at:
        return replace(facts, next_opening_at=begins_at)
    found, slots = known.rounds_of(record, start, now), known.rule_dues.get(record.pk, {})
    return replace(
        facts,
        obligations=[_obligation(item, start, slots, known.calendar) for item in found.items],
        known_since=max(record.created_at, begins_at),
        next_opening_at=found.next_opening_at,
    )


def _obligation(item: Round, start: Start, slots: Mapping[int, date], calendar: DayCalendar) -> Obligation:
    return Obligation(
        kind=DutyKind.FIRST_VISIT if item.is_first else DutyKind.ROUTINE,
        accountable_post=item.terms.accountable_post,
        opened_on=item.opened_on,
        due_on=item.due_on,
        due_at=item.due_at,
        ladder=item.ladder,
        needed=item.needed,
        done_at=item.done_at,
        basis=_basis(item, calendar) | _basis_of_start(item, start) | _basis_of_change(item, slots),
        terms_since=midnight(item.terms.effective_on) if item.terms.effective_on > date.min else None,
        mark=START_MARK if item.is_start else "",
    )


def _basis_of_start(item: Round, start: Start) -> dict[str, Any]:
    """Return what explains the round with which counting began: the day it was counted from, and why it was put off."""
    if item.base_on is None:
        return {}
    counted = {"counted_on": item.base_on.isoformat()}
    return counted | ({"put_off": "spread" if start.due_on else "rule"} if item.is_deferred else {})


def _basis_of_change(item: Round, slots: Mapping[int, date]) -> dict[str, Any]:
    """Return what explains a round that a change of rule opened, or to which it gave its date."""
    found: dict[str, Any] = {"opened_by_rule": True} if item.is_opened_by_rule else {}
    if item.is_dated_by_rule:
        found["dated_by_rule"] = "spread" if item.terms.version in slots else "rule"
    return found


def _basis(item: Round, calendar: DayCalendar) -> dict[str, Any]:
    """Return what the round's explanation needs, as plain JSON."""
    terms = item.terms
    basis: dict[str, Any] = {"rule_version": terms.version, "cadence": terms.cadence}
    if item.is_first:
        basis["first_within_days"] = terms.first_within_days
    elif item.is_rolling:
        basis["every_days"] = terms.every_days
    else:
        basis["period"], basis["times"] = terms.period, item.needed
    if item.due_on != item.target_on:
        basis["target_on"] = item.target_on.isoformat()
        skipped = calendar.skipped(item.target_on, item.due_on)
        basis["skipped"] = [day.isoformat() for day in skipped]
    return basis


def incident_facts(clocks: Sequence[DutyClock], now: datetime) -> list[ClockFacts]:
    """Return the facts of incidents' clocks: one arrival duty for each post the rule requires.

    An incident reported before its community went live asks for nothing.
    """
    arrivals = Arrival.objects.unscoped("of incidents in hand")
    incidents = (
        Incident.objects.unscoped("facts of clocks in hand")
        .filter(clock__in=clocks)
        .select_related("rule", "clock")
        .prefetch_related(Prefetch("arrivals", arrivals))
    )
    live = go_lives(clock.community_id for clock in clocks)
    return [_incident_facts(incident, live.get(incident.community_id)) for incident in incidents]


def _incident_facts(incident: Incident, live: GoLive | None) -> ClockFacts:
    counts = live is not None and incident.reported_at >= live.begins_at
    return ClockFacts(
        clock=incident.clock,
        place_id=incident.building_id,
        category_id=None,
        obligations=_arrivals_owed(incident) if counts else [],
        ended_at=incident.closed_at,
        known_since=incident.reported_at,
        next_opening_at=None,
    )


def _arrivals_owed(incident: Incident) -> list[Obligation]:
    rule = incident.rule
    arrived = {arrival.post: arrival.arrived_at for arrival in incident.arrivals.all()}
    # Counted from the report: before it no cadre can know of the incident.
    due_at = incident.reported_at + timedelta(hours=rule.arrive_within_hours)
    return [
        Obligation(
            kind=DutyKind.ARRIVAL,
            accountable_post=post,
            opened_on=local_day(incident.reported_at),
            due_on=local_day(due_at),
            due_at=due_at,
            # a reminder planned for before the report falls due with it
            ladder=[[rung, max(hours, -rule.arrive_within_hours)] for rung, hours in rule.steps],
            done_at=arrived.get(post),
            basis={"rule_version": rule.version, "arrive_within_hours": rule.arrive_within_hours},
        )
        for post in rule.required_posts
    ]
