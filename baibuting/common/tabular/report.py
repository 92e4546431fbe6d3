"""The report of an import, the same on the command line, in the admin and in the error workbook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

Progress: TypeAlias = Callable[[int, int], None]
"""Called with (rows done, rows in all)."""


class Correction(StrEnum):
    """Changes of past records that an import makes only where the clerk has ticked them in the preview."""

    STARTS = "starts"  # 更正起点: the first day of a running care record
    HOLDERS = "holders"  # 更正任职: who holds a post, by a roster older than the holder's appointment
    VISITS = "visits"  # 更正走访: a visit of the same person, day and visitor with other values


@dataclass(frozen=True, slots=True)
class Rejection:
    """A cell for which its row, or its part of a row, was refused; or, in `warned`, one accepted with a warning.

    `row` as the spreadsheet numbers it (in a CSV the record's number, the header being 1); `column` the office's own
    title; `reason` a short code; `message` a Chinese sentence without personal data. `sheet` is "" in a CSV.
    """

    row: int
    column: str
    reason: str
    message: str
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A change by a row to an existing record. `subject` names the record; `old` and `new` are as shown to the clerk.

    Personal data: kept sealed, shown to the user who uploaded the file, never printed by the command.
    """

    row: int
    column: str
    subject: str
    old: str
    new: str
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """One row of the database that an import wrote, for undoing the import.

    `model` is a label as "residents.resident"; `before` holds the former value of each column that was changed, None
    for a new row.
    """

    model: str
    pk: int
    before: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class SheetRead:
    """What was read of one sheet. `rows` are its data rows; hidden ones (by hand or by a filter) are counted in them.

    `used` is false for a sheet that holds nothing of this kind.
    """

    name: str
    rows: int = 0
    hidden_rows: int = 0
    hidden_columns: int = 0
    used: bool = True


@dataclass(slots=True)
class Counts:
    """Numbers of records of one unit (人, 条, 栋)."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass(slots=True)
class Correctable:
    """Rows that would correct past records if ticked, and how many duties that would recompute."""

    rows: int = 0
    rounds: int = 0


@dataclass(slots=True)
class Brings:
    """What new records bring with them at once: rounds due today, and rounds that are overdue already.

    `counts_from` is the day from which the community counts, in ISO; "" while none is confirmed. While it `is_to_come`
    nothing is due.
    """

    counts_from: str = ""
    is_to_come: bool = False
    due_today: int = 0
    overdue: int = 0


@dataclass(slots=True)
class ImportReport:
    """The outcome of an import. `rows` and `accepted` count data rows of the file; the other counts are of records.

    `units` has the counts by unit. `warned` are rows accepted with a warning. `vacant` counts posts that a cadre roster
    leaves empty. `recognised` maps the office's titles to our labels; `suggested` gives the field key that an unknown
    column's contents suggest, `taken_by_content` those used because a needed column had exactly one such candidate.
    `looks_like` is the kind of roster the file seems to be where it is another one. `words` names refused and warned
    rows for whoever uploaded the file, by (sheet, row): personal data, as `changes` are. `brings` is None
    for rosters that start no clocks.
    """

    rows: int = 0
    accepted: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    warned: list[Rejection] = field(default_factory=list)
    vacant: int = 0
    recognised: dict[str, str] = field(default_factory=dict)
    unrecognised: list[str] = field(default_factory=list)
    suggested: dict[str, str] = field(default_factory=dict)
    taken_by_content: dict[str, str] = field(default_factory=dict)
    looks_like: str = ""
    sheets: list[SheetRead] = field(default_factory=list)
    hidden_sheets: list[str] = field(default_factory=list)
    units: dict[str, Counts] = field(default_factory=dict)
    correctable: dict[str, Correctable] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    words: dict[tuple[str, int], str] = field(default_factory=dict)
    journal: list[Written] = field(default_factory=list)
    brings: Brings | None = None

    def count(self, unit: str, *, created: int = 0, updated: int = 0, unchanged: int = 0) -> None:
        """Add records of a unit to its counts and to the totals."""
        counts = self.units.setdefault(unit, Counts())
        counts.created += created
        counts.updated += updated
        counts.unchanged += unchanged
        self.created += created
        self.updated += updated
        self.unchanged += unchanged

    def note_created(self, model: str, pk: int) -> None:
        """Record a new row in the journal, for undoing the import."""
        self.journal.append(Written(model, pk))

    def note_changed(self, model: str, pk: int, before: Mapping[str, Any]) -> None:
        """Record a row's former values in the journal, for undoing the import."""
        self.journal.append(Written(model, pk, before))

    def note_correctable(self, correction: Correction, *, rounds: int = 0) -> None:
        """Count a row that would correct past records if ticked."""
        found = self.correctable.setdefault(correction, Correctable())
        found.rows += 1
        found.rounds += rounds

    def as_json(self) -> dict[str, Any]:
        """Return plain values for --json, without personal data (`changes`, `words`) and the journal."""
        plain = asdict(self)
        del plain["journal"], plain["words"]
        plain["changes"] = len(self.changes)
        return plain
