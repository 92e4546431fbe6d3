"""The systemd units run what docker-compose.yml runs, with its time limits and memory, and are shut in as far as they can be.

No systemd is needed to read them; that this one takes them was tried by hand (systemd-analyze verify).
"""

from __future__ import annotations

import re
import shlex
from collections import defaultdict
from pathlib import Path

import pytest

from tests.processes import REPOSITORY
from tests.running.compose import OURS, OWNERS, SERVICES, command_of

FOLDER = REPOSITORY / "deploy" / "systemd"
PROGRAMS = "/opt/baibuting/.venv/bin/"
UNITS = sorted(path for path in FOLDER.iterdir() if path.is_file())
# where a container has a folder or an address of its own
PLACES = {"0.0.0.0:8000": "127.0.0.1:8000", "/data/": "/var/lib/baibuting/"}
SHUT_IN = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectKernelModules": "yes",
    "ProtectControlGroups": "yes",
    "RestrictNamespaces": "yes",
    "RestrictSUIDSGID": "yes",
    "SystemCallFilter": "@system-service",
    "UMask": "0077",
}


def unit(path: Path) -> dict[str, list[str]]:
    """Every setting of a unit with its values in order. Raises ValueError for a line that is none."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in path.read_text().replace("\\\n", " ").splitlines():
        if not line or line.startswith("#") or re.fullmatch(r"\[(Unit|Service|Timer|Install)\]", line):
            continue
        name, sign, value = line.partition("=")
        if not sign or not re.fullmatch(r"[A-Za-z]+", name):
            raise ValueError(f"{path.name}: {line}")
        found[name].append(value)
    return found


def service(name: str) -> dict[str, list[str]]:
    return unit(FOLDER / f"baibuting-{name}.service")


def words_of(line: str) -> list[str]:
    """The words of a command as they are handed to a process: %% undone, the program by its name alone."""
    first, *others = shlex.split(line.replace("%%", "%"))
    assert "%" not in re.sub(r"@%h", "", line.replace("%%", "%")), line
    return [first.removeprefix(PROGRAMS), *others]


def composed(name: str) -> list[list[str]]:
    """The commands of a container one after the other, with this machine's places in them."""
    script = command_of(name)[2]
    for there, here in PLACES.items():
        script = script.replace(there, here)
    until, done, then = script.partition("done;")
    assert done, "it waits for the tables"
    others = [shlex.split(part.strip().removeprefix("exec ")) for part in then.split("&&")]
    return [["/bin/sh", "-c", f"{until}done".strip()], *others]


@pytest.mark.parametrize("name", OURS)
def test_it_works(name: str) -> None:
    """What a container runs one after the other is what the unit runs."""
    found = service(name)
    assert [words_of(line) for line in (*found["ExecStartPre"], *found["ExecStart"])] == composed(name)


@pytest.mark.parametrize("name", OURS)
def test_it_has_the_time_and_the_memory_of_the_container(name: str) -> None:
    found = service(name)
    assert found["TimeoutStopSec"] == [SERVICES[name]["stop_grace_period"]]
    assert found["MemoryMax"] == [SERVICES[name]["mem_limit"].upper()]
    assert (found["Restart"], found["KillMode"]) == (["always"], ["mixed"])


def test_what_all_have_in_common() -> None:
    common = unit(FOLDER / "baibuting-.service.d" / "common.conf")
    assert {name: values[0] for name, values in common.items() if name in SHUT_IN} == SHUT_IN
    assert common["EnvironmentFile"] == ["/etc/baibuting/portal.env"]
    assert common["User"] == ["baibuting"]
    assert f"PATH={PROGRAMS.rstrip('/')}:/usr/bin:/bin" in common["Environment"]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_no_service_lets_itself_out_again(path: Path) -> None:
    given = unit(path)
    assert not SHUT_IN.keys() & given.keys()
    assert not {"User", "Environment", "AmbientCapabilities"} & given.keys()
    is_owner = path.suffix == ".service" and path.stem.removeprefix("baibuting-") in OWNERS
    assert given.get("EnvironmentFile", []) == (["/etc/baibuting/owner.env"] if is_owner else [])


@pytest.mark.parametrize("name", OWNERS)
def test_what_the_owner_does_has_the_memory_of_the_container(name: str) -> None:
    assert service(name)["MemoryMax"] == [SERVICES[name]["mem_limit"].upper()]
    (line,) = service(name)["ExecStart"]
    assert words_of(line)[:3] == ["python", "manage.py", name]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.timer")), ids=lambda path: path.name)
def test_a_timer_has_its_service_and_a_beginning(path: Path) -> None:
    assert path.with_suffix(".service") in UNITS
    assert unit(path).keys() & {"OnCalendar", "OnActiveSec"}
    assert unit(path.with_suffix(".service"))["Type"] == ["oneshot"]


def test_the_target_starts_everything_that_is_not_started_by_a_timer() -> None:
    wanted = " ".join(unit(FOLDER / "baibuting.target")["Wants"]).split()
    timed = {path.with_suffix(".service").name for path in FOLDER.glob("*.timer")}
    there = {path.name for path in UNITS} - timed - {"baibuting.target"}
    assert set(wanted) - {"network-online.target"} == there


def test_the_image_serves_as_compose_does() -> None:
    """Whoever runs the image without Compose gets the same server."""
    written = (REPOSITORY / "Dockerfile").read_text().replace("\\\n", " ")
    command = re.search(r"^CMD \[(.*)\]$", written, re.MULTILINE)
    assert command is not None
    assert re.findall(r'"([^"]*)"', command[1]) == shlex.split(
        command_of("web")[2].split("&&")[-1].replace("exec ", "")
    )
