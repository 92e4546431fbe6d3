"""A roll called on a phone, parsed into plain values. No queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError

from baibuting.common.entries import Entry, took_place

ROLL = "roll"


@dataclass(frozen=True, slots=True)
class RollEntry:
    """Who was there, by key, and how many others."""

    gathering_id: int
    there: Sequence[int]
    others: int
    made_at: datetime


def roll_read(entry: Entry, now: datetime) -> RollEntry:
    """Return a roll as plain values. Raises ValidationError at the field that is wrong."""
    gathering_id = entry.number("gathering")
    if gathering_id is None:
        raise ValidationError({"gathering": "没有写明是哪一次活动，请在“我的”里重新点名。"})
    others = entry.text("others") or "0"
    if not (others.isdecimal() and len(others) < 5):
        raise ValidationError({"others": "另有人数请填数字，没有就填 0。"})
    return RollEntry(gathering_id, entry.numbers("there"), int(others), took_place(entry, now))


def roll_words(entry: Entry, scope: object) -> list[tuple[str, str]]:
    """Return what was filled in, for the office; names of people are not in it."""
    return [("到场", f"{len(entry.numbers('there'))} 人"), ("另有人数", entry.text("others")[:10])]
