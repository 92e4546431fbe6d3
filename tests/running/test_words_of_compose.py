"""The production set starts as written, from an empty folder: the very words of docker-compose.yml, without Docker.

One start for all of it. What differs from the containers: ports and folders, one machine instead of six, the programs of
this machine instead of the images'; and the tables are there when `migrate` comes, which makes them from nothing in
tests/running/test_run.py and for every session of tests.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from baibuting.common import embedded_postgres
from tests.processes import REPOSITORY
from tests.running.compose import (
    ENDING,
    OURS,
    SERVICES,
    NotSetError,
    command_of,
    environment_of_service,
    filled_in,
    health_check_of,
    resolved,
)
from tests.running.test_hanging_database import stopped

SERVER_USER = embedded_postgres.SERVER_USER if os.geteuid() == 0 else None
ANSWER_WITHIN = (
    15.0  # seconds: five to find a kept connection dead, five in vain for a new one, and a busy machine
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Machine:
    """One folder and a few ports in the place of containers and volumes."""

    folder: Path
    given: dict[str, str] = field(default_factory=filled_in)
    ports: dict[str, int] = field(
        default_factory=lambda: {name: free_port() for name in ("db", "redis", "web")}
    )

    def log(self, name: str) -> Path:
        """What the service says."""
        return self.folder / f"{name}.log"

    def here(self, word: str) -> str:
        """A word with the containers' addresses and folders in it, as they are on this machine."""
        for there, port in (("db:5432", "db"), ("redis:6379", "redis"), ("0.0.0.0:8000", "web")):
            word = word.replace(there, f"127.0.0.1:{self.ports[port]}")
        word = word.replace("localhost:8000", f"localhost:{self.ports['web']}")
        return re.sub(r"(?<![\w/])/(data|audit)\b", rf"{self.folder}/\1", word)

    def environment(self, name: str) -> dict[str, str]:
        """The service's environment over that of an empty shell, with what the images set."""
        bare = {
            "PATH": f"{Path(sys.executable).parent}:{embedded_postgres.binaries()}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "HOSTNAME": socket.gethostname(),
            "BAIBUTING_HOME": f"{self.folder}/data",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.ports["db"]),
        }
        own = environment_of_service(name, self.given) if "environment" in SERVICES[name] else {}
        return bare | {key: self.here(value) for key, value in own.items()}

    def check(self, name: str) -> bool:
        """Run the service's health check once, with the time that it has."""
        words = [self.here(word) for word in health_check_of(name)]
        if words[0] == "redis-cli":
            words[1:1] = ["-p", str(self.ports["redis"])]
        allowed = float(SERVICES[name]["healthcheck"]["timeout"].removesuffix("s"))
        done = subprocess.run(
            words,
            env=self.environment(name),
            cwd=REPOSITORY,
            capture_output=True,
            timeout=allowed,
            check=False,
        )
        return done.returncode == 0

    def ask(self, path: str) -> tuple[int, dict[str, str], str]:
        """What the proxy gets for a page: status, headers, text."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.ports['web']}{path}",
            headers={"Host": self.given["ALLOWED_HOSTS"], "X-Forwarded-Proto": "https"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return answer.status, dict(answer.headers), answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, dict(refusal.headers), refusal.read().decode()


@contextmanager
def machine() -> Iterator[Machine]:
    """An empty folder, which the database's own user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="baibuting-set-"))
    folder.chmod(0o755)
    made = Machine(folder)
    for name in ("data", "audit", "db", "redis"):
        (folder / name).mkdir()
    try:
        yield made
    finally:
        shutil.rmtree(folder)


@contextmanager
def process_of(
    words: list[str],
    log: Path,
    environment: dict[str, str],
    cwd: Path,
    *,
    ending: int,
    user: str | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            words, env=environment, cwd=cwd, stdout=out, stderr=out, user=user, start_new_session=True
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(ending)
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@contextmanager
def postgres(at: Machine) -> Iterator[embedded_postgres.Cluster]:
    """What the image of PostgreSQL does: initdb with its arguments, a database, and the command's own words."""
    given = environment_of_service("db", at.given)
    cluster = embedded_postgres.Cluster(at.folder, at.folder / "db" / "data", at.folder / "db")
    password = at.folder / "db" / "password"
    password.write_text(given["POSTGRES_PASSWORD"])
    if SERVER_USER:
        for path in (at.folder / "db", password):
            shutil.chown(path, SERVER_USER)
    environment = at.environment("db")
    subprocess.run(
        [
            "initdb", "-D", str(cluster.data), "-U", given["POSTGRES_USER"], "--no-sync", "--auth-local=trust",
            "--auth-host=scram-sha-256", f"--pwfile={password}", *shlex.split(given["POSTGRES_INITDB_ARGS"]),
        ],
        env=environment, cwd=at.folder / "db", user=SERVER_USER, check=True, capture_output=True,
    )  # fmt: skip
    words = [
        *command_of("db"), "-D", str(cluster.data), "-p", str(at.ports["db"]),
        "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={at.folder / 'db'}", "-c", "fsync=off",
    ]  # fmt: skip
    log = at.log("db")
    with process_of(words, log, environment, at.folder / "db", ending=signal.SIGINT, user=SERVER_USER):
        wait_until(lambda: at.check("db"), 30, log)
        server = psycopg2.connect(
            host="127.0.0.1", port=at.ports["db"], dbname="postgres", user=given["POSTGRES_USER"],
            password=given["POSTGRES_PASSWORD"],
        )  # fmt: skip
        server.autocommit = True
        server.cursor().execute(f'CREATE DATABASE "{given["POSTGRES_DB"]}"')
        server.close()
        put_tables(given, environment)
        yield cluster


def put_tables(given: dict[str, str], environment: dict[str, str]) -> None:
    """The tables of this session's own database, as the owner of the new one would have made them."""
    ours = embedded_postgres.cluster_of(settings.HOME)
    dumped = subprocess.run(
        [
            "pg_dump", "--host", str(ours.socket_dir), "--port", embedded_postgres.PORT, "--no-owner",
            "--username", embedded_postgres.SUPERUSER,
            # with which keys this session's rows were written; the new installation has its own
            "--exclude-table-data=accounts_keycheckvalue", connection.settings_dict["NAME"],
        ],
        env=environment, capture_output=True, check=True,
    )  # fmt: skip
    into = ["psql", "--quiet", "-v", "ON_ERROR_STOP=1", "-U", given["POSTGRES_USER"], given["POSTGRES_DB"]]
    environment = environment | {"PGPASSWORD": given["POSTGRES_PASSWORD"]}
    subprocess.run(into, env=environment, input=dumped.stdout, capture_output=True, check=True)


@contextmanager
def redis(at: Machine) -> Iterator[None]:
    words = [*command_of("redis"), "--port", str(at.ports["redis"]), "--bind", "127.0.0.1"]
    log = at.log("redis")
    with process_of(words, log, at.environment("redis"), at.folder / "redis", ending=signal.SIGTERM):
        wait_until(lambda: at.check("redis"), 30, log)
        yield


@contextmanager
def service(at: Machine, name: str) -> Iterator[subprocess.Popen[bytes]]:
    words = [at.here(word) for word in command_of(name)]
    log = at.log(name)
    with process_of(words, log, at.environment(name), REPOSITORY, ending=signal.SIGTERM) as process:
        yield process


def wait_until(is_true: Callable[[], bool], seconds: float, log: Path) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, log.read_text()[-3000:]
        time.sleep(0.2)


@pytest.mark.needs_redis
@pytest.mark.django_db
def test_it_works() -> None:
    with machine() as at, postgres(at) as cluster, redis(at), ExitStack() as running:
        for name in ENDING:
            with service(at, name) as once:
                assert once.wait(120) == 0, at.log(name).read_text()
        web = running.enter_context(service(at, "web"))
        wait_until(lambda: at.check("web"), 120, at.log("web"))
        assert re.search(r"first-account.*\b[A-Z0-9]{3}-[A-Z0-9]{3}-[A-Z0-9]{3}", at.log("web").read_text())
        others = {name: running.enter_context(service(at, name)) for name in OURS if name != "web"}
        for name in ("worker", "mail"):
            wait_until(lambda name=name: " ready." in at.log(name).read_text(), 90, at.log(name))  # type: ignore[misc]
        for name in others:
            wait_until(lambda name=name: at.check(name), 60, at.log(name))  # type: ignore[misc]
        # the bell went through Redis, the worker swept and the database has it
        wait_until(lambda: '"status": "ok"' in at.ask("/healthz")[2], 60, at.log("worker"))
        assert "开设并登录" in at.ask("/login/")[2], "not led to the first account"
        look_while_the_database_hangs(at, cluster)
        for process in (web, *others.values()):
            process.terminate()
        assert [process.wait(60) for process in (web, *others.values())] == [0] * len(OURS)


def look_while_the_database_hangs(at: Machine, cluster: embedded_postgres.Cluster) -> None:
    """Everybody is told within the limit, and nothing has to be started anew afterwards."""
    with stopped(cluster):
        started = time.monotonic()
        status, headers, text = at.ask("/login/")
        assert time.monotonic() - started < ANSWER_WITHIN
        assert (status, headers["Retry-After"]) == (503, "30")
        assert "系统暂时用不了" in text
    assert at.ask("/login/")[0] == 200


@pytest.mark.parametrize(
    ("written", "given", "read"),
    [
        ("${A}-${B:-two}", {"A": "one"}, "one-two"),
        ("${A:-one}", {"A": ""}, "one"),
        ("worker@$$HOSTNAME", {}, "worker@$HOSTNAME"),
        ("${A:?set A}", {"A": "1"}, "1"),
    ],
)
def test_variables_are_read_as_compose_reads_them(written: str, given: dict[str, str], read: str) -> None:
    assert resolved(written, given) == read


def test_without_a_secret_nothing_starts() -> None:
    with pytest.raises(NotSetError, match="set SECRET_KEY"):
        environment_of_service("web", filled_in() | {"SECRET_KEY": ""})
