"""The list of the erased outside the database, by which a restored backup is erased again. No database.

A line is `<uid> <moment>`: random keys, which say nothing to anybody without the database they once stood in.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from uuid import UUID


def erased_note(path: Path, uids: Iterable[UUID], *, now: datetime) -> None:
    """Append the keys of a person's registrations to the list, and see that they are on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.writelines(f"{uid} {now.isoformat(timespec='seconds')}\n" for uid in uids)
        file.flush()
        os.fsync(file.fileno())


def erased_read(path: Path) -> list[UUID]:
    """Return the keys on the list, each once; none where there is no file. A line cut short by a crash is left out."""
    if not path.exists():
        return []
    found: dict[UUID, None] = {}
    for line in path.read_text(encoding="ascii").splitlines():
        try:
            found[UUID(line.split(" ")[0])] = None
        except ValueError:
            continue
    return list(found)
