"""What a phone says of a bench: that somebody has looked at it."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from sample.models import Bench

from baibuting.common.entries import Entry
from buildings.scope import Scope


def look_read(entry: Entry, now: datetime) -> int:
    """Return the key of the bench. Raises ValidationError where none is named."""
    bench_id = entry.number("bench")
    if bench_id is None:
        raise ValidationError({"bench": "没有写明是哪张长椅。"})
    return bench_id


def look_words(entry: Entry, scope: Scope) -> list[tuple[str, str]]:
    """Return the entry in words; a bench outside the scope is not named."""
    bench = Bench.objects.within(scope).filter(pk=entry.number("bench") or 0).first()
    return [("长椅", str(bench))] if bench else []
