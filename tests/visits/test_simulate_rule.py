"""`manage.py simulate_rule FILE` answers clock cases with the product's own code."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

CASES = Path(__file__).resolve().parent.parent / "data" / "visit_clock.json"


def run(file: str | Path) -> str:
    out = StringIO()
    call_command("simulate_rule", str(file), stdout=out)
    return out.getvalue()


def test_it_works(tmp_path: Path) -> None:
    cases = json.loads(CASES.read_text(encoding="utf-8"))
    asked = tmp_path / "cases.json"
    asked.write_text(json.dumps([{**case, "rounds": []} for case in cases]), encoding="utf-8")
    assert json.loads(run(asked)) == cases


@pytest.mark.parametrize(
    "text", ["", "no json", '{"rule": 1}', '[{"name": "x"}]', '[{"rule": {}, "as_of": "x"}]']
)
def test_a_file_that_is_no_list_of_cases_is_a_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "cases.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError) as error:
        run(file)
    assert str(error.value).endswith("。")


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="打不开文件"):
        run(tmp_path / "missing.json")
