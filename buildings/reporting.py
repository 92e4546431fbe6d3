"""What is asked of a report, and what every one of them can answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from accounts.models import User
from baibuting.common.days import local_day
from buildings.choices import Level
from buildings.models import Place
from buildings.scope import Scope, Viewer

Row = Sequence[Any]


@dataclass(frozen=True)
class Asked:
    """A report of a place over some days, both included. `scope` is that part of the asker's scope which lies in it:

    the whole place, or of a community some parts.
    """

    kind: str
    place: Place
    first_on: date
    last_on: date
    user: User
    scope: Scope
    is_full: bool
    reason: str
    now: datetime

    @property
    def viewer(self) -> Viewer:
        return Viewer(self.user, self.scope)

    @property
    def is_partial(self) -> bool:
        """Whether it covers some parts of the place alone."""
        return not self.scope.covers(self.place.path)

    @property
    def today(self) -> date:
        return local_day(self.now)


class Report:
    """One kind of report. Everything is read `within` the scope of whoever asks."""

    columns: ClassVar[Sequence[str]]
    numbers: ClassVar[Sequence[str]] = ()  # columns that are figures, set to the right in print
    is_wide: ClassVar[bool] = True  # A4 across
    is_numbered: ClassVar[bool] = True  # 序号 before each row, as offices have it; not in tables of areas
    no_rows: ClassVar[str]

    def __init__(self, asked: Asked) -> None:
        self.asked, self.scope = asked, asked.scope

    def count(self) -> int:
        """How many rows there will be; one query."""
        raise NotImplementedError

    def rows(self) -> Iterator[Row]:
        """The rows, in the order of the sheet."""
        raise NotImplementedError

    def summary(self, rows: Sequence[Row]) -> str:
        """A sentence below the title."""
        return f"共 {len(rows)} 条"

    @property
    def may_come_back(self) -> bool:
        """Whether its workbook is laid out as a roster that can be imported."""
        return False

    @property
    def lowest(self) -> Level:
        """How far down a table of areas goes: to 片区, inside one of them, and among scattered parts, to 楼栋."""
        is_wide = self.asked.place.level < Level.PRECINCT and not self.asked.is_partial
        return Level.PRECINCT if is_wide else Level.BUILDING
