"""The day a page shows, and links that keep it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from baibuting.common.days import local_day
from duties.as_of import AsOf

AS_OF = "as_of"
EARLIEST = date(1990, 1, 1)
NOT_KEPT = (AS_OF, "page")


@dataclass(frozen=True, slots=True)
class PageDay:
    """The moment a page shows. `refusal` says why the requested day cannot be shown; then it shows today."""

    moment: AsOf
    today: date
    refusal: str = ""

    @property
    def is_past(self) -> bool:
        return not self.moment.is_now

    def url(self, name: str, *args: Any, **conditions: Any) -> str:
        """Return the address of a page on the day shown; conditions without a value are left out."""
        asked = {word: value for word, value in conditions.items() if value not in ("", None)}
        if self.is_past:
            asked[AS_OF] = self.moment.day.isoformat()
        return reverse(name, args=args) + (f"?{urlencode(asked)}" if asked else "")


def page_day_read(params: Mapping[str, Any], now: datetime) -> PageDay:
    """Return the day of an address as of its end, or today as of now."""
    today, asked = local_day(now), str(params.get(AS_OF, "")).strip()
    if not asked:
        return PageDay(AsOf.now(now), today)
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        return PageDay(AsOf.now(now), today, "看不懂要看的日期，请写成 2026-03-05 的样子。下面是今天的情况。")
    if day > today:
        return PageDay(AsOf.now(now), today, "要看的日期还没有到，请选今天或以前的日期。下面是今天的情况。")
    if day < EARLIEST:
        return PageDay(AsOf.now(now), today, "要看的日期太早，请选 1990 年以后的日期。下面是今天的情况。")
    return PageDay(AsOf.now(now) if day == today else AsOf.end_of(day), today)
