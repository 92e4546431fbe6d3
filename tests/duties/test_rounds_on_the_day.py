"""On which side of a change of rule, a period or a record's end its very day lies. Worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from baibuting.common.days import midnight
from duties.rounds import Fact, Rounds, Start, Terms, rounds
from tests.duties.test_rounds import MONTHLY, PLAIN, WEEKLY, at

CHANGE = date(2026, 3, 10)  # a Tuesday
THIRTY = replace(WEEKLY, every_days=30)


def changed(terms: Terms, effective_on: date = CHANGE, version: int = 2) -> Terms:
    return replace(terms, version=version, effective_on=effective_on)


def look(
    rules: list[Terms], started_on: date, seen: list[str], as_of: str, start: Start | None = None
) -> Rounds:
    facts = [Fact(at(f"{day}T10:00")) for day in seen]
    return rounds(rules, started_on, None, facts, at(as_of), PLAIN, start)


def test_it_works() -> None:
    """Every 30 days, seen on 1 March; every 7 from the 10th: the 8th has passed, so 7 days from the change."""
    found = look([THIRTY, changed(WEEKLY)], date(2026, 2, 27), ["2026-03-01"], "2026-03-10T09:00")
    assert (found.items[-1].due_on, found.items[-1].terms.version) == (date(2026, 3, 17), 2)


def test_a_date_that_falls_on_the_day_of_the_change_is_still_to_come() -> None:
    """Seen on the 3rd, so due on the 10th by the new rule: its own day, on which it can be done."""
    found = look([THIRTY, changed(WEEKLY)], date(2026, 3, 1), ["2026-03-03"], "2026-03-10T09:00")
    assert (found.items[-1].due_on, found.items[-1].terms.version) == (CHANGE, 2)


def test_a_rule_in_force_from_the_first_day_of_counting_leaves_the_day_given() -> None:
    """Put off to a day of the window, and the rule's version begins with counting: that day stays."""
    start = Start(CHANGE, date(2026, 3, 30))
    found = look([THIRTY, changed(WEEKLY)], date(2025, 1, 1), [], "2026-03-10T09:00", start)
    assert [(item.due_on, item.terms.version) for item in found.items] == [(date(2026, 3, 30), 2)]


def test_a_visit_on_the_day_of_the_change_is_where_the_rolling_rule_counts_from() -> None:
    """The change opens a round on its day; the visit of that day opens no second one and settles nothing."""
    found = look(
        [MONTHLY, changed(WEEKLY)], date(2026, 1, 5), ["2026-01-06", "2026-03-10"], "2026-03-12T09:00"
    )
    opened = [item for item in found.items if item.opened_on == CHANGE]
    assert [(item.due_on, item.previous_on, item.done_at) for item in opened] == [
        (date(2026, 3, 17), CHANGE, None)
    ]


def test_from_rolling_to_calendar_and_back_the_open_round_keeps_its_date() -> None:
    """Seen on 3 March, every 30 days: 2 April, whatever rule is in force meanwhile."""
    rules = [THIRTY, changed(MONTHLY), changed(WEEKLY, date(2026, 3, 20), 3)]
    seen = ["2026-03-03"]
    meanwhile = look(rules[:2], date(2026, 3, 1), seen, "2026-03-12T09:00").items[-1]
    assert (meanwhile.opened_on, meanwhile.due_on, meanwhile.terms.version) == (
        date(2026, 3, 3),
        date(2026, 4, 2),
        1,
    )
    back = look(rules, date(2026, 3, 1), seen, "2026-03-21T09:00").items
    assert [(item.due_on, item.terms.version) for item in back if not item.is_first] == [
        (date(2026, 4, 2), 1)
    ]


def test_from_months_to_quarters_the_month_asks_for_as_many_as_before() -> None:
    """Twice a month becomes once a quarter: March still asks for two, and is held under the new version."""
    twice, quarterly = replace(MONTHLY, times=2), changed(replace(MONTHLY, period="quarter"))
    found = look([twice, quarterly], date(2026, 1, 5), ["2026-01-06"], "2026-03-12T09:00")
    march = found.items[-1]
    assert (march.opened_on, march.needed, march.terms.version) == (date(2026, 3, 1), 2, 2)


def test_a_rule_that_takes_effect_today_is_not_to_come() -> None:
    rules = [THIRTY, changed(WEEKLY)]
    assert look(rules, date(2026, 3, 1), [], "2026-03-09T09:00").next_opening_at == midnight(CHANGE)
    assert look(rules, date(2026, 3, 1), [], "2026-03-10T09:00").next_opening_at is None


def test_a_period_that_opens_on_the_last_day_of_the_record_opens() -> None:
    ended_on = date(2026, 3, 1)
    before = rounds([MONTHLY], date(2026, 1, 20), ended_on, [], at("2026-02-10T08:00"), PLAIN)
    assert before.next_opening_at == midnight(ended_on)
    after = rounds([MONTHLY], date(2026, 1, 20), ended_on, [], at("2026-03-05T08:00"), PLAIN)
    assert [item.opened_on for item in after.items] == [date(2026, 1, 20), date(2026, 2, 1), ended_on]
    assert after.next_opening_at is None
