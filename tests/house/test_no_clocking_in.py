"""What 国办函〔2026〕12号 forbids has no word in the portal: clocking in, points, rankings, time spent online or studying."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import APPS, ROOT

FORBIDDEN = ("打卡", "积分", "排行", "在线时长", "学习时长")
SCORES = ("appraisals", "honours")
"""Apps that judge people, once there are any: they read nobody's minutes."""


def texts() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            words = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
            yield str(path.relative_to(ROOT)), "\n".join(one for one in words if isinstance(one, str))


def found(text: str) -> list[str]:
    return [word for word in FORBIDDEN if word in text]


def test_it_works() -> None:
    assert {name: found(text) for name, text in texts() if found(text)} == {}


def test_a_word_of_them_is_found() -> None:
    assert found("本月积分排行") == ["积分", "排行"]


@pytest.mark.parametrize("app", SCORES)
def test_no_minutes_reach_a_score(app: str) -> None:
    readers = [
        str(path)
        for path in (Path(ROOT) / app).rglob("*.py")
        if any(word in path.read_text(encoding="utf-8") for word in ("served_minutes", "hours_words"))
    ]
    assert readers == []
