"""The rounds a rule asks for, of visits or of anything else that recurs: a pure function of facts.

`rounds` is defined by the cases in tests/data/visit_clock.json, and by those in tests/data/go_live_clock.json for a
record that is counted from a day after its own first one. It walks once through what happened, day by day: a change of
rule, the start of a period, a fact that counts. The wording is that of visits: they are asked for on a record that
starts and may end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType

from baibuting.common.days import (
    DayCalendar,
    local_day,
    midnight,
    next_period_start,
    period_end,
    period_start,
)
from duties.choices import Cadence


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of a rule as plain values, in force from `effective_on`.

    `ladder` is ((rung, days after the due date), …); empty `methods` means every method counts. Where it `is_spread`,
    records may have a day of their own for the round that it dates. `due_offset_days` after its first day a period's
    round is due; None for the last day of the period.
    """

    cadence: str
    first_within_days: int
    ladder: tuple[tuple[int, int], ...]
    every_days: int = 0
    period: str = ""
    times: int = 1
    methods: frozenset[str] = frozenset()
    shift_to_working_day: bool = False
    accountable_post: str = ""
    version: int = 1
    effective_on: date = date.min
    is_spread: bool = False
    due_offset_days: int | None = None

    def accepts(self, fact: Fact) -> bool:
        """Return whether a fact counts under these terms: it counts at all, and by a method of the rule."""
        return fact.counts and (not self.methods or fact.method in self.methods)

    @property
    def hours_ladder(self) -> list[list[int]]:
        """Return the ladder in hours after the midnight that ends the due date (Shanghai has no daylight saving)."""
        return [[rung, days * 24] for rung, days in self.ladder]


@dataclass(frozen=True, slots=True)
class Fact:
    """What was done at a moment, by one of the rule's methods.

    `counts` is false where it fulfils nothing under any rule: a visit at which the person was not seen.
    """

    at: datetime
    method: str = ""
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Start:
    """From which day a record is counted that began before it. What lies before that day is history.

    `due_on` is when its starting round is due where the date of its own has passed by then; None for
    `first_within_days` after `on`.
    """

    on: date
    due_on: date | None = None


@dataclass(slots=True)
class Round:
    """One round, the first of a record or a later one: open from `opened_on`, due by the end of `due_on`, fulfilled at `done_at`.

    `terms` is the version of the rule it is held under; `target_on` the due date before days off moved it;
    `previous_on` the day of the fact the due date was counted from, if any; `counted_on` the days that went towards it.
    `not_before` is the day from which the record is counted, if not from its own first day: no step of the ladder falls
    due earlier. A round that `is_start` opens on that day, counted from `base_on`; one that `is_deferred` is such a
    round whose own date had passed by then. `is_opened_by_rule` is one that a change of rule opened, without a fact before
    it; `is_dated_by_rule` one to which the change to `terms` gave its date: it opened it, or its own had passed then.
    """

    is_first: bool
    opened_on: date
    target_on: date
    due_on: date
    terms: Terms
    needed: int = 1
    previous_on: date | None = None
    done_at: datetime | None = None
    counted_on: list[date] = field(default_factory=list)
    not_before: date | None = None
    base_on: date | None = None
    is_deferred: bool = False
    is_opened_by_rule: bool = False
    is_dated_by_rule: bool = False

    @property
    def is_start(self) -> bool:
        """Return whether it is the round with which counting begins in the middle of a record."""
        return self.base_on is not None

    @property
    def due_at(self) -> datetime:
        """Return the midnight after the due date, when overdue begins."""
        return midnight(self.due_on + timedelta(days=1))

    @property
    def is_rolling(self) -> bool:
        """Return whether one fact that counts settles it and starts the next rolling round."""
        return self.is_first or self.terms.cadence == Cadence.ROLLING

    @property
    def ladder(self) -> list[list[int]]:
        """Return its ladder in hours after `due_at`; a step planned before `not_before` falls due as that day begins."""
        if self.not_before is None:
            return self.terms.hours_ladder
        earliest = (self.not_before - self.due_on - timedelta(days=1)).days * 24
        return [[rung, max(hours, earliest)] for rung, hours in self.terms.hours_ladder]


@dataclass(frozen=True, slots=True)
class Rounds:
    """All rounds so far, oldest first, and when the next period opens by itself (None for rolling rules)."""

    items: list[Round]
    next_opening_at: datetime | None


def rounds(
    rules: Sequence[Terms],
    started_on: date,
    ended_on: date | None,
    facts: Sequence[Fact],
    as_of: datetime,
    calendar: DayCalendar,
    start: Start | None = None,
    slots: Mapping[int, date] = MappingProxyType({}),
) -> Rounds:
    """Return the rounds a record asks for, by what is known at `as_of`.

    `rules` are the versions in the order in which they take effect; the first also covers the time before it. Days are
    Shanghai days; the record is open on both its first and its last day. A record that began before `start` asks for
    nothing until that day, and then for one round that takes the facts before it into account. `slots` holds by version
    of the rule the day that spreading gave the round to which its change gives a date.
    """
    last_day = min(local_day(as_of), ended_on) if ended_on else local_day(as_of)
    begins_on = max(started_on, start.on) if start else started_on
    if begins_on > started_on and last_day < begins_on:
        is_over = ended_on is not None and ended_on < begins_on
        return Rounds([], None if is_over else midnight(begins_on))
    walk = _Walk(rules, begins_on, calendar, start.on if start else None, slots)
    counted = list(_first_a_day(rules, facts, started_on, last_day, as_of))
    if start is not None and begins_on > started_on:
        last_seen = max((day for day, _ in counted if day < begins_on), default=None)
        walk.open_start(start, started_on, last_seen)
    else:
        first_due_on = started_on + timedelta(days=walk.terms.first_within_days)
        walk.open(started_on, first_due_on, is_first=True)
    happenings = [
        *((terms.effective_on, 0, terms) for terms in rules if begins_on < terms.effective_on <= last_day),
        *((day, 1, None) for day in _period_starts(rules, begins_on, last_day)),
        *((day, 2, fact) for day, fact in counted if day >= begins_on),
    ]
    for day, _, what in sorted(happenings, key=lambda happening: happening[:2]):
        if isinstance(what, Terms):
            walk.change_rule(what)
        elif isinstance(what, Fact):
            walk.fulfil(day, what)
        else:
            walk.open_period(day)
    return Rounds(walk.items, _next_opening(rules, ended_on, max(last_day, begins_on)))


class _Walk:
    """The state of one walk through a record's history, from the day on which counting begins."""

    def __init__(
        self,
        rules: Sequence[Terms],
        begins_on: date,
        calendar: DayCalendar,
        not_before: date | None,
        slots: Mapping[int, date],
    ) -> None:
        self.terms = terms_on(rules, begins_on)
        self.calendar = calendar
        self.not_before = not_before
        self.slots = slots
        self.items: list[Round] = []
        self.running: list[Round] = []

    def open(
        self,
        opened_on: date,
        target_on: date,
        *,
        is_first: bool = False,
        needed: int = 1,
        previous_on: date | None = None,
    ) -> Round:
        due_on = self._due(target_on, self.terms)
        item = Round(is_first, opened_on, target_on, due_on, self.terms, needed, previous_on)
        item.not_before = self.not_before
        self.items.append(item)
        self.running.append(item)
        return item

    def open_start(self, start: Start, started_on: date, last_seen: date | None) -> None:
        """Begin counting in the middle of a record: with one round, or none where the running period has its visit.

        Whoever was never seen owes the first round. Else it counts from the last time: by the rule's interval, or as
        the period that is running. A date of its own that has passed is put off, so that nobody is overdue by the start.
        """
        soonest = start.on + timedelta(days=self.terms.first_within_days)
        if last_seen is None or self.terms.cadence == Cadence.ROLLING:
            days = self.terms.first_within_days if last_seen is None else self.terms.every_days
            target_on = (last_seen or started_on) + timedelta(days=days)
            has_passed = target_on < start.on
        else:
            first, target_on = (edge(start.on, self.terms.period) for edge in (period_start, period_end))
            if first == start.on:
                self.open_period(first)
            if first == start.on or first <= last_seen:
                return
            # what is left of a period that ends sooner is too short for all whom nobody saw in it
            has_passed = target_on < soonest
        item = self.open(
            start.on,
            (start.due_on or soonest) if has_passed else target_on,
            is_first=last_seen is None,
            previous_on=last_seen,
        )
        item.base_on, item.is_deferred = last_seen or started_on, has_passed

    def open_period(self, day: date) -> None:
        """Begin a period, which asks for its visits until its last day."""
        ahead, last = self.terms.due_offset_days, period_end(day, self.terms.period)
        target_on = last if ahead is None else min(day + timedelta(days=ahead), last)
        self.open(day, target_on, needed=self.terms.times)

    def fulfil(self, day: date, fact: Fact) -> None:
        """Count a fact towards every round still open.

        A rolling round that a change of rule opened on the same day is the round this fact would open.
        """
        for item in self.running:
            if not item.is_first and not item.is_start and item.is_rolling and item.opened_on == day:
                item.previous_on = day
                continue
            item.counted_on.append(day)
            if len(item.counted_on) >= item.needed:
                item.done_at = fact.at
        self.running = [item for item in self.running if item.done_at is None]
        if self.terms.cadence == Cadence.ROLLING and not any(item.is_rolling for item in self.running):
            self.open(day, day + timedelta(days=self.terms.every_days), previous_on=day)

    def change_rule(self, terms: Terms) -> None:
        """Put a new version in force: rounds not yet overdue are held under it; an overdue one stays as it was."""
        before, self.terms = self.terms, terms
        for item in self.running:
            if item.due_on >= terms.effective_on and before.cadence == terms.cadence:
                self._retarget(item)
        if terms.cadence == Cadence.ROLLING and not any(item.is_rolling for item in self.running):
            item = self.open(terms.effective_on, self._given_by(terms, terms.every_days))
            item.is_opened_by_rule = item.is_dated_by_rule = True

    def _retarget(self, item: Round) -> None:
        """Give an open round the new version's date; the change itself makes nothing overdue."""
        terms = self.terms
        if item.is_rolling:
            days = terms.first_within_days if item.is_first else terms.every_days
            target = (item.base_on or item.opened_on) + timedelta(days=days)
            given = self._given_by(terms, days)
            item.is_dated_by_rule = target < terms.effective_on and given < item.target_on
            if target < terms.effective_on:
                target = min(item.target_on, given)
            item.target_on, item.due_on = target, self._due(target, terms)
        elif item.terms.period == terms.period and not item.is_start:
            item.needed = terms.times
        item.terms = terms

    def _given_by(self, terms: Terms, days: int) -> date:
        """Return the date that the change to some terms gives a round: its slot, else so many days from the change on."""
        return self.slots.get(terms.version) or terms.effective_on + timedelta(days=days)

    def _due(self, target_on: date, terms: Terms) -> date:
        return self.calendar.next_working_day(target_on) if terms.shift_to_working_day else target_on


def terms_on(rules: Sequence[Terms], day: date) -> Terms:
    """Return the version in force on a day; before the first takes effect, the first."""
    return next((terms for terms in reversed(rules) if terms.effective_on <= day), rules[0])


def _first_a_day(
    rules: Sequence[Terms], facts: Sequence[Fact], started_on: date, last_day: date, as_of: datetime
) -> Iterator[tuple[date, Fact]]:
    """Yield the facts that count: inside the record, known by `as_of`, the first qualifying one of each local day."""
    taken: set[date] = set()
    for fact in sorted(facts, key=lambda fact: fact.at):
        day = local_day(fact.at)
        inside = started_on <= day <= last_day and fact.at <= as_of
        if inside and day not in taken and terms_on(rules, day).accepts(fact):
            taken.add(day)
            yield day, fact


def _period_starts(rules: Sequence[Terms], started_on: date, last_day: date) -> Iterator[date]:
    """Yield the first days of the periods that open rounds: whole periods after the one in which the record starts."""
    day = _next_start(rules, started_on)
    while day is not None and day <= last_day:
        yield day
        day = _next_start(rules, day)


def _next_start(rules: Sequence[Terms], after: date) -> date | None:
    """Return the next period start after `after` under the rule in force on that start; None where none will come."""
    bounds = [terms.effective_on for terms in rules[1:] if terms.effective_on > after] + [date.max]
    terms, floor = terms_on(rules, after), after
    for until in bounds:
        if terms.cadence == Cadence.CALENDAR:
            start = next_period_start(floor, terms.period)
            if floor > after and period_start(floor, terms.period) == floor:
                start = floor
            if start < until:
                return start
        terms, floor = terms_on(rules, until), until
    return None


def _next_opening(rules: Sequence[Terms], ended_on: date | None, last_day: date) -> datetime | None:
    """Return when time alone will next open or change a round: a period start or a rule taking effect."""
    coming = [terms.effective_on for terms in rules[1:] if terms.effective_on > last_day]
    start = _next_start(rules, last_day)
    if start is not None:
        coming.append(start)
    day = min(coming, default=None)
    return midnight(day) if day is not None and (ended_on is None or day <= ended_on) else None
