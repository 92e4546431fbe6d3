"""The sample of what an import changes, sealed beside its run because it names people."""

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
    """Seal the first of a run's changes beside it: they name people, as its rows do."""
    first = [asdict(change) for change in changes[:SHOWN_CHANGES]]
    ImportFile.keep(run, Purpose.CHANGES, json.dumps(first, ensure_ascii=False).encode())


def changes_of(run: ImportRun) -> list[dict[str, Any]]:
    """Return the first of a run's changes, as `Change` has them; empty where none are kept."""
    data = ImportFile.find(run, Purpose.CHANGES)
    found: list[dict[str, Any]] = json.loads(data) if data else []
    return found
