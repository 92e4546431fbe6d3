"""Files of a run, sealed: an uploaded roster is never stored in the clear, nor on the disk."""

from __future__ import annotations

from baibuting.common.crypto import open_sealed_bytes, seal_bytes
from rosters.choices import Purpose
from rosters.models import ImportFile, ImportRun, sealed_file_name


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
