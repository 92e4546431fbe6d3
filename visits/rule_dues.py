"""The days that spreading gives for a change of rules: to the records whose round the change would date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from django.db.models import Q

from baibuting.common.days import midnight
from residents.choices import EndReason
from residents.models import CareRecord
from visits.facts import CareKnowledge
from visits.models import RuleDue, VisitRule
from visits.waiting import BATCH, PersonWaiting, running_in, spread_people, window_of


def rule_dues(*, rules: Sequence[VisitRule], spread_days: int, now: datetime) -> list[RuleDue]:
    """Return the days, unsaved, that versions just put in force together give; none without a window.

    The versions are of one community and one day, each of another category. What is running already counts towards the
    share of a building. Raises ValidationError for a window that cannot be.
    """
    days = window_of(rules[0].community, rules[0].effective_on, spread_days)
    if not days:
        return []
    people: dict[int, PersonWaiting] = {}
    rule_of: dict[int, VisitRule] = {}  # by record
    as_of = max(now, midnight(rules[0].effective_on))
    for record, known, rule in _records(rules):
        person = people.get(record.resident_id)
        if person is None:
            person = people[record.resident_id] = PersonWaiting.of(record, known, rule.effective_on)
        if _note(person, record, known, rule, as_of):
            person.records += (record.pk,)
            rule_of[record.pk] = rule
    slots = spread_people(people.values(), running_in(people), days)
    return [
        RuleDue(care_record_id=record_id, rule=rule_of[record_id], due_on=day)
        for person_id, day in slots.items()
        for record_id in people[person_id].records
    ]


def _records(rules: Sequence[VisitRule]) -> Iterator[tuple[CareRecord, CareKnowledge, VisitRule]]:
    """Yield the records under the rules with what is known of them."""
    by_category: Mapping[int, VisitRule] = {rule.category_id: rule for rule in rules}
    records = CareRecord.objects.unscoped("a rule holds in the whole community").filter(
        Q(ended_on=None) | Q(ended_on__gte=rules[0].effective_on),
        community=rules[0].community,
        category__in=by_category,
    )
    rows = list(records.exclude(end_reason=EndReason.MISTAKE).order_by("resident_id", "pk"))
    for first in range(0, len(rows), BATCH):
        known = CareKnowledge.of(batch := rows[first : first + BATCH])
        yield from ((record, known, by_category[record.category_id]) for record in batch)


def _note(
    person: PersonWaiting, record: CareRecord, known: CareKnowledge, rule: VisitRule, as_of: datetime
) -> bool:
    """Note what a record asks of its person first; return whether the change dates a round of it."""
    person.listed_on = min(person.listed_on, record.started_on)
    start = known.start_of(record)
    if start is None:
        return False
    is_dated = False
    for item in known.rounds_of(record, start, as_of).items:
        if item.done_at is None:
            by_change = item.is_dated_by_rule and item.terms.version == rule.version
            person.note(item.due_on, is_deferred=by_change)
            is_dated |= by_change
    return is_dated
