"""`manage.py simulate_rule FILE`: the clock cases through the real command."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

DATA = Path(__file__).parent.parent / "data"
CASES = DATA / "visit_clock.json"
RULE = {
    "cadence": "rolling",
    "every_days": 7,
    "first_within_days": 3,
    "ladder": [{"rung": 1, "after_days": 0}],
}
CASE = {"name": "一例", "rule": RULE, "started_on": "2026-03-01", "as_of": "2026-03-02T09:00:00+08:00"}


def simulate_file(path: Path | str) -> Any:
    said = io.StringIO()
    call_command("simulate_rule", str(path), stdout=said)
    return json.loads(said.getvalue())


@pytest.fixture
def simulated(tmp_path: Path) -> Any:
    """The command on a list of cases; returns the list it prints."""

    def run(*cases: Any) -> Any:
        path = tmp_path / "cases.json"
        path.write_text(json.dumps(cases), encoding="utf-8")
        return simulate_file(path)

    return run


def test_it_works() -> None:
    cases = json.loads(CASES.read_text(encoding="utf-8"))
    assert len(cases) == 27
    assert simulate_file(CASES) == cases


def test_cases_of_a_go_live_are_filled_in() -> None:
    cases = json.loads((DATA / "go_live_clock.json").read_text(encoding="utf-8"))
    assert len(cases) == 26
    assert simulate_file(DATA / "go_live_clock.json") == cases


def test_rounds_are_filled_in_where_there_are_none(tmp_path: Path) -> None:
    cases = json.loads(CASES.read_text(encoding="utf-8"))
    bare = [{name: value for name, value in case.items() if name != "rounds"} for case in cases]
    path = tmp_path / "bare.json"
    path.write_text(json.dumps(bare), encoding="utf-8")
    assert simulate_file(path) == cases


def test_wrong_rounds_in_the_file_are_replaced(simulated: Any) -> None:
    (told,) = simulated({**CASE, "rounds": [{"outcome": "late"}]})
    assert told["rounds"] == [
        {
            "opened_on": "2026-03-01",
            "due_on": "2026-03-04",
            "done_on": None,
            "outcome": "open",
            "rung": None,
            "next_check_at": "2026-03-05T00:00:00+08:00",
        }
    ]


def test_it_reads_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps([CASE])))
    assert simulate_file("-")[0]["rounds"][0]["outcome"] == "open"


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cases.json"
    path.write_text(json.dumps([CASE]), encoding="utf-8-sig")
    assert len(simulate_file(path)) == 1


def test_an_empty_list_gives_an_empty_list(simulated: Any) -> None:
    assert simulated() == []


def test_a_moment_without_a_zone_is_one_in_wuhan(simulated: Any) -> None:
    here, there = simulated(
        {**CASE, "as_of": "2026-03-05T00:00:00"}, {**CASE, "as_of": "2026-03-04T16:00:00Z"}
    )
    assert here["rounds"] == there["rounds"]
    assert here["rounds"][0]["outcome"] == "overdue"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"打不开文件 .*没有\.json，请核对路径"):
        simulate_file(tmp_path / "没有.json")


@pytest.mark.parametrize("content", [b"", b"not json", "[样例]".encode("gb18030"), b"[{]"])
def test_a_file_that_is_no_json_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cases.json"
    path.write_bytes(content)
    with pytest.raises(CommandError, match="不是 UTF-8 编码的 JSON 文件"):
        simulate_file(path)


@pytest.mark.parametrize("content", ["{}", "null", '"text"', "1"])
def test_a_file_without_a_list_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "cases.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CommandError, match="里应是样例的列表"):
        simulate_file(path)


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ({"as_of": "soon"}, "看不懂的时刻“soon”"),
        ({"started_on": "2026-02-30"}, "看不懂的日期“2026-02-30”"),
        ({"ended_on": "2026/03/01"}, "看不懂的日期“2026/03/01”"),
        ({"visits": [{"at": "yesterday"}]}, "看不懂的时刻“yesterday”"),
        ({"visits": [{}]}, "缺少 at"),
        ({"visits": ["2026-03-01"]}, "结构不对"),
        ({"calendar": {"holidays": ["x"]}}, "看不懂的日期“x”"),
        ({"calendar": ["2026-10-01"]}, "结构不对"),
        ({"rule": {**RULE, "cadence": "sometimes"}}, "看不懂“sometimes”，应为 rolling、calendar 之一"),
        (
            {"rule": {**RULE, "cadence": "calendar", "period": "decade"}},
            "看不懂“decade”，应为 week、month、quarter、half_year、year 之一",
        ),
        ({"rule": {**RULE, "cadence": "calendar"}}, "缺少 period"),
        ({"rule": {key: value for key, value in RULE.items() if key != "every_days"}}, "缺少 every_days"),
        ({"rule": {key: value for key, value in RULE.items() if key != "ladder"}}, "缺少 ladder"),
        ({"rule": None}, "结构不对"),
    ],
)
def test_a_case_that_cannot_be_computed_is_named(
    simulated: Any, broken: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(CommandError) as refused:
        simulated(CASE, {**CASE, **broken})
    assert str(refused.value).startswith(f"第 2 个样例“一例”有误：{sentence}")
    assert str(refused.value).endswith("请对照 tests/data/visit_clock.json。")


@pytest.mark.parametrize("case", [None, [], "text"])
def test_a_case_that_is_none_is_refused(simulated: Any, case: Any) -> None:
    with pytest.raises(CommandError, match="第 1 个样例有误：结构不对"):
        simulated(case)
