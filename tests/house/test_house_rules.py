"""House rules a reader would otherwise have to remember: no signals, time as an argument, writes through services."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.house.source import APPS, ROOT, imports, layer_of, modules

CLOCK_CALLS = {"now", "today", "localdate", "localtime", "utcnow"}
# Only these may ask what time it is; everybody else is told.
MAY_READ_THE_CLOCK = {
    "tasks",
    "views",
    "second_step_views",
    "action_views",
    "doubles_views",
    "setup_views",
    "admin",
    "exporting",
    "base",
    "reveal",
    "api",
    "middleware",
    "management",
    "urls",
    "portal",
}


def clock_reads(tree: ast.Module) -> list[int]:
    """Lines that call timezone.now(), date.today() and their like."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCK_CALLS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"timezone", "datetime", "date", "time"}
    ]


def test_it_works() -> None:
    assert clock_reads(ast.parse("from django.utils import timezone\nx = timezone.now()")) == [2]
    assert clock_reads(ast.parse("x = task.now")) == []


def signals_used(*apps: str, root: Path = ROOT) -> list[str]:
    """Imports of Django's signals."""
    return [
        f"{path}: {name}"
        for path, tree in modules(*apps, root=root)
        for name in imports(tree)
        if name.startswith("django") and ".signals" in name
    ]


def test_nobody_uses_signals() -> None:
    assert signals_used(*APPS, "baibuting") == []


def clocks_read(*apps: str, root: Path = ROOT) -> list[str]:
    """Lines that ask what time it is where it should have been told."""
    return [
        f"{path}:{line}"
        for path, tree in modules(*apps, root=root)
        if path.parts[1].removesuffix(".py") not in MAY_READ_THE_CLOCK
        for line in clock_reads(tree)
    ]


def test_only_tasks_commands_and_views_read_the_clock() -> None:
    assert clocks_read(*APPS) == []


def exceptions_swallowed(*apps: str, root: Path = ROOT) -> list[str]:
    """Where everything is caught and nothing said; a named exception may be expected and passed over."""
    return [
        f"{path}:{node.lineno}"
        for path, tree in modules(*apps, root=root)
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
        and all(isinstance(line, ast.Pass | ast.Continue | ast.Return) for line in node.body)
    ]


def test_no_exception_is_swallowed() -> None:
    assert exceptions_swallowed(*APPS, "baibuting") == []


def services_by_position(*apps: str, root: Path = ROOT) -> list[str]:
    """Services that take something by its position."""
    return [
        f"{path}:{node.lineno} {node.name}"
        for path, tree in modules(*apps, root=root)
        if path.parts[1].removesuffix(".py") == "services"
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and node.args.args
    ]


@pytest.mark.parametrize("app", APPS)
def test_services_take_keywords_only(app: str) -> None:
    assert services_by_position(app) == []


def test_every_public_function_says_what_it_does() -> None:
    """Docstrings on what other modules call: services, selectors, clocks, rules."""
    telling = {
        "services",
        "selectors",
        "clock",
        "rules",
        "sources",
        "events",
        "sweep",
        "delivery",
        "ladder",
        "facts",
    }
    broken = [
        f"{path}:{node.lineno} {node.name}"
        for path, tree in modules(*APPS, "baibuting/common")
        if path.parts[1].removesuffix(".py") in telling or path.parts[0] == "baibuting"
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and ast.get_docstring(node) is None
    ]
    assert broken == []


def test_every_index_says_which_query_it_serves() -> None:
    """A comment stands on the line above each `models.Index(` or opens its list."""
    broken = []
    for app in APPS:
        path = ROOT / app / "models.py"
        if not path.exists():
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines):
            if "models.Index(" in line and "#" not in lines[number - 1] and "indexes = [" not in line:
                broken.append(f"{app}/models.py:{number + 1}")
    assert broken == []


def test_modules_keep_one_subject() -> None:
    long = [
        f"{path} has {count} lines"
        for path in _own_files()
        if (count := len((ROOT / path).read_text(encoding="utf-8").splitlines())) > 450
    ]
    assert long == []


def _own_files() -> list[Path]:
    return [path for path, _ in modules(*APPS, "baibuting")] + [
        path.relative_to(ROOT) for path in (ROOT / "tests").rglob("*.py")
    ]


def test_layers_cover_the_house() -> None:
    assert layer_of(Path("visits/services/care.py")) == layer_of(Path("visits/services.py"))
