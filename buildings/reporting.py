"""The base of reports: the request for one, and the interface of every kind."""

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
    """A viewer's request for a report of a place over some days, both included.

    The viewer's scope is restricted to its part inside the place: all of it, or some parts of a community.
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
        """Return whether it covers only some parts of the place."""
        return not self.viewer.scope.covers(self.place.path)


class Report:
    """The base of a kind of report. Everything is read `within` the viewer's scope."""

    columns: ClassVar[Sequence[str]]
    numbers: ClassVar[Sequence[str]] = ()  # columns that are figures, right-aligned in print
    is_wide: ClassVar[bool] = True  # A4 landscape
    is_numbered: ClassVar[bool] = True  # 序号 before each row, as offices do; not in tables of areas
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
        """Return the sentence below the title."""
        return f"共 {len(rows)} 条"

    @property
    def may_come_back(self) -> bool:
        """Return whether its workbook has the layout of an importable roster."""
        return False

    @property
    def lowest(self) -> Level:
        """Return the lowest level in a table of areas: 片区; inside one of them, or for scattered parts, 楼栋."""
        is_wide = self.asked.place.level < Level.PRECINCT and not self.asked.is_partial
        return Level.PRECINCT if is_wide else Level.BUILDING
