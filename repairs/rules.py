"""The rule the product ships, and the fractions by which residents' consent holds.

Only the month (一个月内) is 百步亭's own; the other numbers are ours: proposals, to be confirmed or changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from cadres.choices import Post
from repairs.choices import Matter, Urgency

PROPOSED_FROM = date(2000, 1, 1)
# From the midnight after the due day, one level after another, in days; the reminder the day before.
PROPOSED_LADDER: tuple[tuple[int, int], ...] = ((0, -1), (1, 0), (2, 1), (3, 3), (4, 7))
PROPOSED_TRIAGE_LADDER: dict[str, tuple[tuple[int, int], ...]] = {
    Urgency.NORMAL: ((0, -4), (4, 0)),
    Urgency.URGENT: ((0, -1), (4, 0)),
}
_NORMAL: dict[str, Any] = {
    "triage_post": Post.GENERAL_BRANCH_SECRETARY, "triage_hours": 24, "agree_days": 10, "funds_days": 45,
    "mend_days": 7, "mend_days_agreed": 15, "check_days": 3, "whole_days": 30, "whole_days_funds": 120,
    "small_part": "1/2", "small_agreed": "1/2",
}  # fmt: skip
PROPOSED_RULES: dict[str, dict[str, Any]] = {
    Urgency.NORMAL: _NORMAL,
    Urgency.URGENT: {**_NORMAL, "triage_hours": 2, "mend_days": 1},
}
LIMITS = (
    "triage_hours", "agree_days", "funds_days", "mend_days", "mend_days_agreed", "check_days", "whole_days",
    "whole_days_funds",
)  # fmt: skip
# Whoever may take reports up: the secretaries of the ladder.
TRIAGE_POSTS = (Post.BRANCH_SECRETARY, Post.GENERAL_BRANCH_SECRETARY, Post.COMMITTEE_SECRETARY)
# The parts of residents that a community may ask for in small matters.
PARTS = ("1/2", "2/3", "3/4")
FOLLOWS_WITHIN = timedelta(days=30)
"""How long after an order has passed a new report of the same is counted as 返修."""
REPORTS_A_DAY = 20  # without an account, of one building
MOST_PICTURES = 6  # of one order
PICTURES_OF_A_REPORT = 3
SUMMARY, WORDS = 200, 300  # characters


def as_hours(steps: Sequence[tuple[int, int]]) -> list[dict[str, int]]:
    """Return (rung, hours) pairs as the column of the triage's ladder stores them."""
    return [{"rung": rung, "after_hours": hours} for rung, hours in steps]


@dataclass(frozen=True, slots=True)
class Count:
    """Totals of an enquiry, of people (or households) or of area in square metres."""

    total: Fraction
    took_part: Fraction
    agreed: Fraction


def consent_holds(
    matter: str, people: Count, area: Count | None, *, small_part: Fraction, small_agreed: Fraction
) -> bool:
    """Return whether residents have agreed: 民法典 278, exactly; "以上" includes the number, "过半数" does not.

    A small matter needs `small_part` of the residents to take part, and more than `small_agreed` of these. Any other
    needs two thirds of people and of area to take part, and of these more than half (use of the fund) or three
    quarters. Without the area such a decision does not hold.
    """
    if matter == Matter.SMALL:
        return _part(people) >= small_part and _share(people) > small_agreed
    if area is None:
        return False
    both = (people, area)
    if any(_part(count) < Fraction(2, 3) for count in both):
        return False
    if matter == Matter.USE_FUND:
        return all(_share(count) > Fraction(1, 2) for count in both)
    return all(_share(count) >= Fraction(3, 4) for count in both)


def _part(count: Count) -> Fraction:
    return count.took_part / count.total


def _share(count: Count) -> Fraction:
    return count.agreed / count.took_part if count.took_part else Fraction(0)
