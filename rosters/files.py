"""Files of a run, sealed: an uploaded roster is never stored in the clear, nor on the disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from baibuting.common.crypto import open_sealed_bytes, seal_bytes
from baibuting.common.tabular.report import Change
from rosters.choices import Purpose
from rosters.models import ImportFile, ImportRun, sealed_file_name

SHOWN_CHANGES = 200


def file_keep(run: ImportRun, purpose: Purpose, data: bytes) -> None:
    """Store a file of a run, in place of an earlier one of the same purpose."""
    sealed = seal_bytes(data, bound_to=sealed_file_name(run, purpose))
    ImportFile.objects.update_or_create(run=run, purpose=purpose, defaults={"sealed": sealed})


def file_of(run: ImportRun, purpose: Purpose) -> bytes | None:
    """The content of a file of a run; None where it is gone."""
    sealed = ImportFile.objects.filter(run=run, purpose=purpose).values_list("sealed", flat=True).first()
    return (
        None if sealed is None else open_sealed_bytes(bytes(sealed), bound_to=sealed_file_name(run, purpose))
    )


def has_file(run: ImportRun, purpose: Purpose) -> bool:
    """Whether a file of a run is still there."""
    return ImportFile.objects.filter(run=run, purpose=purpose).exists()


def changes_keep(run: ImportRun, changes: Sequence[Change]) -> None:
    """Store the first of what a run changes; it names people, so it is sealed as the rows are."""
    first = [asdict(change) for change in changes[:SHOWN_CHANGES]]
    file_keep(run, Purpose.CHANGES, json.dumps(first, ensure_ascii=False).encode())


def changes_of(run: ImportRun) -> list[dict[str, Any]]:
    """The first of what a run changes, as `Change` has it; empty where nothing is kept."""
    data = file_of(run, Purpose.CHANGES)
    found: list[dict[str, Any]] = json.loads(data) if data else []
    return found
