"""Days inside a text: 2026.5.1去世, 2026-01-10至2026-02-09."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.reading import Cell
from baibuting.common.tabular.text import half_width, plain
from baibuting.common.tabular.values import parse_date

_DAY = re.compile(
    r"(?<!\d)\d{4}\s*[-./年]\s*\d{1,2}\s*[-./月]\s*\d{1,2}\s*日?(?!\d)|(?<!\d)(?:19|20)\d{6}(?!\d)"
)


def days_in(cell: Cell) -> list[date]:
    """Return every whole day that a text names, in order; a month alone is no day."""
    if not isinstance(cell, str):
        cell = plain(cell)
    found = []
    for text in _DAY.findall(half_width(cell)):
        try:
            found.append(parse_date(text))
        except CellError:  # digits that look like a day and are none are ignored
            continue
    return found


def parse_span(cell: Cell) -> tuple[date, date | None]:
    """Return the first day of a cell and the last, if given: 2026-01-10至2026-02-09. Raises CellError as parse_date."""
    return _span_in(cell) if isinstance(cell, str) else (parse_date(cell), None)


@lru_cache(maxsize=4096)  # a ledger of thousands repeats the same days
def _span_in(text: str) -> tuple[date, date | None]:
    days = days_in(text)
    if len(days) == 2 and days[0] <= days[1]:
        return days[0], days[1]
    if len(days) == 1 and half_width(text).rstrip().endswith(("至今", "起", "-", "—", "至")):
        return days[0], None
    return parse_date(text), None
