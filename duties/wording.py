"""When a notice was owed, and when it was really written, in one phrase."""

from __future__ import annotations

from datetime import datetime

from baibuting.common.day_labels import day_label, moment_label
from baibuting.common.days import SHANGHAI, local_day
from duties.clock import PUT_OFF


def is_recorded_late(fell_due_at: datetime, recorded_at: datetime) -> bool:
    """Return whether a notice was written so long after its step fell due that both times are said.

    The sweep comes every minute, and puts off a clock that fails by PUT_OFF: within that it has kept its time.
    """
    return recorded_at - fell_due_at > PUT_OFF


def written_label(fell_due_at: datetime, recorded_at: datetime, now: datetime) -> str:
    """Return when a late notice was written: "2026年11月30日补记"; on the very day: "当天 08:20 补记"."""
    written_on = local_day(recorded_at)
    if written_on == local_day(fell_due_at):
        return f"当天 {recorded_at.astimezone(SHANGHAI):%H:%M} 补记"
    return f"{day_label(written_on, now)}补记"


def late_label(fell_due_at: datetime, recorded_at: datetime, now: datetime) -> str:
    """Return both times of a notice written late: "2025年1月15日，2026年11月30日补记"."""
    return f"{moment_label(fell_due_at, now)}，{written_label(fell_due_at, recorded_at, now)}"
