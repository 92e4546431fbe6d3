"""Which rounds a post owes: the cases of tests/data/routine_clock.json, through the function and the command."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from routines.management.commands.simulate_routine import simulate

CASES = json.loads((Path(__file__).parent.parent / "data/routine_clock.json").read_text())


def without_next_check(spells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for spell in spells:
        for one in spell["rounds"]:
            del one["next_check_at"]
    return spells


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_it_works(case: dict[str, Any]) -> None:
    assert without_next_check(simulate(case)) == case["spells"]


def test_the_command_fills_in_the_same(tmp_path: Path) -> None:
    asked = [{name: value for name, value in case.items() if name != "spells"} for case in CASES]
    (path := tmp_path / "cases.json").write_text(json.dumps(asked))
    said = StringIO()
    call_command("simulate_routine", str(path), stdout=said)
    found = [{**case, "spells": without_next_check(case["spells"])} for case in json.loads(said.getvalue())]
    assert found == CASES


def test_a_word_nobody_knows_is_named(tmp_path: Path) -> None:
    (path := tmp_path / "cases.json").write_text(json.dumps([{**CASES[0], "post": "king"}]))
    with pytest.raises(CommandError, match=r"看不懂“king”.*routine_clock\.json"):
        call_command("simulate_routine", str(path))
