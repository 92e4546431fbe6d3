"""docker-compose.yml as Compose reads it: variables put in, dollars undone, words as they are handed to a process."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import yaml

from tests.processes import REPOSITORY

COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("web", "worker", "mail", "beat", "watchdog")  # what runs all the time
OWNERS = ("migrate", "backup")  # who alone know the password of the tables' owner
ENDING = tuple(name for name, service in SERVICES.items() if service["restart"] == "on-failure")
_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?:(?P<how>:[?-])(?P<rest>[^}]*))?\})")


class NotSetError(ValueError):
    """A variable without which Compose starts nothing is not set; the words are the file's own."""


def filled_in() -> dict[str, str]:
    """A .env made as .env.example says: each secret by the command that stands above it."""
    made: dict[str, str] = {}
    lines = (REPOSITORY / ".env.example").read_text().splitlines()
    for above, line in zip(["", *lines], lines, strict=False):
        if line.startswith("#") or "=" not in line:
            continue
        name, _, value = line.partition("=")
        if command := re.search(r"^#.* (openssl rand -\w+ \d+)$", above):
            value += subprocess.run(
                command[1].split(), capture_output=True, text=True, check=True
            ).stdout.strip()
        made[name] = value
    return made


def resolved(text: str, given: dict[str, str]) -> str:
    """A word with its variables put in, and $$ undone. Raises NotSetError as Compose refuses to start."""

    def put_in(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        value = given.get(found["name"], "")
        if value or not found["how"]:
            return value
        if found["how"] == ":?":
            raise NotSetError(found["rest"])
        return str(found["rest"])

    return _VARIABLE.sub(put_in, text)


def environment_of_service(name: str, given: dict[str, str]) -> dict[str, str]:
    """What a service's processes find in their environment."""
    return {key: resolved(str(value), given) for key, value in SERVICES[name]["environment"].items()}


def command_of(name: str) -> list[str]:
    """The words of a service's command, with what Compose makes of them."""
    return [resolved(word, {}) for word in SERVICES[name]["command"]]


def health_check_of(name: str) -> list[str]:
    """The words of a service's health check, as the engine runs them."""
    how, *words = SERVICES[name]["healthcheck"]["test"]
    words = [resolved(word, {}) for word in words]
    return words if how == "CMD" else ["/bin/sh", "-c", *words]
