"""How long somebody has served. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

LONGEST = timedelta(hours=12)
STUDY_QUORUM = 3
"""So many make a study: fewer are a conversation."""


def served_minutes(intervals: Iterable[tuple[datetime, datetime]]) -> int:
    """Return the minutes that the intervals cover together: nobody serves in two places at once."""
    total, until = timedelta(0), None
    for first, last in sorted(intervals):
        begin = first if until is None else max(first, until)
        if last > begin:
            total, until = total + (last - begin), last
    return int(total.total_seconds() // 60)


def hours_words(minutes: int) -> str:
    """Return minutes as hours with one decimal, rounded down: 119 are 1.9 小时."""
    return f"{minutes * 10 // 60 / 10:.1f} 小时"
