"""Queries on backups."""

from __future__ import annotations

from datetime import datetime

from backups.choices import State
from backups.models import BackupRun


def last_backup_at() -> datetime | None:
    """Return when the newest backup that was restored and counted was finished; None where there is none. One query."""
    done = BackupRun.objects.filter(state=State.DONE).order_by("-finished_at")
    return done.values_list("finished_at", flat=True).first()
