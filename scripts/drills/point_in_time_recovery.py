"""Drill: the disk of the database is lost, and a mistake is taken back, by base backup and archived WAL.

    .venv/bin/python scripts/drills/point_in_time_recovery.py [--gigabytes 1.5] [--seconds 30]

A PostgreSQL server of its own, with the wheel's programs and the settings of docs/operations.md, in a temporary folder; it
listens on no address and is ended with the drill. Somebody writes ten rows a second. Then (1) the server is killed and its
data folder deleted: all that was archived comes back. RPO is how many seconds of confirmed writes are missing, RTO how long
it takes until the restored server answers. (2) The same once more, up to the moment before a mistaken DELETE.
"""

from __future__ import annotations

import argparse
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg2

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
from baibuting.common import embedded_postgres

LONGEST = 900  # seconds for any one step; the whole ends well before an hour
ARCHIVE_TIMEOUT = 10  # seconds in the drill, so that it is short; docs/operations.md says 60
RPO_LIMIT, RTO_LIMIT = 300.0, 900.0  # seconds


@dataclass
class Drill:
    """One folder with the server's data, its base backup and its archive."""

    folder: Path
    written: list[tuple[int, datetime]] = field(default_factory=list)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def base(self) -> Path:
        return self.folder / "base"

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the server's user. Raises CalledProcessError with what it said."""
        with (self.folder / "said").open("w+") as said:
            done = subprocess.run(
                [str(embedded_postgres.binaries() / program), *arguments], user=server_user(), cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=LONGEST, check=False, umask=0o077,
            )  # fmt: skip
            said.seek(0)
            if done.returncode:
                sys.exit(f"{program} ended with {done.returncode}: {said.read()[-2000:]}")

    def start(self) -> None:
        self.run(
            "pg_ctl",
            "-D",
            str(self.data),
            "-w",
            "-t",
            str(LONGEST),
            "-l",
            str(self.folder / "server.log"),
            "start",
        )

    def end(self, how: str) -> None:
        self.run("pg_ctl", "-D", str(self.data), "-m", how, "-w", "stop")

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        connection = psycopg2.connect(
            host=str(self.folder), user="drill", dbname="postgres", connect_timeout=10
        )
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()


def server_user() -> str | None:
    """PostgreSQL refuses root; the embedded server's user runs it then."""
    return embedded_postgres.SERVER_USER if os.geteuid() == 0 else None


def prepare(drill: Drill) -> None:
    """An empty server that archives, as docs/operations.md has it."""
    drill.archive.mkdir()
    if server_user():
        owner = pwd.getpwnam(embedded_postgres.SERVER_USER)
        for path in (drill.folder, drill.archive):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    drill.run("initdb", "-D", str(drill.data), "-U", "drill", "--auth=trust", "--encoding=UTF8", "--locale=C")
    archived = f"{drill.archive}/%f"
    with (drill.data / "postgresql.auto.conf").open("a") as settings:
        settings.write(
            f"listen_addresses = ''\nunix_socket_directories = '{drill.folder}'\narchive_mode = on\n"
            f"archive_command = 'test ! -f {archived} && cp %p {archived}.new && mv {archived}.new {archived}'\n"
            f"archive_timeout = {ARCHIVE_TIMEOUT}\nshared_buffers = '128MB'\nmax_wal_size = '1GB'\n"
        )
    drill.start()


def fill(drill: Drill, gigabytes: float) -> None:
    """A table of about that size, and the one that is written to."""
    with drill.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE written (number int PRIMARY KEY, at timestamptz DEFAULT clock_timestamp())"
        )
        cursor.execute("CREATE TABLE ballast (number int PRIMARY KEY, words text)")
        rows = int(
            gigabytes * 1024**3 / 1600
        )  # 48 digests of 32 characters and what PostgreSQL puts around them
        cursor.execute("ALTER TABLE ballast ALTER words SET STORAGE PLAIN")
        cursor.execute(
            "INSERT INTO ballast SELECT one, repeat(md5(one::text), 48) FROM generate_series(1, %s) one",
            [rows],
        )


def write_for(drill: Drill, seconds: float) -> None:
    """Ten rows a second, each confirmed before it is noted here."""
    until = time.monotonic() + seconds
    with drill.cursor() as cursor:
        while time.monotonic() < until:
            number = len(drill.written) + 1
            cursor.execute("INSERT INTO written (number) VALUES (%s) RETURNING at", [number])
            drill.written.append((number, cursor.fetchone()[0]))
            time.sleep(0.1)


def restore(drill: Drill, *, until: datetime | None = None) -> float:
    """Put the base backup in place of the data and replay the archive; returns the seconds it took until it answers."""
    started = time.monotonic()
    shutil.copytree(drill.base, drill.data)
    with (drill.data / "postgresql.auto.conf").open("a") as settings:
        settings.write(f"restore_command = 'cp {drill.archive}/%f %p'\nrecovery_target_action = 'promote'\n")
        if until is not None:
            settings.write(f"recovery_target_time = '{until.isoformat()}'\nrecovery_target_inclusive = off\n")
    (drill.data / "recovery.signal").touch()
    if server_user():
        owner = pwd.getpwnam(embedded_postgres.SERVER_USER)
        for path in [drill.data, *drill.data.rglob("*")]:
            os.chown(path, owner.pw_uid, owner.pw_gid)
    drill.start()
    with drill.cursor() as cursor:
        while True:
            cursor.execute("SELECT pg_is_in_recovery()")
            if not cursor.fetchone()[0]:
                return time.monotonic() - started
            if time.monotonic() - started > LONGEST:
                sys.exit("the restored server did not come out of recovery")
            time.sleep(0.1)


def lost_disk(drill: Drill) -> None:
    """Kill the server at once, without a last word, and delete its folder."""
    process = int((drill.data / "postmaster.pid").read_text().split()[0])
    drill.end("immediate")
    deadline = time.monotonic() + 30
    while Path(f"/proc/{process}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    shutil.rmtree(drill.data)


def count(drill: Drill) -> int:
    with drill.cursor() as cursor:
        cursor.execute("SELECT count(*), coalesce(max(number), 0) FROM written")
        rows, last = cursor.fetchone()
    if rows != last:
        sys.exit(f"{last - rows} rows are missing in the middle")
    return int(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument(
        "--gigabytes", type=float, default=0.1, help="size of the database (a million duties: 1.5)"
    )
    parser.add_argument(
        "--seconds", type=float, default=25, help="how long is written before the disk is lost"
    )
    given = parser.parse_args()
    # in the system's own place for temporary files: the server's user must reach it
    drill = Drill(Path(tempfile.mkdtemp(prefix="bbt-pitr-", dir="/tmp")))
    watchdog = threading.Timer(3 * LONGEST, lambda: os.kill(os.getpid(), signal.SIGTERM))
    watchdog.daemon = True
    watchdog.start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended before it was done"))
    try:
        return run(drill, given.gigabytes, given.seconds)
    finally:
        watchdog.cancel()
        if (drill.data / "postmaster.pid").exists():
            drill.end("immediate")
        shutil.rmtree(drill.folder)


def run(drill: Drill, gigabytes: float, seconds: float) -> int:
    prepare(drill)
    fill(drill, gigabytes)
    started = time.monotonic()
    drill.run(
        "pg_basebackup",
        "-h",
        str(drill.folder),
        "-U",
        "drill",
        "-D",
        str(drill.base),
        "-X",
        "none",
        "-c",
        "fast",
    )
    print(f"base backup of {gigabytes:g} GB: {time.monotonic() - started:.1f} s")
    write_for(drill, seconds)
    lost_disk(drill)
    recovery = restore(drill)
    confirmed, found = len(drill.written), count(drill)
    missing = (drill.written[-1][1] - drill.written[found - 1][1]).total_seconds() if found else seconds
    print(f"disk lost: {found} of {confirmed} confirmed rows back, RPO {missing:.1f} s, RTO {recovery:.1f} s")
    del drill.written[found:]
    write_for(drill, ARCHIVE_TIMEOUT / 5)
    with drill.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (before,) = cursor.fetchone()
        cursor.execute("DELETE FROM written")
        cursor.execute("SELECT pg_walfile_name(pg_switch_wal())")
        (last,) = cursor.fetchone()
    wait_for(drill.archive / last)
    lost_disk(drill)
    again = restore(drill, until=before)
    print(f"mistake taken back: {count(drill)} of {len(drill.written)} rows, RTO {again:.1f} s")
    is_well = (
        missing <= RPO_LIMIT and max(recovery, again) <= RTO_LIMIT and count(drill) == len(drill.written)
    )
    print("well" if is_well else "NOT WELL")
    return 0 if is_well else 1


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        if time.monotonic() > deadline:
            sys.exit(f"{path.name} was not archived")
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
