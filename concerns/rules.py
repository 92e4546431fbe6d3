"""By when concerns are to be closed, and whom an overdue one reaches. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from concerns.choices import Urgency

# 建议值: days to close a concern, where a community has set none
PROPOSED_DAYS: dict[str, int] = {Urgency.NORMAL: 7, Urgency.URGENT: 1}
MOST_DAYS = 60
# [rung, hours after it fell due]; rung 0 is whoever has it
LADDERS: dict[str, list[list[int]]] = {
    Urgency.NORMAL: [[0, -24], [1, 0], [2, 0], [3, 48], [4, 96]],
    Urgency.URGENT: [[0, 0], [1, 0], [2, 0], [3, 12], [4, 24]],
}


def due_on(reported_on: date, days: int) -> date:
    """Return the day by whose end a concern is to be closed."""
    return reported_on + timedelta(days=days)
