"""Forty-two orders by hand, to the second; and what must hold of any order."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from baibuting.common.days import DayCalendar
from repairs.choices import DutyKind, Matter, Stage, StepKind
from repairs.clock import RepairTerms, StepFact, ended_at, extendable, obligations, stage_of
from repairs.management.commands.simulate_repair import simulate
from tests.factories import moment

FILE = Path(__file__).parent.parent / "data" / "repair_clock.json"
CASES = json.loads(FILE.read_text(encoding="utf-8"))
TERMS = RepairTerms(24, 10, 45, 7, 15, 3, 30, 120)
EVERY_DAY = DayCalendar(frozenset(), frozenset())
REPORTED = moment("2026-11-23T09:00")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_it_works(case: dict[str, Any]) -> None:
    assert simulate(case) == case["duties"]


def test_the_command_fills_in_the_cases(tmp_path: Path) -> None:
    asked = tmp_path / "cases.json"
    bare = [{name: value for name, value in case.items() if name != "duties"} for case in CASES]
    asked.write_text(json.dumps(bare), encoding="utf-8")
    said = StringIO()
    call_command("simulate_repair", str(asked), stdout=said)
    assert json.loads(said.getvalue()) == CASES


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"steps": None}, "结构不对"),
        ({"reported_at": "gestern"}, "看不懂的时刻“gestern”"),
        ({"urgency": "sofort"}, "看不懂“sofort”"),
        ({"steps": [{"kind": "finished"}]}, "缺少 at"),
        ({"steps": [{"kind": "handed", "at": "2026-11-24T09:00", "until_on": "bald"}]}, "看不懂的日期“bald”"),
    ],
)
def test_the_command_names_what_is_wrong(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    asked = tmp_path / "cases.json"
    asked.write_text(json.dumps([{**CASES[0], **change}]), encoding="utf-8")
    with pytest.raises(CommandError, match=words):
        call_command("simulate_repair", str(asked), stdout=StringIO())


def test_the_command_refuses_what_is_no_list(tmp_path: Path) -> None:
    for text, words in (("{}", "应是样例的列表"), ("[", "不是 UTF-8 编码的 JSON")):
        (tmp_path / "cases.json").write_text(text, encoding="utf-8")
        with pytest.raises(CommandError, match=words):
            call_command("simulate_repair", str(tmp_path / "cases.json"))
    with pytest.raises(CommandError, match="打不开文件"):
        call_command("simulate_repair", str(tmp_path / "nothing.json"))


STEPS = st.lists(
    st.builds(
        StepFact,
        kind=st.sampled_from(StepKind.values),
        at=st.integers(0, 90 * 24).map(lambda hours: REPORTED + timedelta(hours=hours)),
        matter=st.sampled_from(["", Matter.SMALL.value, Matter.USE_FUND.value]),
        until_on=st.none(),
    ),
    max_size=12,
)


@given(STEPS, st.integers(0, 100 * 24))
def test_a_running_order_always_owes_something(steps: list[StepFact], hours: int) -> None:
    as_of = REPORTED + timedelta(hours=hours)
    owed = obligations(TERMS, REPORTED, steps, as_of, EVERY_DAY)
    assert [one.kind for one in owed].count(DutyKind.WHOLE) == 1
    assert len({(one.kind, one.opened_on) for one in owed}) == len(owed)
    assert all(one.done_at is None or one.done_at <= as_of for one in owed)
    if ended_at(steps, as_of) is None:
        assert any(one.done_at is None for one in owed)


@given(STEPS)
def test_the_order_of_the_steps_in_hand_does_not_matter(steps: list[StepFact]) -> None:
    apart = list({step.at: step for step in steps}.values())
    as_of = REPORTED + timedelta(days=100)
    once = obligations(TERMS, REPORTED, apart, as_of, EVERY_DAY)
    assert once == obligations(TERMS, REPORTED, apart[::-1], as_of, EVERY_DAY)
    assert stage_of(apart) == stage_of(apart[::-1])


def test_nothing_moves_an_order_after_its_end() -> None:
    at = REPORTED + timedelta(days=1)
    steps = [StepFact(StepKind.DECLINED, at), StepFact(StepKind.ACCEPTED, at + timedelta(days=1))]
    assert stage_of(steps) == Stage.DECLINED


def test_what_an_extension_would_move() -> None:
    accepted = StepFact(StepKind.ACCEPTED, REPORTED)
    to_agree = StepFact(StepKind.ACCEPTED, REPORTED, matter=Matter.SMALL)
    finished = StepFact(StepKind.FINISHED, REPORTED + timedelta(days=1))
    later = REPORTED + timedelta(days=2)
    found = [
        extendable(TERMS, REPORTED, steps, later, EVERY_DAY)
        for steps in ([], [accepted], [to_agree], [accepted, finished])
    ]
    assert [one and one.kind for one in found] == [None, DutyKind.MEND, DutyKind.AGREE, None]
