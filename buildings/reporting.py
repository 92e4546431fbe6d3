"""What is asked of a report, and what every one of them can answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from buildings.choices import Level
from buildings.models import Place
from buildings.viewer import Viewer

Row = Sequence[Any]


@dataclass(frozen=True)
class ReportRequest:
    """A report of a place over some days, both included, as a viewer asks for it. The viewer's scope is narrowed to

    that part which lies in the place: the whole of it, or of a community some parts.
    """

    viewer: Viewer
    kind: str
    place: Place
    first_on: date
    last_on: date
    is_full: bool
    reason: str

    @property
    def is_partial(self) -> bool:
        """Return whether it covers some parts of the place alone."""
        return not self.viewer.scope.covers(self.place.path)


class Report:
    """One kind of report. Everything is read `within` the scope of whoever asks."""

    columns: ClassVar[Sequence[str]]
    numbers: ClassVar[Sequence[str]] = ()  # columns that are figures, set to the right in print
    is_wide: ClassVar[bool] = True  # A4 across
    is_numbered: ClassVar[bool] = True  # 序号 before each row, as offices have it; not in tables of areas
    no_rows: ClassVar[str]

    def __init__(self, asked: ReportRequest) -> None:
        self.asked, self.scope = asked, asked.viewer.scope

    def count(self) -> int:
        """Return how many rows there will be; one query."""
        raise NotImplementedError

    def rows(self) -> Iterator[Row]:
        """Return the rows, in the order of the sheet."""
        raise NotImplementedError

    def summary(self, rows: Sequence[Row]) -> str:
        """Return a sentence below the title."""
        return f"共 {len(rows)} 条"

    @property
    def may_come_back(self) -> bool:
        """Return whether its workbook is laid out as a roster that can be imported."""
        return False

    @property
    def lowest(self) -> Level:
        """Return how far down a table of areas goes: to 片区, inside one of them, and among scattered parts, to 楼栋."""
        is_wide = self.asked.place.level < Level.PRECINCT and not self.asked.is_partial
        return Level.PRECINCT if is_wide else Level.BUILDING
