"""Checkpoints: the chain's head published outside the database, in an append-only file. No database.

A line is `<number> <link in hex> <moment>`, or `purged <number> <link in hex> <moment>`. A copy of it kept
elsewhere (or the log, which has the same lines) proves what the trail was.
"""

from __future__ import annotations

import fcntl
import logging
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Checkpoints:
    """What has been published: links by number, and up to where rows were purged."""

    links: dict[int, bytes] = field(default_factory=dict)
    purged: dict[int, bytes] = field(default_factory=dict)

    @property
    def last(self) -> int:
        return max([0, *self.links, *self.purged])


def checkpoints_read(path: Path) -> Checkpoints:
    """Return everything published so far; nothing where there is no file. A line cut short by a crash is ignored."""
    checkpoints = Checkpoints()
    if not path.exists():
        return checkpoints
    for line in path.read_text(encoding="ascii").splitlines():
        parts = line.split(" ")
        kept = checkpoints.purged if parts[0] == "purged" else checkpoints.links
        parts = parts[1:] if parts[0] == "purged" else parts
        if len(parts) == 3 and parts[0].isdigit() and len(parts[1]) == 64:
            kept[int(parts[0])] = bytes.fromhex(parts[1])
    return checkpoints


def checkpoint_publish(path: Path, number: int, link: bytes, now: datetime, *, purged: bool = False) -> None:
    """Append a line to the file and to the log. Does nothing for a head that is published already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = f"{'purged ' if purged else ''}{number} {link.hex()} {now.isoformat(timespec='seconds')}"
    with path.open("a+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not purged and _last_number(path) >= number:
            return
        file.write(f"{line}\n")
        file.flush()
        os.fsync(file.fileno())
    logger.info("audit head %s", line)


def _last_number(path: Path) -> int:
    """Return the number in the last line, reading only the end of the file."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 400))
        lines = file.read().decode("ascii").splitlines()
    numbers = [line.removeprefix("purged ").split(" ")[0] for line in lines[1 if size > 400 else 0 :]]
    return max([0, *(int(number) for number in numbers if number.isdigit())])
