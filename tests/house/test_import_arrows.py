"""Imports point one way: from later apps to earlier ones, from later layers to earlier ones."""

from __future__ import annotations

from pathlib import Path

from tests.house.source import APPS, DESK, FLOORS, LAST, LAYERS, ORDER, TOP, imports, layer_of, modules


def allowed(app: str) -> set[str]:
    """The apps a given app may import."""
    if app in LAST:
        return {*ORDER, *TOP, *DESK, *LAST}
    if app in DESK:
        return {*ORDER, *TOP, *DESK}
    if app in TOP:
        return {app, *ORDER}
    if app not in ORDER:
        return {app}  # stands on no floor, and a test of its own says so
    return set(ORDER[: ORDER.index(app) + 1])


def test_it_works() -> None:
    seen = [path for path, _ in modules(*APPS)]
    assert Path("duties/rounds.py") in seen
    assert allowed("duties") == {"accounts", "buildings", "residents", "cadres", "duties"}


def test_every_app_stands_on_a_floor() -> None:
    """Whoever adds an app says where it stands; until then it may import nobody."""
    assert set(APPS) - set(FLOORS) == set()


def test_no_app_imports_a_later_one() -> None:
    broken = [
        f"{path}: {name}"
        for app in APPS
        for path, tree in modules(app)
        for name in imports(tree)
        if name.split(".")[0] in APPS and name.split(".")[0] not in allowed(app)
    ]
    assert broken == []


def test_common_imports_no_app() -> None:
    broken = [
        f"{path}: {name}"
        for path, tree in modules("baibuting/common")
        for name in imports(tree)
        if name.split(".")[0] in APPS
    ]
    assert broken == []


def test_every_module_stands_in_a_layer() -> None:
    homeless = [
        str(path) for path, _ in modules(*APPS) if path.name != "__init__.py" and layer_of(path) is None
    ]
    assert homeless == []


def test_no_layer_imports_a_later_one() -> None:
    broken = []
    for app in APPS:
        for path, tree in modules(app):
            own = layer_of(path)
            if own is None:
                continue
            for name in imports(tree):
                parts = name.split(".")
                if parts[0] != app or len(parts) < 2:
                    continue
                other = next((depth for depth, names in enumerate(LAYERS) if parts[1] in names), None)
                if other is not None and other > own and path.name != "apps.py":
                    broken.append(f"{path}: {name}")
    assert broken == []
