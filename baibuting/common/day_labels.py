"""Days and moments as people say them: with the year wherever it is not the present one."""

from __future__ import annotations

from datetime import date, datetime

from baibuting.common.days import SHANGHAI, local_day


def day_label(day: date, now: date) -> str:
    """Return a day as people say it: "3月6日"; with the year where it is not that of `now`, a moment or a day."""
    text = f"{day.month}月{day.day}日"
    this_year = (local_day(now) if isinstance(now, datetime) else now).year
    return text if day.year == this_year else f"{day.year}年{text}"


def moment_label(at: datetime, now: datetime) -> str:
    """Return a moment to the minute, a midnight as its day: "3月6日 14:30"."""
    local = at.astimezone(SHANGHAI)
    day = day_label(local.date(), now)
    return day if (local.hour, local.minute) == (0, 0) else f"{day} {local:%H:%M}"
