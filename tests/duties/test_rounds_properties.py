"""What holds of rounds whatever the rule, the days and the visits; and a second, naive reading of the same words."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from baibuting.common.days import SHANGHAI, DayCalendar, local_day, midnight, next_period_start, period_start
from duties.choices import Period
from duties.clock import State, state_at
from duties.rounds import Fact, Round, Rounds, Terms, rounds
from visits.management.commands.simulate_rule import simulate

FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)  # Spring Festival lies in between
DAY = timedelta(days=1)
SPRING_FESTIVAL = DayCalendar(
    holidays=frozenset(date(2026, 2, day) for day in range(15, 24)),
    workdays=frozenset({date(2026, 2, 14), date(2026, 2, 28)}),
)
DAYS = st.dates(FIRST, LAST)
MOMENTS = st.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001 - bounds of hypothesis are naive
    datetime(2026, 7, 31),  # noqa: DTZ001
    timezones=st.sampled_from([SHANGHAI, ZoneInfo("UTC")]),
)
METHODS = ("home", "hospital", "phone")
VISITS = st.lists(st.builds(Fact, MOMENTS, st.sampled_from(METHODS), st.booleans()), max_size=14)
LADDERS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(-5, 12)), max_size=5, unique_by=lambda step: step[0]
).map(tuple)
SHARED = {
    "first_within_days": st.integers(0, 20),
    "ladder": LADDERS,
    "methods": st.frozensets(st.sampled_from(METHODS)),
    "shift_to_working_day": st.booleans(),
}
ROLLING = st.builds(Terms, cadence=st.just("rolling"), every_days=st.integers(1, 40), **SHARED)
CALENDAR = st.builds(
    Terms,
    cadence=st.just("calendar"),
    period=st.sampled_from(Period.values),
    times=st.integers(1, 3),
    **SHARED,
)
TERMS = st.one_of(ROLLING, CALENDAR)


@st.composite
def records(draw: Any, terms: Any = TERMS) -> tuple[Terms, date, date | None, list[Fact]]:
    """A rule, the days of a record, and visits, some of them outside it."""
    start = draw(DAYS)
    length = draw(st.none() | st.integers(0, 120))
    return draw(terms), start, None if length is None else start + timedelta(days=length), draw(VISITS)


def look(record: tuple[Terms, date, date | None, list[Fact]], as_of: datetime) -> Rounds:
    terms, start, end, visits = record
    return rounds([terms], start, end, visits, as_of, SPRING_FESTIVAL)


def state(item: Round, end: date | None, now: datetime) -> State:
    return state_at(
        due_at=item.due_at,
        ladder=item.terms.hours_ladder,
        done_at=item.done_at,
        ended_at=midnight(end) if end else None,
        now=now,
    )


def states(record: tuple[Terms, date, date | None, list[Fact]], now: datetime) -> list[tuple[Any, ...]]:
    """Every round with its state, next check left out."""
    return [
        (item.is_first, item.opened_on, item.due_on, item.done_at, found.outcome, found.rung, found.closed_at)
        for item in look(record, now).items
        for found in [state(item, record[2], now)]
    ]


def next_look(record: tuple[Terms, date, date | None, list[Fact]], now: datetime) -> datetime | None:
    """When the record's clock is looked at next: its rounds' checks, the next period, the end of the record."""
    found = look(record, now)
    coming = [state(item, record[2], now).next_check_at for item in found.items]
    coming += [found.next_opening_at, midnight(record[2]) if record[2] else None]
    return min((at for at in coming if at and at > now), default=None)


def test_it_works() -> None:
    terms = Terms(cadence="rolling", every_days=7, first_within_days=3, ladder=((1, 0),))
    record = (terms, date(2026, 3, 1), None, [])
    assert next_look(record, midnight(date(2026, 3, 2))) == midnight(date(2026, 3, 5))
    assert next_look(record, midnight(date(2026, 3, 5))) is None


def test_a_record_that_is_still_to_begin_is_looked_at_when_its_first_period_opens() -> None:
    """Entered in January, beginning on 20 March, first visit by June: April's round must not wait until then."""
    terms = Terms(cadence="calendar", period="month", first_within_days=90, ladder=((1, 0),))
    record = (terms, date(2026, 3, 20), None, [])
    assert next_look(record, midnight(date(2026, 1, 10))) == midnight(date(2026, 4, 1))


@pytest.mark.parametrize(
    ("ended_on", "outcome", "rung"),
    [
        (date(2026, 3, 3), "cancelled", 0),
        (date(2026, 3, 4), "cancelled", 0),
        (date(2026, 3, 5), "missed", 1),
        (date(2026, 3, 6), "missed", 2),
    ],
)
def test_a_record_that_ends_on_the_due_day_was_not_overdue_yet(
    ended_on: date, outcome: str, rung: int
) -> None:
    """Due by the end of 4 March."""
    terms = Terms(cadence="rolling", every_days=7, first_within_days=3, ladder=((0, -2), (1, 0), (2, 1)))
    as_of = midnight(date(2026, 3, 20))
    (item,) = look((terms, date(2026, 3, 1), ended_on, []), as_of).items
    found = state(item, ended_on, as_of)
    assert (found.outcome, found.rung, found.closed_at) == (outcome, rung, midnight(ended_on))


@given(records(), MOMENTS, st.timedeltas(timedelta(0), timedelta(days=90)))
def test_what_is_settled_stays_settled(record: Any, early: datetime, later_by: timedelta) -> None:
    later = {(item.is_first, item.opened_on): item for item in look(record, early + later_by).items}
    for item in look(record, early).items:
        after = later[item.is_first, item.opened_on]
        assert (after.due_on, after.needed) == (item.due_on, item.needed)
        if item.done_at:
            assert after == item


@given(records(), MOMENTS, st.randoms())
def test_the_order_of_visits_does_not_matter(record: Any, as_of: datetime, random: Any) -> None:
    terms, start, end, visits = record
    shuffled = random.sample(visits, len(visits))
    assert look(record, as_of) == look((terms, start, end, shuffled), as_of)


@given(records(), MOMENTS, st.data())
def test_a_second_visit_on_a_day_does_not_matter(record: Any, as_of: datetime, data: Any) -> None:
    terms, start, end, visits = record
    counting = [visit for visit in visits if terms.accepts(visit)]
    assume(counting)
    visit = data.draw(st.sampled_from(counting))
    rest_of_day = (midnight(local_day(visit.at) + DAY) - visit.at) - timedelta(microseconds=1)
    again = Fact(visit.at + data.draw(st.timedeltas(timedelta(0), rest_of_day)), visit.method)
    assert look(record, as_of) == look((terms, start, end, [*visits, again]), as_of)


@given(records(), MOMENTS)
def test_visits_that_do_not_count_do_not_matter(record: Any, as_of: datetime) -> None:
    terms, start, end, visits = record
    counting = [
        visit
        for visit in visits
        if terms.accepts(visit) and start <= local_day(visit.at) <= (end or date.max) and visit.at <= as_of
    ]
    assert look(record, as_of) == look((terms, start, end, counting), as_of)


@given(records(), MOMENTS)
def test_the_next_check_lies_ahead(record: Any, as_of: datetime) -> None:
    found = look(record, as_of)
    for item in found.items:
        coming = state(item, record[2], as_of).next_check_at
        assert coming is None or coming > as_of
    assert found.next_opening_at is None or found.next_opening_at > as_of


@given(records(), MOMENTS)
def test_between_two_checks_time_alone_changes_nothing(record: Any, as_of: datetime) -> None:
    """So whoever looks at every check sees what whoever looks all the time sees."""
    terms, start, end, visits = record
    record = (terms, start, end, [visit for visit in visits if visit.at <= as_of])
    until = next_look(record, as_of) or as_of + timedelta(days=400)
    before = states(record, as_of)
    for moment in (as_of + (until - as_of) / 2, until - timedelta(microseconds=1)):
        assert states(record, moment) == before


@settings(max_examples=50)
@given(records(), MOMENTS)
def test_going_from_check_to_check_ends_where_a_jump_ends(record: Any, start_at: datetime) -> None:
    """Rows kept and only brought in line at each check, and at each visit, equal the rows made at the end."""
    last = midnight(date(2026, 9, 1))
    visited = sorted(visit.at for visit in record[3] if visit.at > start_at)
    kept: dict[Any, tuple[Any, ...]] = {}
    now: datetime | None = start_at
    while now is not None and now <= last:
        kept |= {row[:2]: row for row in states(record, now)}
        coming = [at for at in (next_look(record, now), next((at for at in visited if at > now), None)) if at]
        now = min(coming, default=None)
    assert sorted(kept.values(), key=str) == sorted(states(record, last), key=str)


@given(records(CALENDAR), MOMENTS)
def test_calendar_rounds_cover_every_whole_period_once(record: Any, as_of: datetime) -> None:
    terms, start, end, _ = record
    last_day = min(local_day(as_of), end) if end else local_day(as_of)
    opened = [item.opened_on for item in look(record, as_of).items if not item.is_first]
    days = (start + timedelta(days=ahead) for ahead in range(1, max(0, (last_day - start).days) + 1))
    assert opened == [day for day in days if period_start(day, terms.period) == day]
    for item in look(record, as_of).items[1:]:
        assert item.target_on == next_period_start(item.opened_on, terms.period) - DAY


@given(records(), MOMENTS)
def test_a_due_date_moves_to_the_first_working_day_never_back(record: Any, as_of: datetime) -> None:
    for item in look(record, as_of).items:
        if not record[0].shift_to_working_day:
            assert item.due_on == item.target_on
            continue
        assert item.due_on >= item.target_on
        assert not SPRING_FESTIVAL.is_day_off(item.due_on)
        skipped = (item.due_on - item.target_on).days
        assert all(
            SPRING_FESTIVAL.is_day_off(item.target_on + timedelta(days=ahead)) for ahead in range(skipped)
        )


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_the_next_working_day_is_never_earlier(day: date) -> None:
    moved = SPRING_FESTIVAL.next_working_day(day)
    assert moved >= day
    assert SPRING_FESTIVAL.next_working_day(moved) == moved


@given(TERMS, DAYS)
def test_whoever_is_seen_every_day_is_never_overdue(terms: Terms, start: date) -> None:
    method = min(terms.methods, default="home")
    visits = [Fact(midnight(start + timedelta(days=ahead)), method) for ahead in range(220)]
    as_of = visits[-1].at
    for item in look((terms, start, None, visits), as_of).items:
        assert state(item, None, as_of).outcome in ("in_time", "open")


# --- the same words read a second time, naively: lists and counting, no walk ------------------------------------------
def naive_rows(case: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a case by the design's sentences, one after the other."""
    rule, start = case["rule"], date.fromisoformat(case["started_on"])
    end = date.fromisoformat(case["ended_on"]) if case["ended_on"] else None
    as_of = datetime.fromisoformat(case["as_of"])
    known = sorted(
        datetime.fromisoformat(visit["at"]).astimezone(SHANGHAI)
        for visit in case["visits"]
        if visit["seen"] and (not rule["methods"] or visit["method"] in rule["methods"])
    )
    known = [at for at in known if at <= as_of and at.date() >= start and (end is None or at.date() <= end)]
    by_day: dict[date, datetime] = {}
    for at in known:
        by_day.setdefault(at.date(), at)
    seen = list(by_day.values())
    asked = [(start, start + timedelta(days=rule["first_within_days"]), seen[:1])]
    if rule["cadence"] == "rolling":
        for number, at in enumerate(seen):
            asked.append(
                (at.date(), at.date() + timedelta(days=rule["every_days"]), seen[number + 1 : number + 2])
            )
    else:
        today = as_of.astimezone(SHANGHAI).date()
        for first, last in whole_periods(rule["period"], start, min(today, end) if end else today):
            since = [at for at in seen if at.date() >= first]
            asked.append((first, last, since[rule["times"] - 1 : rule["times"]]))
    off = {date.fromisoformat(day) for day in case["calendar"]["holidays"]}
    on = {date.fromisoformat(day) for day in case["calendar"]["workdays"]}
    return [naive_row(rule, off, on, end, as_of, *round_) for round_ in asked]


def whole_periods(period: str, after: date, until: date) -> list[tuple[date, date]]:
    """First and last days of the periods that begin later than `after` and by `until`."""
    firsts = {
        "week": lambda day: day.isoweekday() == 1,
        "month": lambda day: day.day == 1,
        "quarter": lambda day: day.day == 1 and day.month in (1, 4, 7, 10),
        "half_year": lambda day: day.day == 1 and day.month in (1, 7),
        "year": lambda day: day.day == 1 and day.month == 1,
    }[period]
    days = [after + timedelta(days=ahead) for ahead in range(1, 700)]
    starts = [day for day in days if firsts(day)]
    return [(first, following - DAY) for first, following in pairwise(starts) if first <= until]


def naive_row(
    rule: dict[str, Any],
    off: set[date],
    on: set[date],
    end: date | None,
    as_of: datetime,
    opened_on: date,
    due_on: date,
    done: list[datetime],
) -> dict[str, Any]:
    while rule["shift_to_working_day"] and due_on not in on and (due_on.isoweekday() > 5 or due_on in off):
        due_on += DAY
    overdue_at = datetime(due_on.year, due_on.month, due_on.day, tzinfo=SHANGHAI) + DAY
    ended_at = datetime(end.year, end.month, end.day, tzinfo=SHANGHAI) if end else None
    steps = {step["rung"]: overdue_at + timedelta(days=step["after_days"]) for step in rule["ladder"]}
    coming = None
    if done:
        until, outcome = done[0], "in_time" if done[0].date() <= due_on else "late"
    elif ended_at and ended_at <= as_of:
        until, outcome = ended_at, "missed" if overdue_at <= ended_at else "cancelled"
    else:
        until, outcome = as_of, "overdue" if overdue_at <= as_of else "open"
        coming = min((at for at in [overdue_at, *steps.values()] if at > as_of), default=None)
    return {
        "opened_on": opened_on.isoformat(),
        "due_on": due_on.isoformat(),
        "done_on": done[0].date().isoformat() if done else None,
        "outcome": outcome,
        "rung": max((rung for rung, at in steps.items() if at <= until), default=None),
        "next_check_at": coming.isoformat() if coming else None,
    }


@settings(max_examples=300)
@given(records(), MOMENTS)
def test_a_naive_reading_comes_to_the_same(record: Any, as_of: datetime) -> None:
    terms, start, end, visits = record
    case = {
        "rule": {
            "cadence": terms.cadence,
            "every_days": terms.every_days,
            "period": terms.period,
            "times": terms.times,
            "first_within_days": terms.first_within_days,
            "methods": sorted(terms.methods),
            "shift_to_working_day": terms.shift_to_working_day,
            "ladder": [{"rung": rung, "after_days": days} for rung, days in terms.ladder],
        },
        "started_on": start.isoformat(),
        "ended_on": end.isoformat() if end else None,
        "visits": [
            {"at": visit.at.isoformat(), "method": visit.method, "seen": visit.counts} for visit in visits
        ],
        "as_of": as_of.isoformat(),
        "calendar": {
            "holidays": sorted(day.isoformat() for day in SPRING_FESTIVAL.holidays),
            "workdays": sorted(day.isoformat() for day in SPRING_FESTIVAL.workdays),
        },
    }
    assert simulate(case) == naive_rows(case)
