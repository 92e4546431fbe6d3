"""Reconciling duties and their events with the facts; the one writer of a duty's state."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from baibuting.common.bulk import rows_update
from baibuting.common.days import local_day, midnight, next_midnight
from cadres.ladder import Ladder
from cadres.selectors import successors
from duties.choices import RUNNING, DutyActionKind, EventKind, Outcome
from duties.clock import state_at, steps
from duties.events import BY_CLOCK, Owed, duties_held, events_owed, stand_downs
from duties.models import Duty, DutyAction, DutyClock, DutyEvent, NoticeDelivery, NoticeSeen
from duties.premature import notices_put_right
from duties.sources import ClockFacts, Obligation, read_facts


@dataclass(slots=True)
class Tally:
    """What reconciling did: duties opened, reminders, duties that became overdue, escalations (rung 1 and up).

    `stood_down` are notices taken back, `withdrawn` duties the facts no longer ask for.
    """

    opened: int = 0
    reminded: int = 0
    overdue: int = 0
    escalated: int = 0
    stood_down: int = 0
    withdrawn: int = 0

    def add(self, other: Tally) -> None:
        for item in fields(self):
            setattr(self, item.name, getattr(self, item.name) + getattr(other, item.name))


def clock_create(
    *, source: str, community_id: int, next_check_at: datetime, care_record_id: int | None = None
) -> DutyClock:
    """Start a clock; the next sweep, or `clocks_reconcile`, opens its duties."""
    return DutyClock.objects.create(
        source=source, community_id=community_id, next_check_at=next_check_at, care_record_id=care_record_id
    )


def notices_see(
    *, cadre_id: int, now: datetime, duty: Duty | None = None, event_ids: Collection[int] = ()
) -> int:
    """Mark notices of a cadre as seen: those of a duty that was opened, or those a list has shown. Return how many."""
    meant = Q(duty=duty) if duty else Q(pk__in=event_ids)
    unseen = DutyEvent.objects.filter(
        meant, told_cadre=cadre_id, kind__in=(EventKind.RAISED, EventKind.LEFT), seen=None
    )
    rows = [NoticeSeen(event=event, seen_at=now) for event in unseen]
    NoticeSeen.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def leaving_tell(*, duties: Sequence[Duty], left_on: date, reason: str, now: datetime) -> list[DutyEvent]:
    """Notify each holder of today once, whatever the number of the person's duties; the most pressing one carries it.

    Where the accountable post is vacant, the next rung up is notified, as with any step of the ladder.
    """
    ladder = Ladder.load({duty.accountable for duty in duties})
    events: dict[int, DutyEvent] = {}
    for duty in sorted(duties, key=lambda duty: (duty.due_at, duty.pk)):
        told = ladder.told(duty.accountable, 0, local_day(now))
        if told.cadre_id is None or told.cadre_id in events:
            continue
        events[told.cadre_id] = DutyEvent(
            duty=duty,
            community_id=duty.community_id,
            kind=EventKind.LEFT,
            told_rung=told.told_rung,
            told_post=told.post,
            told_cadre_id=told.cadre_id,
            passed_over=told.passed_over,
            fell_due_at=now,
            recorded_at=now,
            detail={"left_on": left_on.isoformat(), "reason": reason},
        )
    return DutyEvent.objects.bulk_create(events.values())


def clocks_reconcile(*, clocks: Sequence[DutyClock], now: datetime) -> Tally:
    """Recompute the clocks' duties from the facts and write what differs, with the events this owes.

    The caller holds the clocks' row locks: facts and duties are read after the lock, so nothing that was recorded in
    between is missed.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("clocks_reconcile must run inside the transaction that locked the clocks")
    every_facts = read_facts(clocks, now)
    stored, standing, settled_late = _stored_duties(every_facts, now)
    waived = _waived([duty.pk for known in stored.values() for duty in known.values()])
    tally = Tally()
    work = _Work(successors=_successors(every_facts, now), settled_late=settled_late)
    for facts in every_facts:
        known = stored[facts.clock.pk]
        for obligation in facts.obligations:
            if (facts.clock.pk, obligation.key) not in standing:
                duty = known.pop(obligation.key, None)
                held_back = waived.get(duty.pk, []) if duty else []
                tally.overdue += _reconcile_one(duty, obligation, facts, held_back, work, now)
        for duty in known.values():
            _withdraw(duty, work, now)
    tally.opened = len(work.created)
    Duty.objects.bulk_create(work.created)
    rows_update(work.changed, _JUDGED)
    rows_update(work.retermed, _TERMS)
    rows_update(work.postdated, ("created_at",))
    _record_events(work, now, tally)
    _schedule_next_check(every_facts, work, now)
    return tally


_Key = tuple[str, str]


def _stored_duties(
    every_facts: Sequence[ClockFacts], now: datetime
) -> tuple[dict[int, dict[_Key, Duty]], set[tuple[int, _Key]], list[Duty]]:
    """Return the clocks' duties by clock and key, the keys of those that stay as settled, and the late ones of these.

    A duty settled by the same facts as before is not judged again: its row and its events were written together. A
    person visited weekly has fifty a year of them, so they are compared without being loaded; but for those that were
    overdue while a younger round's steps may have fallen due (`duties_held`). What a wrong clock settled ahead of time
    does not stay.
    """
    settlements = {
        (facts.clock.pk, obligation.key): (obligation.done_at, obligation.done_at or facts.ended_at)
        for facts in every_facts
        for obligation in facts.obligations
    }
    stored: dict[int, dict[_Key, Duty]] = {facts.clock.pk: {} for facts in every_facts}
    standing, moving = set(), []
    late: dict[int, list[tuple[int, datetime]]] = {}
    rows = (
        Duty.objects.filter(clock__in=stored)
        .order_by()
        .values_list("pk", "clock_id", "kind", "key", "outcome", "done_at", "closed_at")
    )
    for pk, clock_id, kind, own_key, outcome, done_at, closed_at in rows:
        key = (clock_id, (kind, own_key))
        is_settled = closed_at is not None and closed_at <= now
        if is_settled and settlements.get(key) == (done_at, closed_at):
            standing.add(key)
            if closed_at and outcome in (Outcome.LATE, Outcome.MISSED):
                late.setdefault(clock_id, []).append((pk, closed_at))
        else:
            moving.append(pk)
    overlapping = {pk for facts in every_facts for pk in _overlapping(facts, standing, late)}
    settled_late = []
    for duty in Duty.objects.filter(pk__in=[*moving, *overlapping]):
        if duty.pk in overlapping:
            settled_late.append(duty)
        else:
            stored[duty.clock_id][duty.kind, duty.key] = duty
    return stored, standing, settled_late


def _overlapping(
    facts: ClockFacts, standing: set[tuple[int, _Key]], late: dict[int, list[tuple[int, datetime]]]
) -> list[int]:
    """Return the clock's rounds settled late, by id, if any was still overdue when a round in hand began."""
    own = late.get(facts.clock.pk, [])
    begun = [
        min([midnight(one.opened_on), *(step.at for step in steps(one.due_at, one.ladder))])
        for one in facts.obligations
        if own and (facts.clock.pk, one.key) not in standing
    ]
    is_near = bool(begun) and any(closed_at > min(begun) for _, closed_at in own)
    return [pk for pk, _ in own] if is_near else []


def _waived(duty_ids: Sequence[int]) -> dict[int, list[list[str | None]]]:
    """Return by duty from when to when it was waived, as `Duty.waived` holds it. One query."""
    found: dict[int, list[list[str | None]]] = {}
    waves = DutyAction.objects.filter(duty__in=duty_ids, kind=DutyActionKind.WAIVE)
    for duty_id, since, until in waves.order_by("at", "pk").values_list("duty_id", "at", "revoked_by__at"):
        found.setdefault(duty_id, []).append([since.isoformat(), until.isoformat() if until else None])
    return found


@dataclass(slots=True)
class _Work:
    """What one call worked out, before it is written.

    `successors` are those of appointments that have ended, `settled_late` rounds that stay as settled late.
    """

    successors: dict[int, int | None]
    settled_late: list[Duty]
    judged: list[tuple[Duty, ClockFacts]] = field(default_factory=list)
    known: list[Duty] = field(default_factory=list)
    created: list[Duty] = field(default_factory=list)
    changed: list[Duty] = field(default_factory=list)
    retermed: list[Duty] = field(default_factory=list)
    withdrawn: list[Duty] = field(default_factory=list)
    postdated: list[Duty] = field(default_factory=list)
    events: list[DutyEvent] = field(default_factory=list)


def _reconcile_one(
    stored: Duty | None,
    obligation: Obligation,
    facts: ClockFacts,
    waived: list[list[str | None]],
    work: _Work,
    now: datetime,
) -> bool:
    """Reconcile one duty. Return whether it became overdue."""
    duty = stored or _new_duty(facts, obligation, now)
    was_overdue = duty.outcome == Outcome.OVERDUE
    (work.created if stored is None else work.known).append(duty)
    _date_back(duty, work, now)
    if stored and stored.outcome in RUNNING:
        _take_terms(stored, obligation, facts, work, now)
    before = _values(duty, _JUDGED)
    duty.waived = waived
    state = state_at(
        due_at=duty.due_at,
        ladder=duty.ladder,
        done_at=obligation.done_at,
        ended_at=facts.ended_at,
        now=now,
        waived=duty.waived_times,
    )
    duty.outcome, duty.rung, duty.done_at = state.outcome, state.rung, obligation.done_at
    duty.closed_at, duty.next_check_at = state.closed_at, state.next_check_at
    if stored and _values(duty, _JUDGED) != before:
        work.changed.append(duty)
    work.judged.append((duty, facts))
    return duty.outcome == Outcome.OVERDUE and not was_overdue


_JUDGED = ("outcome", "rung", "done_at", "closed_at", "next_check_at", "waived")
_TERMS = (
    "place_id",
    "due_on",
    "due_at",
    "needed",
    "ladder",
    "accountable_post",
    "appointment_id",
    "basis",
)


def _values(duty: Duty, names: Iterable[str]) -> tuple[Any, ...]:
    return tuple(getattr(duty, name) for name in names)


def _new_duty(facts: ClockFacts, obligation: Obligation, now: datetime) -> Duty:
    return Duty(
        clock=facts.clock,
        community_id=facts.clock.community_id,
        place_id=facts.place_id,
        care_record_id=facts.clock.care_record_id,
        category_id=facts.category_id,
        kind=obligation.kind,
        key=obligation.key[1],
        accountable_post=obligation.accountable_post,
        appointment_id=obligation.appointment_id,
        opened_on=obligation.opened_on,
        due_on=obligation.due_on,
        due_at=obligation.due_at,
        needed=obligation.needed,
        ladder=obligation.ladder,
        basis=obligation.basis,
        created_at=now,
    )


def _take_terms(duty: Duty, obligation: Obligation, facts: ClockFacts, work: _Work, now: datetime) -> None:
    """Put a running duty under the terms the facts now give (a new rule version, a day off) and record the change.

    What is overdue stays as it was agreed, but for the appointment: it passes to the successor in the seat.
    """
    before = _values(duty, _TERMS)
    old_due_on, old_version = duty.due_on, duty.basis.get("rule_version")
    named = obligation.appointment_id
    duty.appointment_id = (work.successors.get(named) if named else None) or named
    if duty.outcome == Outcome.OPEN:
        duty.place_id = facts.place_id
        duty.due_on, duty.due_at, duty.needed = obligation.due_on, obligation.due_at, obligation.needed
        duty.ladder, duty.accountable_post = obligation.ladder, obligation.accountable_post
        duty.basis = obligation.basis
    if _values(duty, _TERMS) == before:
        return
    work.retermed.append(duty)
    new_version = duty.basis.get("rule_version")
    if (old_due_on, old_version) != (duty.due_on, new_version):
        since = obligation.terms_since if new_version != old_version else None
        event = _event(duty, EventKind.RULE_CHANGED, None, since or now, now)
        event.detail = {
            "due_on": [old_due_on.isoformat(), duty.due_on.isoformat()],
            "rule_version": [old_version, new_version],
        }
        work.events.append(event)


def _withdraw(duty: Duty, work: _Work, now: datetime) -> None:
    """Cancel a duty the facts no longer ask for (a visit was voided, the record's dates were corrected)."""
    if duty.outcome == Outcome.CANCELLED:
        if duty.closed_at and duty.closed_at > now:
            duty.closed_at = now
            work.changed.append(duty)
        return
    duty.outcome, duty.closed_at = Outcome.CANCELLED, now
    duty.done_at = duty.next_check_at = None
    work.changed.append(duty)
    work.withdrawn.append(duty)
    event = _event(duty, EventKind.WITHDRAWN, None, now, now)
    if _date_back(duty, work, now):
        event.detail = BY_CLOCK
    work.events.append(event)


def _date_back(duty: Duty, work: _Work, now: datetime) -> bool:
    """Correct a moment that has not come: a wrong clock opened the duty. Return whether it did."""
    if duty.created_at <= now:
        return False
    duty.created_at = now
    work.postdated.append(duty)
    return True


def _record_events(work: _Work, now: datetime, tally: Tally) -> None:
    """Write the events owed, addressed to the holder of the post, and the e-mails these owe."""
    told, early = _told(work, now)
    events = list(work.events)
    raised: list[tuple[DutyEvent, date]] = []
    held = _held(work)
    for duty, facts in work.judged:
        so_far, too_soon = told.get(duty.pk, ()), early.get(duty.pk, ())
        for owed in events_owed(duty, so_far, facts.known_since, now, held.get(duty.pk, ()), too_soon):
            event = _event_owed(duty, owed, now)
            events.append(event)
            if owed.kind == EventKind.RAISED:
                # before the record was known no notice was possible: address the holder of the day it became known
                raised.append((event, local_day(max(owed.fell_due_at, facts.known_since))))
    for duty in work.withdrawn:
        for owed in stand_downs(told.get(duty.pk, ()), now, early.get(duty.pk, ())):
            events.append(_event_owed(duty, owed, now))
    ladder = Ladder.load({event.duty.accountable for event, _ in raised})
    for event, day in raised:
        _address(event, ladder, day)
        tally.reminded += event.rung == 0
        tally.escalated += event.rung != 0
    DutyEvent.objects.bulk_create(events)
    tally.stood_down = sum(event.kind == EventKind.STOOD_DOWN for event in events)
    tally.withdrawn = len(work.withdrawn)
    notices_put_right(events, now)
    NoticeDelivery.objects.bulk_create(
        NoticeDelivery(event=event, cadre_id=event.told_cadre_id, next_attempt_at=now)
        for event, _ in raised
        if event.told_cadre_id and event.duty.outcome in RUNNING
    )


def _told(work: _Work, now: datetime) -> tuple[dict[int, set[tuple[int | None, str]]], dict[int, set[int]]]:
    """Return by duty what is written of it, as (rung, kind), and the rungs raised for a moment that is to come."""
    told: dict[int, set[tuple[int | None, str]]] = {}
    early: dict[int, set[int]] = {}
    written = DutyEvent.objects.filter(duty__in=work.known + work.withdrawn)
    for duty_id, rung, kind, fell_due_at in written.values_list("duty_id", "rung", "kind", "fell_due_at"):
        told.setdefault(duty_id, set()).add((rung, kind))
        if kind == EventKind.RAISED and rung is not None and fell_due_at > now:
            early.setdefault(duty_id, set()).add(rung)
    return told, early


def _held(work: _Work) -> dict[int, frozenset[int]]:
    """Return by duty the rungs that an older round speaks to; one over before its record was known spoke to nobody."""
    known_since = {facts.clock.pk: facts.known_since for _, facts in work.judged}
    rounds = [*work.settled_late, *(duty for duty, _ in work.judged)]
    return duties_held(
        duty for duty in rounds if duty.closed_at is None or duty.closed_at > known_since[duty.clock_id]
    )


def _event(duty: Duty, kind: str, rung: int | None, fell_due_at: datetime, now: datetime) -> DutyEvent:
    return DutyEvent(
        duty=duty,
        community_id=duty.community_id,
        kind=kind,
        rung=rung,
        fell_due_at=fell_due_at,
        recorded_at=now,
    )


def _event_owed(duty: Duty, owed: Owed, now: datetime) -> DutyEvent:
    event = _event(duty, owed.kind, owed.rung, owed.fell_due_at, now)
    event.detail = BY_CLOCK if owed.by_clock else {}
    return event


def _address(event: DutyEvent, ladder: Ladder, day: date) -> None:
    """Address the event to the holder on that day, or to the next rung up where the post was vacant."""
    duty = event.duty
    told = ladder.told(duty.accountable, event.rung or 0, day)
    event.told_rung, event.told_post, event.told_cadre_id = told.told_rung, told.post, told.cadre_id
    event.passed_over = told.passed_over


def _schedule_next_check(every_facts: Iterable[ClockFacts], work: _Work, now: datetime) -> None:
    """Set each clock to the earliest moment at which time alone can change anything about it.

    While a duty names an appointment that has ended without a successor, that is the next midnight at the latest:
    `clocks_wake_left` makes its clock due once a day and not with every sweep.
    """
    coming: dict[int, list[datetime]] = {}
    for duty, facts in work.judged:
        if duty.outcome not in RUNNING:
            continue
        if duty.next_check_at:
            coming.setdefault(facts.clock.pk, []).append(duty.next_check_at)
        if duty.appointment_id in work.successors:
            coming.setdefault(facts.clock.pk, []).append(next_midnight(now))
    for facts in every_facts:
        own = [at for at in (facts.next_opening_at, facts.ended_at) if at and at > now]
        facts.clock.next_check_at = min(coming.get(facts.clock.pk, []) + own, default=None)
        facts.clock.failures, facts.clock.last_failure = 0, ""
    rows_update([facts.clock for facts in every_facts], ("next_check_at", "failures", "last_failure"))


def _successors(every_facts: Iterable[ClockFacts], now: datetime) -> dict[int, int | None]:
    """Return the successor of each ended appointment named by an open obligation, by its id; None without one.

    A clock that ends with the appointment is closed in its name.
    """
    named = {
        obligation.appointment_id
        for facts in every_facts
        if facts.ended_at is None or facts.ended_at > now
        for obligation in facts.obligations
        if obligation.appointment_id is not None and obligation.done_at is None
    }
    return successors(named, local_day(now))
