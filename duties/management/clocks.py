"""Whether commands may believe the time."""

from __future__ import annotations

from datetime import datetime

from django.core.management.base import CommandError

from baibuting.common.days import SHANGHAI
from duties.clock import CLOCK_TOLERANCE
from duties.sweep import database_clock


def now_or_refuse(now: datetime) -> datetime:
    """Return this machine's time. Raises CommandError where the database's differs from it by minutes."""
    there = database_clock()
    if abs(now - there) > CLOCK_TOLERANCE:
        raise CommandError(
            f"本机时钟是 {_words(now)}，数据库的时钟是 {_words(there)}，相差超过 5 分钟。请先校准时钟，再运行。"
        )
    return now


def past_or_refuse(now: datetime) -> datetime:
    """Return a moment to judge by. Raises CommandError where it is still to come by the database's clock."""
    there = database_clock()
    if now > there + CLOCK_TOLERANCE:
        raise CommandError(
            f"{_words(now)} 还没有到（数据库的时钟是 {_words(there)}）：按它判定，会把没到期的记成逾期并逐级上报。"
            "只想看会发生什么，请加 --dry-run。"
        )
    return now


def _words(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
