"""Names of backup files, and which of them are kept. No database, no files."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime

_STAMP = "%Y-%m-%d-%H%M%S"
_ENDING = ".dump.gpg"


class BackupError(Exception):
    """A backup was not made, or a restore not done; the message says why and what to do, in Chinese."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How many backups are kept: the newest of each of so many days, weeks (from Monday) and months that have one."""

    daily: int = 7
    weekly: int = 5
    monthly: int = 12


def keep_read(text: str) -> Keep:
    """Return the rule written as "7,5,12". Raises ValueError for anything else, and for no day at all."""
    if not re.fullmatch(r"\d{1,3},\d{1,3},\d{1,3}", text, re.ASCII):
        raise ValueError(f"“{text}”不对，请写成“每日,每周,每月”的份数，如：7,5,12。")
    found = Keep(*map(int, text.split(",")))
    if not found.daily:
        raise ValueError("至少保留一天的备份，如：7,5,12。")
    return found


def kept(moments: Iterable[datetime], keep: Keep) -> set[datetime]:
    """Return those of the backups' moments (local time) whose files are kept; always the newest."""
    newest_first = sorted(moments, reverse=True)
    found: set[datetime] = set()
    periods: tuple[tuple[int, Callable[[datetime], Hashable]], ...] = (
        (keep.daily, datetime.date),
        (keep.weekly, lambda moment: moment.isocalendar()[:2]),
        (keep.monthly, lambda moment: (moment.year, moment.month)),
    )
    for count, period_of in periods:
        newest: dict[Hashable, datetime] = {}
        for moment in newest_first:
            newest.setdefault(period_of(moment), moment)
        found.update(list(newest.values())[:count])
    return found


def file_name(database: str, at: datetime) -> str:
    """Return the name of the backup of a database begun at a local moment: "baibuting-2026-11-23-030000.dump.gpg"."""
    return f"{database}-{at:{_STAMP}}{_ENDING}"


def moment_of(name: str, database: str) -> datetime | None:
    """Return the local moment (naive) in the name of a finished backup of this database; None for any other file."""
    begins = f"{database}-"
    if not (name.startswith(begins) and name.endswith(_ENDING)):
        return None
    try:
        at = datetime.strptime(name[len(begins) : -len(_ENDING)], _STAMP)  # noqa: DTZ007 - a name has no zone
    except ValueError:
        return None
    return at if file_name(database, at) == name else None
