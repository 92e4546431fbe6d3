"""Kinds of duty are asked, never compared: only the app that makes duties of a kind knows what is behind one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.source import APPS, ROOT, modules

MAKES_DUTIES = {"visits"}
# in a template: the code of a duty's kind, or the row behind its clock
IN_TEMPLATES = re.compile(r"\bduty\.(?:kind|care_record)\b|\bclock\.incident\b")


def compared(tree: ast.AST) -> Iterator[int]:
    """Lines that ask for a duty's kind by its code, or for what only some kinds have."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _is_attribute(node, "incident", of="clock"):
            yield node.lineno
        if isinstance(node, ast.Compare):
            names = ("kind", "care_record")
            yield from (node.lineno for name in names if _is_attribute(node.left, name, of="duty"))


def _is_attribute(node: ast.AST, name: str, *, of: str) -> bool:
    if not isinstance(node, ast.Attribute) or node.attr != name:
        return False
    owner = node.value
    return (isinstance(owner, ast.Name) and owner.id == of) or (
        isinstance(owner, ast.Attribute) and owner.attr == of
    )


def test_it_works() -> None:
    broken = [
        f"{path}:{line}"
        for path, tree in modules(*(app for app in APPS if app not in MAKES_DUTIES))
        for line in compared(tree)
    ]
    assert broken == []


def test_no_template_compares_them() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for found in IN_TEMPLATES.finditer(path.read_text(encoding="utf-8"))
    ]
    assert broken == []


@pytest.mark.parametrize(
    ("source", "is_broken"),
    [
        ("x = duty.clock.incident", True),
        ("if row.duty.kind == ARRIVAL: pass", True),
        ("if duty.kind in (FIRST,): pass", True),
        ("if duty.care_record is None: pass", True),
        ("kind = kind_of(duty)", False),
        ("if event.kind == EventKind.RAISED: pass", False),
        ("Duty(kind=duty.kind)", False),
    ],
)
def test_the_rule_sees_a_fault(source: str, is_broken: bool) -> None:
    assert bool(list(compared(ast.parse(source)))) == is_broken


@pytest.mark.parametrize(
    "text", ['{% if duty.kind == "arrival" %}', "{{ row.duty.care_record.pk }}", "{{ duty.clock.incident }}"]
)
def test_the_rule_sees_a_fault_in_a_template(text: str) -> None:
    assert IN_TEMPLATES.search(text)
