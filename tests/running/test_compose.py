"""docker-compose.yml describes the production set and speaks of variables that settings read."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.processes import REPOSITORY

COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("web", "worker", "beat")


def variables_read() -> set[str]:
    """The names settings.py reads, taken from its source."""
    source = (REPOSITORY / "baibuting" / "settings.py").read_text()
    return set(re.findall(r"""(?:env(?:\.\w+)?|_secret)\(\s*"([A-Z_]+)\"""", source))


def test_it_works() -> None:
    assert set(SERVICES) == {"db", "redis", *OURS}
    assert SERVICES["db"]["image"] == "postgres:18"


@pytest.mark.parametrize("name", OURS)
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
    for name in ("POSTGRES_PASSWORD", "SECRET_KEY", "FIELD_KEYS", "LOOKUP_KEY"):
        assert set(re.findall(rf"\${{{name}(:[^}}]*)}}", text)) == {f":?set {name}"}


def test_redis_refuses_rather_than_forgets() -> None:
    command = " ".join(SERVICES["redis"]["command"])
    assert "--maxmemory-policy noeviction" in command
    assert "--appendonly yes" in command


def test_only_web_is_published() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["web"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_everything_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


def test_database_and_redis_keep_their_data() -> None:
    assert {mount.split(":")[0] for name in ("db", "redis") for mount in SERVICES[name]["volumes"]} <= set(
        COMPOSE["volumes"]
    )
