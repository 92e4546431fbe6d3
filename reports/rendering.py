"""Making a report: its rows, and from them the workbook and the page to print."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.template.loader import render_to_string

from baibuting.common.days import SHANGHAI
from baibuting.common.portal import ReportKind
from baibuting.common.tabular.marks import MASKED, NOT_A_ROSTER
from baibuting.common.tabular.sheets import groups_of
from baibuting.common.tabular.writing import export_book
from buildings.choices import Level
from buildings.models import Place
from buildings.reporting import ReportRequest
from reports.rules import is_whole, report_kinds

Progress = Callable[[int, int], None]
"""Called with (rows done, rows in all)."""
NUMBER = "序号"
_TELL_EVERY = 100  # rows
_SHORT, _SHORT_ASCII = 5, 11  # characters


@dataclass(frozen=True, slots=True)
class RenderedReport:
    """A report with its rows in memory."""

    kind: ReportKind
    title: str
    facts: str  # which days, made when and by whom
    summary: str
    columns: Sequence[str]
    numbers: Sequence[str]
    is_wide: bool
    no_rows: str
    rows: Sequence[Sequence[Any]]
    may_come_back: bool

    def book(self) -> bytes:
        """Return the workbook. One that is not a roster says so, and the import refuses it."""
        note = "　".join((self.facts, self.summary, *(() if self.may_come_back else (NOT_A_ROSTER,))))
        return export_book(self.title, self.columns, self.rows, note=note, sheet_name=self.kind.label)

    def page(self) -> str:
        """Return the sheet to print, as an HTML fragment."""
        return render_to_string("reports/sheet.html", {"made": self, **_cells(self)})


def report_make(asked: ReportRequest, *, progress: Progress | None = None) -> RenderedReport:
    """Make a report within the scope of its request. Writes nothing."""
    kind = report_kinds()[asked.kind]
    report = kind.report(asked)
    total = report.count() if progress else 0
    rows = []
    for row in report.rows():
        rows.append(row)
        if progress and len(rows) % _TELL_EVERY == 0:
            progress(len(rows), max(total, len(rows)))
    if progress:
        progress(len(rows), len(rows))
    whole = is_whole(asked.viewer.user, kind.code, is_full=asked.is_full)
    first = (NUMBER,) if report.is_numbered else ()
    return RenderedReport(
        kind=kind,
        title=f"{place_label(asked)}{kind.label}{'' if whole else MASKED}",
        facts=f"{period_label(kind.code, asked.last_on)}　制表：{asked.viewer.now.astimezone(SHANGHAI):%Y-%m-%d %H:%M}　{asked.viewer.user}",
        summary=report.summary(rows),
        columns=(*first, *report.columns),
        numbers=(*first, *report.numbers),
        is_wide=report.is_wide,
        no_rows=report.no_rows,
        rows=[(at, *row) for at, row in enumerate(rows, start=1)] if first else rows,
        may_come_back=whole and report.may_come_back,
    )


def rows_expected(asked: ReportRequest) -> int:
    """Return how many rows a report will have. One query."""
    return report_kinds()[asked.kind].report(asked).count()


def place_label(asked: ReportRequest) -> str:
    """Return the community, and the area in it: 百步亭社区怡康苑第一片区."""
    place = asked.place
    if asked.is_partial:
        return f"{place.name}（{asked.viewer.user}负责部分）"
    if place.level == Level.COMMUNITY:
        return place.name
    return f"{place.community.name}{place.full_name.replace(' ', '')}"


def period_label(kind: str, last_on: date) -> str:
    """Return the days covered: 2026年11月, or 截至2026年11月23日."""
    month = f"{last_on.year}年{last_on.month}月"
    return f"截至{month}{last_on.day}日" if report_kinds()[kind].is_of_a_day else month


def file_name(kind: str, place: Place, last_on: date) -> str:
    """Return a file name without personal data: 走访台账_怡康苑_202611.xlsx."""
    period = f"{last_on:%Y%m%d}" if report_kinds()[kind].is_of_a_day else f"{last_on:%Y%m}"
    return f"{report_kinds()[kind].label}_{place.full_name.replace(' ', '')}_{period}.xlsx"


def _cells(made: RenderedReport) -> dict[str, Any]:
    """Return header and rows for the template: each cell with its CSS class."""
    groups = groups_of(made.columns)
    tops = [
        {"text": group or made.columns[left], "span": right - left + 1, "is_alone": not group}
        for group, left, right in groups
    ]
    below = [column.partition("/")[2] for column in made.columns if "/" in column]
    numbers = [column in made.numbers for column in made.columns]
    rows = [
        [
            (text := shown(value), _setting(text, is_number))
            for value, is_number in zip(row, numbers, strict=True)
        ]
        for row in made.rows
    ]
    return {"tops": tops, "below": below, "depth": 2 if below else 1, "body": rows}


def _setting(text: str, is_number: bool) -> str:
    """Return a cell's CSS class: figures to the right; a day, a time or a few characters never broken."""
    if is_number:
        return "number"
    return "short" if len(text) <= _SHORT or (len(text) <= _SHORT_ASCII and text.isascii()) else ""


def shown(value: Any) -> str:
    """Return a value as printed."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:%H:%M}" if isinstance(value, time) else str(value)
