"""A backup from beginning to end: dumped, encrypted, restored from the very file, counted, and only then given its name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.utils import timezone

from backups import databases, dumping
from backups.models import BackupRun
from backups.rules import BackupError, Keep, file_name, kept, moment_of
from backups.services import BROKEN_OFF, backup_begin, backup_fail, backup_finish

ReadClock = Callable[[], datetime]
FULL = 1024 * 1024  # bytes left on a disk that is called full


def backup_make(*, folder: Path, keep: Keep, read_clock: ReadClock) -> BackupRun:
    """Make a backup in a folder, and delete those the rule no longer keeps; returns its record.

    Raises BackupError with a sentence for whoever runs it; there is then no new file, and the record says why.
    """
    dumping.refuse_unready()
    _refuse_unfit(folder)
    with databases.snapshot_alone() as snapshot:
        _sweep_up(folder)
        run = backup_begin(now=read_clock())
        try:
            with _partial(folder, run) as (partial, final):
                _write(partial, snapshot)
                _try_out(partial, snapshot.counts)
                size = partial.stat().st_size
                partial.rename(final)
                _sync(folder)
        except BackupError as failure:
            backup_fail(run=run, message=str(failure), now=read_clock())
            raise
        except BaseException:
            backup_fail(run=run, message=BROKEN_OFF, now=read_clock())
            raise
        counts = snapshot.counts
        backup_finish(
            run=run, file_name=final.name, size=size, tables=len(counts), rows=sum(counts.values()),
            now=read_clock(),
        )  # fmt: skip
        _prune(folder, keep)
    return run


def _refuse_unfit(folder: Path) -> None:
    if not folder.is_dir():
        raise BackupError(f"没有这个文件夹：{folder}。请先建好（或挂好备份盘），再运行。")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BackupError(f"不能写入 {folder}，请检查它的权限，或备份盘是否只读。")


def _sweep_up(folder: Path) -> None:
    """Delete what a killed backup of this database left. We hold the lock: no other writes there."""
    for left in folder.glob(f".{databases.current()}-*.partial"):
        left.unlink()


@contextmanager
def _partial(folder: Path, run: BackupRun) -> Iterator[tuple[Path, Path]]:
    """Yield the path of the unfinished file and the one it gets at last; an unfinished one does not stay."""
    final = folder / file_name(databases.current(), timezone.make_naive(run.started_at))
    partial = folder / f".{final.name}.partial"
    try:
        yield partial, final
    finally:
        partial.unlink(missing_ok=True)


def _write(path: Path, snapshot: databases.Snapshot) -> None:
    try:
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            dumping.dump(databases.current(), snapshot.name, file)
            os.fsync(file.fileno())
    except (OSError, BackupError) as failure:
        if shutil.disk_usage(path.parent).free < FULL:
            raise BackupError(f"备份没有完成：{path.parent} 所在的磁盘满了，请腾出空间再试。") from failure
        raise BackupError(
            f"备份没有完成：写不出文件，{_why(failure)}。请检查 {path.parent} 的空间和权限，以及数据库是否正常。"
        ) from failure


def _why(failure: OSError | BackupError) -> str:
    return str(failure) if isinstance(failure, BackupError) else str(failure.strerror)


def _try_out(path: Path, expected: Mapping[str, int]) -> None:
    """Restore the file into a database aside and count its rows. Raises BackupError where they are not those of the snapshot."""
    aside = f"{databases.current()}_backup_check"
    with databases.database_aside(aside):
        try:
            with path.open("rb") as file:
                dumping.restore(file, aside)
        except BackupError as failure:
            raise BackupError(
                f"备份没有完成：写出的文件恢复不出来，{failure}。请检查磁盘，再运行一次。"
            ) from failure
        found = databases.counts_in(aside)
    if found != expected:
        names = sorted(table for table in {*found, *expected} if found.get(table) != expected.get(table))
        raise BackupError(
            f"备份没有完成：恢复出来的行数对不上（{'、'.join(names[:5])}）。请检查磁盘，再运行一次。"
        )


def _sync(folder: Path) -> None:
    """Have the disk keep the file's new name."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _prune(folder: Path, keep: Keep) -> None:
    """Delete the finished backups of this database that the rule no longer keeps; nothing else in the folder."""
    database = databases.current()
    files = {at: path for path in folder.iterdir() if (at := moment_of(path.name, database)) is not None}
    try:
        for at in files.keys() - kept(files, keep):
            files[at].unlink()
    except OSError as failure:
        raise BackupError(
            f"这次备份已完成，但旧的备份删不掉：{failure.strerror}。请检查 {folder} 的权限。"
        ) from failure
