"""Rosters made in a test: CSV as an office saves it, and the import in one word."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from baibuting.common.tabular.report import ImportReport
from rosters.imports import roster_import
from tests.factories import moment

FOLDER = Path(__file__).resolve().parent.parent / "data" / "baibuting"
NOW = moment("2026-11-23T09:00")
Rows = Sequence[Sequence[object]]


def csv_of(*rows: Sequence[object]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def workbook_of(**sheets: Rows) -> bytes:
    """An .xlsx with sheets by name."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()
    return out.getvalue()


def load(
    kind: str,
    data: bytes | str,
    *,
    now: datetime = NOW,
    mapping: Mapping[str, str] | None = None,
    **options: Any,
) -> ImportReport:
    """Import a file of the folder, or bytes, into 百步亭社区."""
    content = (FOLDER / data).read_bytes() if isinstance(data, str) else data
    return roster_import(
        kind=kind, data=content, community_name="百步亭社区", now=now, user=None, mapping=mapping, **options
    )


def refused(report: ImportReport) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.reason) for one in report.rejected]


def counts(report: ImportReport) -> tuple[int, int, int]:
    return report.created, report.updated, report.unchanged
