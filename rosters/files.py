"""What an import changes, kept sealed beside its run: it names people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from baibuting.common.tabular.report import Change
from rosters.choices import Purpose
from rosters.models import ImportFile, ImportRun

SHOWN_CHANGES = 200


def changes_keep(run: ImportRun, changes: Sequence[Change]) -> None:
    """Store the first of what a run changes; it names people, so it is sealed as the rows are."""
    first = [asdict(change) for change in changes[:SHOWN_CHANGES]]
    ImportFile.keep(run, Purpose.CHANGES, json.dumps(first, ensure_ascii=False).encode())


def changes_of(run: ImportRun) -> list[dict[str, Any]]:
    """Return the first of what a run changes, as `Change` has it; empty where nothing is kept."""
    data = ImportFile.find(run, Purpose.CHANGES)
    found: list[dict[str, Any]] = json.loads(data) if data else []
    return found
