"""Writes on the records of backups."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from audit.services import audit_event_record
from backups.choices import State
from backups.models import BackupRun

BROKEN_OFF = "中断：进程在完成前结束了。下一次备份会重新来过。"


@transaction.atomic
def backup_begin(*, now: datetime) -> BackupRun:
    """Record that a backup begins. The caller holds the lock of backups: whatever is still under way broke off."""
    left = BackupRun.objects.filter(state=State.WORKING)
    left.update(state=State.FAILED, finished_at=now, message=BROKEN_OFF)
    return BackupRun.objects.create(started_at=now)


def backup_finish(
    *, run: BackupRun, file_name: str, size: int, tables: int, rows: int, now: datetime
) -> BackupRun:
    """Record that a backup is there: `size` in bytes, with so many tables and rows, all of which were restored."""
    run.state, run.finished_at = State.DONE, now
    run.file_name, run.size, run.tables, run.rows = file_name, size, tables, rows
    run.save()
    return run


def backup_fail(*, run: BackupRun, message: str, now: datetime) -> BackupRun:
    """Record why a backup was not made."""
    run.state, run.finished_at, run.message = State.FAILED, now, message[:200]
    run.save(update_fields=["state", "finished_at", "message"])
    return run


def restore_note(*, now: datetime, rows: int) -> None:
    """Write into the restored trail that all that comes before is from a backup."""
    audit_event_record(
        now=now, user=None, action="restore", object_type=BackupRun._meta.label_lower, row_count=rows
    )
