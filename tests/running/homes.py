"""Data folders of their own for tests that start servers, and what is left running in one."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from baibuting.common import embedded_postgres
from tests.network.loopback_only import child_path


@contextmanager
def fresh_home() -> Iterator[Path]:
    """A new data folder, removed afterwards with its cluster. Not pytest's tmp_path: root's lies behind a closed
    directory, which is a case of its own."""
    home = Path(tempfile.mkdtemp(prefix="bbt-test-"))
    try:
        yield home
    finally:
        cluster = embedded_postgres.cluster_of(home)
        with (home / "postgres.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            embedded_postgres.stop_if_unused(cluster)
        shutil.rmtree(cluster.data, ignore_errors=True)
        shutil.rmtree(home)


def environment_of(home: Path, **extra: str) -> dict[str, str]:
    """What a newcomer's shell has, with the data folder set: no keys, no servers."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"BAIBUTING_HOME": str(home), "PYTHONPATH": child_path(), **extra}


def processes_of(home: Path) -> list[int]:
    """Process ids of everything started with this data folder, the database server included."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                said = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
                zombie = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
            except OSError:
                continue  # it ended meanwhile
            if str(home).encode() in said and not zombie:
                found.append(int(entry.name))
    return sorted(found)
