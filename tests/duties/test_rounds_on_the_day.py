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


def test_due_on_the_day_before_the_change_it_is_overdue_and_stays_as_it_was() -> None:
    """Due on the 9th: overdue from the midnight with which the new rule begins."""
    found = look([WEEKLY, changed(THIRTY)], date(2026, 3, 6), [], "2026-03-10T09:00")
    assert [(item.due_at, item.terms.version) for item in found.items] == [(midnight(CHANGE), 1)]
    found = look([WEEKLY, changed(THIRTY)], date(2026, 3, 7), [], "2026-03-10T09:00")
    assert [(item.due_on, item.terms.version) for item in found.items] == [(CHANGE, 2)]


def test_from_once_to_twice_a_month_the_running_month_asks_for_two() -> None:
    twice = changed(replace(MONTHLY, times=2))
    seen = ["2026-01-06", "2026-03-12"]
    (march,) = look([MONTHLY, twice], date(2026, 1, 5), seen, "2026-03-12T12:00").items[2:]
    assert (march.opened_on, march.needed, march.counted_on, march.done_at) == (
        date(2026, 3, 1),
        2,
        [date(2026, 3, 12)],
        None,
    )


def test_of_one_day_the_first_visit_counts_and_no_other() -> None:
    """Twice a month, and both on one day: that is once. The day before the record began is none."""
    twice = replace(MONTHLY, times=2)
    facts = [Fact(at(text)) for text in ("2026-03-12T18:00", "2026-03-12T08:00", "2026-01-04T10:00")]
    found = rounds([twice], date(2026, 1, 5), None, facts, at("2026-03-13T09:00"), PLAIN)
    first, *_, march = found.items
    assert (march.counted_on, march.done_at) == ([date(2026, 3, 12)], None)
    assert first.done_at == at("2026-03-12T08:00")


def test_a_change_gives_nobody_longer_than_they_had() -> None:
    """Seen on 13 February, every 30 days: 15 March. By the new seven days it has passed; from the change, the 17th."""
    found = look([THIRTY, changed(WEEKLY)], date(2026, 2, 10), ["2026-02-13"], "2026-03-10T09:00")
    assert (found.items[-1].due_on, found.items[-1].terms.version) == (date(2026, 3, 15), 2)


def test_a_new_date_on_a_day_off_moves_where_the_new_rule_says_so() -> None:
    """Seen on Saturday the 7th, every seven days from the 10th: Saturday the 14th, or Monday the 16th."""
    for shifts, due_on in ((False, date(2026, 3, 14)), (True, date(2026, 3, 16))):
        rules = [THIRTY, changed(replace(WEEKLY, shift_to_working_day=shifts))]
        last = look(rules, date(2026, 3, 1), ["2026-03-07"], "2026-03-10T09:00").items[-1]
        assert (last.target_on, last.due_on) == (date(2026, 3, 14), due_on)


def test_a_record_still_to_begin_announces_its_first_whole_period() -> None:
    found = look([MONTHLY], date(2026, 3, 20), [], "2026-01-10T09:00")
    assert found.next_opening_at == midnight(date(2026, 4, 1))


LONG_AGO = date(2025, 1, 1)


def starting(terms: Terms, on: date, seen: list[str], due_on: date | None = None) -> Rounds:
    """The rounds of a record of long ago at noon of the first day on which it counts."""
    return look([terms], LONG_AGO, seen, f"{on}T12:00", Start(on, due_on))


def test_until_the_first_day_of_counting_nothing_is_asked() -> None:
    start = Start(CHANGE)
    assert look([WEEKLY], LONG_AGO, [], "2026-03-09T23:59", start) == Rounds([], midnight(CHANGE))
    assert len(look([WEEKLY], LONG_AGO, [], "2026-03-10T00:00", start).items) == 1


def test_a_record_that_ends_on_that_very_day_still_counts() -> None:
    for ended_on, announced in ((date(2026, 3, 9), None), (CHANGE, midnight(CHANGE))):
        before = rounds([WEEKLY], LONG_AGO, ended_on, [], at("2026-03-01T09:00"), PLAIN, Start(CHANGE))
        assert before == Rounds([], announced)


def test_a_date_of_ones_own_on_the_first_day_of_counting_is_kept() -> None:
    """Seen on the 3rd, every 7 days: the 10th, on which counting begins; seen on the 2nd: passed, and put off."""
    (kept,) = starting(WEEKLY, CHANGE, ["2026-03-03"], date(2026, 3, 20)).items
    (put_off,) = starting(WEEKLY, CHANGE, ["2026-03-02"], date(2026, 3, 20)).items
    assert (kept.due_on, kept.is_deferred) == (CHANGE, False)
    assert (put_off.due_on, put_off.is_deferred) == (date(2026, 3, 20), True)


def test_a_visit_on_the_first_day_of_counting_is_no_history() -> None:
    """It settles the round with which counting begins, and opens the next."""
    first, following = starting(WEEKLY, CHANGE, ["2026-03-06", "2026-03-10"]).items
    assert (first.previous_on, first.done_at) == (date(2026, 3, 6), at("2026-03-10T10:00"))
    assert (following.opened_on, following.due_on) == (CHANGE, date(2026, 3, 17))


def test_where_the_running_month_has_its_visit_the_next_one_asks() -> None:
    found = starting(MONTHLY, CHANGE, ["2026-03-01"])
    assert found == Rounds([], midnight(date(2026, 4, 1)))


def test_seen_on_the_last_day_of_the_month_before_the_rest_of_the_month_asks_once() -> None:
    (item,) = starting(replace(MONTHLY, times=3), CHANGE, ["2026-02-28"]).items
    assert (item.opened_on, item.due_on, item.needed) == (CHANGE, date(2026, 3, 31), 1)


def test_a_rest_of_the_month_that_is_just_long_enough_is_not_put_off() -> None:
    """Seven days are asked for: from the 24th the 31st is the last of them, from the 25th it is too soon."""
    (kept,) = starting(MONTHLY, date(2026, 3, 24), ["2026-02-28"]).items
    (put_off,) = starting(MONTHLY, date(2026, 3, 25), ["2026-02-28"]).items
    assert (kept.due_on, kept.is_deferred) == (date(2026, 3, 31), False)
    assert (put_off.due_on, put_off.is_deferred) == (date(2026, 4, 1), True)


def test_counting_that_begins_with_a_month_begins_with_all_of_it() -> None:
    (item,) = starting(replace(MONTHLY, times=3), date(2026, 3, 1), ["2026-02-28"]).items
    assert (item.due_on, item.needed, item.is_start) == (date(2026, 3, 31), 3, False)


def test_steps_of_before_the_first_day_of_counting_fall_due_as_it_begins() -> None:
    """Due on the 10th itself: the reminder of the 9th falls due at its midnight, the others when they would."""
    (item,) = starting(WEEKLY, CHANGE, ["2026-03-03"]).items
    assert item.ladder == [[0, -24], [1, 0], [2, 24], [3, 72], [4, 168]]
    assert look([WEEKLY], CHANGE, [], "2026-03-10T09:00").items[0].ladder[0] == [0, -48]


def test_a_rule_by_months_that_begins_with_a_month_opens_it_on_that_day() -> None:
    april = date(2026, 4, 1)
    for effective_on, opens_on in ((april, april), (date(2026, 4, 2), date(2026, 5, 1))):
        rules = [WEEKLY, changed(MONTHLY, effective_on)]
        found = look(rules, date(2026, 3, 1), [], "2026-05-02T09:00")
        assert next(item.opened_on for item in found.items if not item.is_first) == opens_on


def test_a_month_that_begins_as_the_rule_by_months_ends_is_not_opened() -> None:
    rules = [MONTHLY, changed(WEEKLY, date(2026, 4, 1))]
    found = look(rules, date(2026, 3, 5), ["2026-03-06"], "2026-04-02T09:00")
    assert [(item.opened_on, item.due_on) for item in found.items if not item.is_first] == [
        (date(2026, 4, 1), date(2026, 4, 8))
    ]
