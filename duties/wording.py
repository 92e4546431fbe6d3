"""Days and moments as sentences about duties name them."""

from __future__ import annotations

from datetime import date, datetime

from baibuting.common.days import SHANGHAI, local_day


def day_label(day: date, now: datetime) -> str:
    """Return a day as people say it; with the year only if it is another one: "3月6日"."""
    text = f"{day.month}月{day.day}日"
    return text if day.year == local_day(now).year else f"{day.year}年{text}"


def moment_label(at: datetime, now: datetime) -> str:
    """Return a moment to the minute, a midnight as its day: "3月6日 14:30"."""
    local = at.astimezone(SHANGHAI)
    day = day_label(local.date(), now)
    return day if (local.hour, local.minute) == (0, 0) else f"{day} {local:%H:%M}"
