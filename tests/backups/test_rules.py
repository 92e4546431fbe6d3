"""Which backups are kept, worked out by hand, and what is true of any; the names of their files."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backups.rules import Keep, file_name, keep_read, kept, moment_of

FROM, UNTIL = datetime.fromisoformat("2025-01-01"), datetime.fromisoformat("2027-12-31")
RULE = Keep(daily=2, weekly=2, monthly=2)
moments = st.sets(st.datetimes(FROM, UNTIL), max_size=60)
rules = st.builds(Keep, st.integers(1, 9), st.integers(0, 6), st.integers(0, 13))


def at(day: str, hour: int = 3) -> datetime:
    return datetime.fromisoformat(day) + timedelta(hours=hour)


def days(*texts: str) -> set[datetime]:
    return {at(text) for text in texts}


def test_it_works() -> None:
    """2 days, 2 weeks, 2 months of: Sunday 1 and Monday 2 November, then every day from Thursday 19 to Monday 23.

    Days: 23rd, 22nd. Weeks: that of the 23rd (the 23rd itself), that of the 16th to 22nd (the 22nd). Months: November (the
    23rd), October (none): nothing else. With October's last backup, it stays too.
    """
    november = days(
        "2026-11-01", "2026-11-02", "2026-11-19", "2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"
    )
    assert kept(november, RULE) == days("2026-11-22", "2026-11-23")
    october = days("2026-10-30", "2026-10-31")
    assert kept(november | october, RULE) == days("2026-10-31", "2026-11-22", "2026-11-23")


@pytest.mark.parametrize(
    ("given_days", "rule", "expected"),
    [
        ([], RULE, []),
        # a day without a backup does not count: the newest two days that have one
        (["2026-11-01", "2026-11-10", "2026-11-23"], Keep(2, 0, 0), ["2026-11-10", "2026-11-23"]),
        # weeks begin on Monday: Sunday the 22nd and Monday the 23rd are two
        (["2026-11-21", "2026-11-22", "2026-11-23"], Keep(1, 2, 0), ["2026-11-22", "2026-11-23"]),
        # the week of 28 December 2026 to 3 January 2027 is one, in two years
        (["2026-12-27", "2026-12-31", "2027-01-01"], Keep(1, 2, 0), ["2026-12-27", "2027-01-01"]),
        (["2025-11-30", "2026-11-30"], Keep(1, 0, 2), ["2025-11-30", "2026-11-30"]),
        (["2026-11-30", "2026-12-01"], Keep(1, 0, 1), ["2026-12-01"]),
    ],
)
def test_cases(given_days: list[str], rule: Keep, expected: list[str]) -> None:
    assert kept(days(*given_days), rule) == days(*expected)


def test_of_one_day_the_newest_stays() -> None:
    assert kept({at("2026-11-23", 3), at("2026-11-23", 9), at("2026-11-22", 3)}, Keep(2, 0, 0)) == {
        at("2026-11-23", 9), at("2026-11-22", 3),
    }  # fmt: skip


def test_a_year_and_more_of_daily_backups_each_followed_by_the_rule() -> None:
    """As it is lived: after 500 mornings there are 7 days, 5 weeks' Sundays and 12 months' last days, and no more."""
    there: set[datetime] = set()
    for number in range(500):
        there = kept(there | {at("2026-01-01") + timedelta(days=number)}, Keep())
    assert max(there).date() == date(2027, 5, 15)  # a Saturday
    assert {one.date() for one in there} == {
        *(date(2027, 5, day) for day in range(9, 16)),  # the days; the 15th is also this week's and May's
        date(2027, 5, 9), date(2027, 5, 2), date(2027, 4, 25), date(2027, 4, 18),  # Sundays
        date(2027, 4, 30), date(2027, 3, 31), date(2027, 2, 28), date(2027, 1, 31), date(2026, 12, 31), date(2026, 11, 30),
        date(2026, 10, 31), date(2026, 9, 30), date(2026, 8, 31), date(2026, 7, 31), date(2026, 6, 30),
    }  # fmt: skip


@given(moments, rules)
def test_the_newest_stays_and_there_are_no_more_than_the_rule_says(found: set[datetime], rule: Keep) -> None:
    left = kept(found, rule)
    assert left <= found
    assert len(left) <= rule.daily + rule.weekly + rule.monthly
    assert not found or max(found) in left


@given(moments, rules)
def test_going_over_them_again_deletes_nothing_more(found: set[datetime], rule: Keep) -> None:
    left = kept(found, rule)
    assert kept(left, rule) == left


@given(moments, rules, st.integers(0, 400))
def test_what_is_older_never_pushes_out_what_is_newer(found: set[datetime], rule: Keep, back: int) -> None:
    older = {min(found) - timedelta(days=back + 1)} if found else set()
    assert kept(found, rule) <= kept(found | older, rule)


@given(st.datetimes(FROM, UNTIL).map(lambda one: one.replace(microsecond=0)))
def test_a_name_tells_its_moment(moment: datetime) -> None:
    assert moment_of(file_name("baibuting", moment), "baibuting") == moment


def test_a_name_is_as_written() -> None:
    assert file_name("baibuting", at("2026-11-23")) == "baibuting-2026-11-23-030000.dump.gpg"


@pytest.mark.parametrize(
    "name",
    [
        "照片.jpg", "baibuting-2026-11-23-030000.dump", ".baibuting-2026-11-23-030000.dump.gpg.partial",
        "other-2026-11-23-030000.dump.gpg", "baibuting-before-2026-11-23-030000.dump.gpg", "baibuting-2026-13-23-030000.dump.gpg",
        "baibuting-2026-1-2-030000.dump.gpg", "baibuting-.dump.gpg",
    ],
)  # fmt: skip
def test_what_is_no_backup_of_this_database_is_left_alone(name: str) -> None:
    assert moment_of(name, "baibuting") is None


def test_the_rule_is_read() -> None:
    assert keep_read("7,5,12") == Keep()
    assert keep_read("30,0,0") == Keep(30, 0, 0)


@pytest.mark.parametrize(
    "text", ["", "7", "7,5", "7,5,12,1", "a,b,c", "-1,5,12", "7 5 12", "７,5,12", "1000,5,12"]
)
def test_another_rule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="请写成“每日,每周,每月”的份数"):
        keep_read(text)


def test_a_rule_that_keeps_no_day_is_refused() -> None:
    with pytest.raises(ValueError, match="至少保留一天"):
        keep_read("0,5,12")
