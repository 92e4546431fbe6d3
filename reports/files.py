"""Files of a run, sealed: a report never lies in the clear, neither in the database nor on the disk."""

from __future__ import annotations

from baibuting.common.crypto import open_sealed_bytes, seal_bytes
from reports.choices import Purpose
from reports.models import ReportFile, ReportRun, sealed_file_name


def file_keep(run: ReportRun, purpose: Purpose, data: bytes) -> None:
    """Store a file of a run, in place of an earlier one of the same purpose."""
    sealed = seal_bytes(data, bound_to=sealed_file_name(run, purpose))
    ReportFile.objects.update_or_create(run=run, purpose=purpose, defaults={"sealed": sealed})


def file_of(run: ReportRun, purpose: Purpose) -> bytes | None:
    """The content of a file of a run; None where it is gone."""
    sealed = ReportFile.objects.filter(run=run, purpose=purpose).values_list("sealed", flat=True).first()
    name = sealed_file_name(run, purpose)
    return None if sealed is None else open_sealed_bytes(bytes(sealed), bound_to=name)
