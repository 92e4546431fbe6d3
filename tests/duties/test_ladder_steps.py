"""A rung of a duty's ladder says how it stands in the same words wherever it is shown."""

from __future__ import annotations

from datetime import datetime

import pytest

from baibuting.common.days import SHANGHAI
from duties.rows import LadderStep

AT = datetime(2026, 11, 26, tzinfo=SHANGHAI)  # a midnight, which is still the day before in UTC


def step(state: str) -> LadderStep:
    return LadderStep("楼栋", "楼栋长", "王芳", False, AT, state, "")


def test_it_works() -> None:
    """What is still to come names its time; in a sentence it says what happens then."""
    assert step("coming").label == "11月26日 00:00"
    assert step("coming").sentence == "仍未办理的，11月26日 知会"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("told", "11月26日 已知会"),
        ("taken_back", "知会已撤回"),
        ("waived", "已放行，不再知会"),
        ("not_needed", "无需知会"),
    ],
)
def test_what_is_settled_reads_the_same_in_both(state: str, words: str) -> None:
    assert (step(state).label, step(state).sentence) == (words, words)
