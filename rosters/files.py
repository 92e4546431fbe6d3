"""What an import would say of people, sealed beside its run: what changes, and what refused rows call themselves."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from baibuting.common.tabular.report import ImportReport
from rosters.choices import Purpose
from rosters.models import ImportFile, ImportRun

SHOWN_CHANGES = 200
NAMED_ROWS = 500


@dataclass(frozen=True, slots=True)
class Personal:
    """What whoever uploaded a file reads of its import besides the run.

    `changes` are the first, as `Change` has them; `columns` counts all of them by column; `words` name refused and
    warned rows by (sheet, row).
    """

    changes: list[dict[str, Any]] = field(default_factory=list)
    columns: dict[str, int] = field(default_factory=dict)
    words: dict[tuple[str, int], str] = field(default_factory=dict)


def personal_keep(run: ImportRun, report: ImportReport) -> None:
    """Seal it beside the run: it names people, as the file's rows do."""
    found = {
        "changes": [asdict(change) for change in report.changes[:SHOWN_CHANGES]],
        "columns": Counter(change.column for change in report.changes),
        "words": [[*place, words] for place, words in list(report.words.items())[:NAMED_ROWS]],
    }
    ImportFile.keep(run, Purpose.CHANGES, json.dumps(found, ensure_ascii=False).encode())


def personal_of(run: ImportRun) -> Personal:
    """Return what is sealed beside a run; empty where nothing is kept."""
    data = ImportFile.find(run, Purpose.CHANGES)
    found = json.loads(data) if data else {}
    if isinstance(found, list):  # a run from before rows were named
        return Personal(changes=found)
    words = {(sheet, row): said for sheet, row, said in found.get("words", [])}
    return Personal(found.get("changes", []), found.get("columns", {}), words)
