"""Small measures that several apps take of their rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Min, QuerySet


def owed_measure(rows: QuerySet[Any], since: str, now: datetime, name: str) -> dict[str, float]:
    """Return how many messages wait to be sent and for how long the oldest has: `<name>_owed`, `<name>_oldest_seconds`.

    `rows` are `OwedMessage`s; the column `since` says from when one is owed. One query.
    """
    owed = rows.filter(sent_at=None, next_attempt_at__isnull=False).order_by()
    found = owed.aggregate(number=Count("pk"), oldest=Min(since))
    return {
        f"{name}_owed": found["number"],
        f"{name}_oldest_seconds": seconds_since(found["oldest"], now) or 0,
    }


def seconds_since(moment: datetime | None, now: datetime) -> float | None:
    """Return the seconds since a moment, 0 for one to come; None for none."""
    return None if moment is None else max((now - moment).total_seconds(), 0)


def known(values: dict[str, float | None]) -> dict[str, float]:
    """Return the values that are known."""
    return {name: value for name, value in values.items() if value is not None}
