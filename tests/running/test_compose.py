"""docker-compose.yml describes the production set and speaks of variables that settings read."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from baibuting.common import embedded_postgres
from tests.processes import REPOSITORY
from tests.running.compose import COMPOSE, OURS, OWNERS, SERVICES


def variables_read() -> set[str]:
    """The names settings.py reads, taken from its source."""
    source = (REPOSITORY / "baibuting" / "settings.py").read_text()
    return set(re.findall(r"""(?:env(?:\.\w+)?|_secret)\(\s*"([A-Z_]+)\"""", source))


def test_it_works() -> None:
    assert set(SERVICES) == {"db", "redis", *OURS, *OWNERS}
    assert SERVICES["db"]["image"] == "postgres:18"


@pytest.fixture
def empty_volume() -> Iterator[Path]:
    """A folder that the database's own user may write; as root that is never the user who runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="baibuting-volume-"))
    if os.geteuid() == 0:
        shutil.chown(folder, embedded_postgres.SERVER_USER)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("language", ["", "C.UTF-8", "en_US.utf8"])
def test_the_database_starts_on_an_empty_volume_with_these_very_words(
    language: str, empty_volume: Path
) -> None:
    """As the image does: POSTGRES_INITDB_ARGS are handed to initdb as they stand. Both are PostgreSQL 18."""
    given = SERVICES["db"]["environment"]
    command = [
        str(embedded_postgres.binaries() / "initdb"), "-D", str(empty_volume / "data"), "--no-sync",
        "-U", given["POSTGRES_USER"], *shlex.split(given["POSTGRES_INITDB_ARGS"]),
    ]  # fmt: skip
    environment = {"PATH": os.environ["PATH"], "LANG": language} if language else {"PATH": os.environ["PATH"]}
    made = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False,
        user=embedded_postgres.SERVER_USER if os.geteuid() == 0 else None, cwd=empty_volume,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert (empty_volume / "data" / "PG_VERSION").read_text().strip() == "18"


@pytest.mark.parametrize("name", [*OURS, *OWNERS])
def test_every_variable_it_sets_is_one_that_settings_read(name: str) -> None:
    given = set(SERVICES[name]["environment"])
    assert {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FIELD_KEYS", "LOOKUP_KEY"} <= given
    assert given - variables_read() == set()


def test_the_example_names_every_secret_and_nothing_unknown() -> None:
    text = (REPOSITORY / ".env.example").read_text()
    named = set(re.findall(r"^(?:# )?([A-Z_]+)=", text, re.MULTILINE))
    asked = set(re.findall(r"\$\{([A-Z_]+)", (REPOSITORY / "docker-compose.yml").read_text()))
    assert named == asked


def test_no_secret_has_a_default() -> None:
    text = (REPOSITORY / "docker-compose.yml").read_text()
    secrets = (
        "POSTGRES_PASSWORD",
        "POSTGRES_APP_PASSWORD",
        "SECRET_KEY",
        "FIELD_KEYS",
        "LOOKUP_KEY",
        "BACKUP_KEY",
    )
    for name in secrets:
        assert set(re.findall(rf"\${{{name}(:[^}}]*)}}", text)) == {f":?set {name}"}


def test_redis_refuses_rather_than_forgets() -> None:
    command = " ".join(SERVICES["redis"]["command"])
    assert "--maxmemory-policy noeviction" in command
    assert "--appendonly yes" in command


def test_the_watchdog_waits_for_nothing_it_watches() -> None:
    """With Redis away at the start of the machine it must come up all the same."""
    assert set(SERVICES["watchdog"]["depends_on"]) == {"db"}
    words = " ".join(SERVICES["watchdog"]["command"][-1].split())
    older_than, every = (int(re.findall(rf"--{name} (\d+)", words)[0]) for name in ("older-than", "every"))
    assert older_than + every < 180, "pages would say that it stands still before it has looked"


def test_only_web_is_published() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["web"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))  # which ends
def test_everything_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


def test_database_and_redis_keep_their_data() -> None:
    assert {mount.split(":")[0] for name in ("db", "redis") for mount in SERVICES[name]["volumes"]} <= set(
        COMPOSE["volumes"]
    )


def test_what_answers_the_net_does_not_know_the_owner() -> None:
    """Web, workers and beat sign in as a role of their own; what migrates and backs up is reached by nobody."""
    owner, portal = SERVICES["db"]["environment"]["POSTGRES_USER"], "baibuting_app"
    for name in (*OURS, *OWNERS):
        environment = SERVICES[name]["environment"]
        assert f"//{portal}:${{POSTGRES_APP_PASSWORD" in environment["DATABASE_URL"]
        knows = [key for key, value in environment.items() if "${POSTGRES_PASSWORD" in str(value)]
        assert knows == (["DATABASE_OWNER_URL"] if name in OWNERS else [])
    for name in OWNERS:
        assert f"//{owner}:" in SERVICES[name]["environment"]["DATABASE_OWNER_URL"]
        assert "ports" not in SERVICES[name]


@pytest.mark.parametrize(
    ("now", "seconds"),
    [("2026-11-23 02:59:00", 86_460), ("2026-11-23 03:00:01", 86_399), ("2026-11-23 23:00:00", 14_400)],
)
def test_the_backup_waits_until_three_at_night(now: str, seconds: int) -> None:
    """The very words between `sleep` and `do`, with another clock in the place of `date`'s."""
    (_, _, words) = SERVICES["backup"]["command"]
    wait = re.search(r"while sleep (.*?); *do ", words)
    assert wait is not None
    asked = (
        wait[1]
        .replace("$$", "$")
        .replace("'tomorrow 03:00'", '"$DAY + 1 day 03:00"')
        .replace("$(date +%s)", "$NOW")
    )
    script = f"export TZ=CST-8 DAY={now[:10]}; NOW=$(date -d '{now}' +%s); echo {asked}"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert int(done.stdout) == seconds
