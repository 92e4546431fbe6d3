"""What an import did, told the same way on the command line, in the admin and in the error workbook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

Progress: TypeAlias = Callable[[int, int], None]
"""Called with (rows done, rows in all)."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A cell that kept its row, or its part of a row, out.

    `row` as the spreadsheet numbers it (in a CSV the record's number, the header being 1); `column` the office's own
    title; `reason` a short code; `message` a Chinese sentence without personal data. `sheet` is "" in a CSV.
    """

    row: int
    column: str
    reason: str
    message: str
    sheet: str = ""


@dataclass(slots=True)
class ImportReport:
    """`rows` and `accepted` count data rows of the file; created, updated and unchanged count records.

    `vacant` counts posts that a cadre roster leaves empty. `recognised` maps the office's titles to our labels.
    """

    rows: int = 0
    accepted: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    vacant: int = 0
    recognised: dict[str, str] = field(default_factory=dict)
    unrecognised: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Plain values for --json."""
        return asdict(self)
