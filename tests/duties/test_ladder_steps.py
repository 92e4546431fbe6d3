"""A rung of a duty's ladder says how it stands in the same words wherever it is shown."""

from __future__ import annotations

from datetime import datetime

import pytest

from baibuting.common.days import SHANGHAI
from duties.rows import LadderStep

AT = datetime(2026, 11, 26, tzinfo=SHANGHAI)  # a midnight, which is still the day before in UTC
NOW = datetime(2026, 11, 30, 9, tzinfo=SHANGHAI)


def step(state: str, *, now: datetime = NOW, told: str = "", written: str = "") -> LadderStep:
    return LadderStep("楼栋", "楼栋长", "王芳", False, AT, state, "", now, told, written)


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
        ("held", "上一轮逾期，不另行知会"),
        ("not_needed", "无需知会"),
    ],
)
def test_what_is_settled_reads_the_same_in_both(state: str, words: str) -> None:
    assert (step(state).label, step(state).sentence) == (words, words)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (step("told", told="孙丽萍"), "11月26日 已知会孙丽萍"),
        (step("late", written="11月30日补记"), "应知会 11月26日，11月30日补记"),
        (step("late", told="孙丽萍", written="11月30日补记"), "应知会孙丽萍 11月26日，11月30日补记"),
        (step("vacant", told="支部书记李强"), "11月26日 空缺，未知会，改报支部书记李强"),
        (step("vacant"), "11月26日 空缺，未知会，上级也都空缺"),
        (step("vacant", told="支部书记李强", written="11月30日补记"),
         "11月26日 空缺，未知会，改报支部书记李强，11月30日补记"),
    ],
)  # fmt: skip
def test_it_says_whom_the_step_reached_and_when_that_was_written(made: LadderStep, words: str) -> None:
    assert (made.label, made.sentence) == (words, words)


def test_another_year_is_named() -> None:
    later = datetime(2027, 1, 4, tzinfo=SHANGHAI)
    assert step("told", now=later).label == "2026年11月26日 已知会"
    assert step("coming", now=later).sentence == "仍未办理的，2026年11月26日 知会"
