"""Short words for the tests of reports: ask for one, and read what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.test import Client
from django.urls import reverse

from accounts.models import User
from baibuting.common.tabular.reading import Cell, open_book
from buildings.models import Place
from buildings.reporting import ReportRequest
from buildings.viewer import Viewer
from cadres.models import Appointment, Cadre
from cadres.selectors import scope_for
from duties.models import Duty, DutyEvent
from reports.models import ReportRun
from reports.rendering import RenderedReport, report_make
from reports.rules import report_kinds
from reports.runner import REPORTS
from reports.selectors import scope_inside
from residents.models import CareRecord, Resident
from tests.visits.people import NOW
from visits.models import Visit

MARCH = (date(2026, 3, 1), date(2026, 3, 31))
REASON = {"detail": "full", "reason": "报街道存档"}


def asked(
    kind: str,
    place: Place,
    user: User,
    *,
    days: tuple[date, date] = MARCH,
    is_full: bool = True,
    now: datetime = NOW,
) -> ReportRequest:
    scope = scope_inside(scope_for(user, today=now.date()), place)
    return ReportRequest(
        Viewer(user, scope, now), kind, place, *days, is_full, "报街道存档" if is_full else ""
    )


def made(kind: str, place: Place, user: User, **options: Any) -> RenderedReport:
    """A report past its page."""
    return report_make(asked(kind, place, user, **options))


def rows_of(made: RenderedReport) -> list[dict[str, Any]]:
    """Its rows by column; where they are numbered, rightly."""
    rows = [dict(zip(made.columns, row, strict=True)) for row in made.rows]
    assert [row.pop("序号", at) for at, row in enumerate(rows, start=1)] == [*range(1, len(rows) + 1)]
    return rows


def send(client: Client, kind_: str, place_: Place, /, **form: Any) -> Any:
    """The form, sent as a browser does; the month is March 2026, the day NOW's."""
    data = {"kind": kind_, "place": place_.pk, "month": "2026-03", "detail": "masked", "make": "book", **form}
    return client.post(reverse("reports:index"), data)


@dataclass
class Sheet:
    """A workbook that came back."""

    title: str
    note: str
    header: list[str]
    rows: list[list[Cell]]


def sheet_of(answer: Any, *, depth: int = 1) -> Sheet:
    """What a downloaded workbook says; `depth` rows of header."""
    if not isinstance(answer, bytes):
        assert answer.status_code == 200, answer.status_code
        answer = answer.content
    title, note, *rest = open_book(answer).sheets[0].rows
    header = [str(cell) for cell in rest[depth - 1]]
    return Sheet(str(title[0]), str(note[0]), header, rest[depth:])


def work(now: datetime = NOW) -> int:
    """What the worker does with all that waits."""
    return REPORTS.work(read_clock=lambda: now)


def last_run() -> ReportRun:
    return ReportRun.objects.latest("pk")


KINDS = tuple(report_kinds())


def everything() -> list[Any]:
    """Every row an import of any kind could touch."""
    models = (Place, Appointment, Cadre, Resident, CareRecord, Visit, Duty, DutyEvent)
    return [list(model.objects.order_by("pk").values_list()) for model in models]
