"""Imports point one way: from later apps to earlier ones, from later layers to earlier ones."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from baibuting.floors import APPS as ON_FLOORS
from baibuting.floors import FLOORS, importable_by
from tests.house.source import APPS, FRAME, LAYERS, ROOT, imports, layer_of, modules


def arrows_up(app: str, allowed: Collection[str], root: Path = ROOT) -> list[str]:
    """Imports of an app that do not go down: to a sibling, to a higher floor, or to the frame above all."""
    return [
        f"{path}: {name}"
        for path, tree in modules(app, root=root)
        for name in imports(tree)
        if (name.split(".")[0] in {*APPS, *ON_FLOORS} and name.split(".")[0] not in allowed) or is_frame(name)
    ]


def is_frame(name: str) -> bool:
    """Whether an imported name belongs to the frame of the site: `baibuting` without its `common`."""
    return name.startswith(f"{FRAME}.") and name.split(".")[1] != "common"


def test_it_works() -> None:
    seen = [path for path, _ in modules(*APPS)]
    assert Path("duties/rounds.py") in seen
    assert importable_by("duties") == {
        "audit",
        "adminkit",
        "accounts",
        "backups",
        "buildings",
        "residents",
        "cadres",
        "duties",
    }
    assert "phone" not in importable_by("api")
    assert {"visits", "phone", "api"} < importable_by("desk")
    assert is_frame("baibuting.urls.urlpatterns")
    assert not is_frame("baibuting.common.days")


def test_every_app_stands_on_one_floor() -> None:
    """Whoever adds an app says where it stands; until then it may import nobody. A floor names no app that is gone."""
    assert sorted(APPS) == sorted(ON_FLOORS)
    assert len(ON_FLOORS) == sum(len(set(floor.apps)) for floor in FLOORS) == len(set(ON_FLOORS))


def test_no_app_imports_a_later_one() -> None:
    assert [arrow for app in APPS for arrow in arrows_up(app, importable_by(app))] == []


def test_common_imports_no_app_and_nothing_of_the_frame() -> None:
    broken = [
        f"{path}: {name}"
        for path, tree in modules("baibuting/common")
        for name in imports(tree)
        if name.split(".")[0] in APPS or is_frame(name)
    ]
    assert broken == []


def test_nothing_of_the_frame_is_needed_before_apps_are_there() -> None:
    """What settings import knows no app: they are read before any of them is."""
    early = {ROOT / "baibuting" / name for name in ("floors.py", "celery.py", "settings.py", "__init__.py")}
    broken = [
        f"{path}: {name}"
        for path, tree in modules(FRAME)
        if ROOT / path in early
        for name in imports(tree)
        if name.split(".")[0] in APPS
    ]
    assert broken == []


def homeless(*apps: str, root: Path = ROOT) -> list[str]:
    """Modules that stand in no layer."""
    found = (path for path, _ in modules(*apps, root=root))
    return [str(path) for path in found if path.name != "__init__.py" and layer_of(path) is None]


def test_every_module_stands_in_a_layer() -> None:
    assert homeless(*APPS) == []


def layers_up(*apps: str, root: Path = ROOT) -> list[str]:
    """Imports inside an app from an earlier layer to a later one."""
    broken = []
    for app in apps:
        for path, tree in modules(app, root=root):
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
    return broken


def test_no_layer_imports_a_later_one() -> None:
    assert layers_up(*APPS) == []
