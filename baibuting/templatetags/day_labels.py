"""Filters that write a day or a moment as people say it, with the year where it is not that of `now`."""

from __future__ import annotations

from datetime import date, datetime

from django import template

from baibuting.common import day_labels
from baibuting.common.days import local_day

register = template.Library()


@register.filter
def day_label(value: date | None, now: date) -> str:
    """Return the day of a date or moment: `{{ duty.due_on|day_label:request.viewer.now }}`; "" for none."""
    if value is None:
        return ""
    return day_labels.day_label(local_day(value) if isinstance(value, datetime) else value, now)


@register.filter
def moment_label(value: datetime | None, now: datetime) -> str:
    """Return a moment to the minute, a midnight as its day; "" for none."""
    return "" if value is None else day_labels.moment_label(value, now)
