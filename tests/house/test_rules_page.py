"""docs/rules.md names the test of every rule; a test that is gone may not be named."""

from __future__ import annotations

import ast
import re

from tests.house.source import ROOT

PAGE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)


def test_it_works() -> None:
    assert len(NAMED) > 30


def test_every_named_test_is_there() -> None:
    missing = []
    for path, name in NAMED:
        file = ROOT / path
        names = (
            {node.name for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef)}
            if file.exists()
            else set()
        )
        if name not in names:
            missing.append(f"{path}::{name}")
    assert missing == []


def test_every_rule_has_its_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| rule")]
    assert [line for line in rows if "`tests/" not in line] == []
