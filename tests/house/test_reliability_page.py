"""docs/reliability.md names what shows each goal; a test or a drill that is gone may not be named, none is left out."""

from __future__ import annotations

import ast
import re
import subprocess
import sys

import pytest

from tests.house.source import ROOT

PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \|(.*)\|$", PAGE, re.MULTILINE)
TESTS = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)
COMMANDS = set(re.findall(r"`((?:scripts|benchmarks)/[\w/]+\.py)`", PAGE))
DRILLS = sorted(path for path in (ROOT / "scripts" / "drills").glob("*.py") if path.name != "stage.py")


def test_it_works() -> None:
    assert [int(number) for number, _ in ROWS] == [*range(1, 28)]
    assert len(TESTS) > 40


def test_every_named_test_is_there() -> None:
    named = {path: ast.parse((ROOT / path).read_text(encoding="utf-8")) for path, _ in set(TESTS)}
    there = {
        (path, node.name)
        for path, tree in named.items()
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    assert set(TESTS) - there == set()


def test_every_named_command_is_there_and_every_drill_is_named() -> None:
    assert [path for path in sorted(COMMANDS) if not (ROOT / path).is_file()] == []
    assert {path.relative_to(ROOT).as_posix() for path in DRILLS} - COMMANDS == set()


@pytest.mark.parametrize(("number", "row"), ROWS)
def test_a_goal_without_a_proof_says_that_it_is_not_shown(number: str, row: str) -> None:
    _, proof, how_far = (cell.strip() for cell in row.split("|"))
    assert how_far.startswith(("Shown", "Smaller", "Not shown")), number
    assert proof or how_far.startswith("Not shown"), number


@pytest.mark.parametrize("drill", DRILLS, ids=lambda path: path.stem)
def test_a_drill_says_what_it_does_before_it_does_anything(drill: object) -> None:
    told = subprocess.run(
        [sys.executable, str(drill), "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert told.stdout.startswith("usage:")
