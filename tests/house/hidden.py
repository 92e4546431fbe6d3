"""Arrows that no import draws: templates that include or extend others, addresses by name, dotted names in strings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from baibuting.common.portal import portals
from baibuting.floors import APPS, importable_by
from baibuting.routes import FRAME as FRAME_ROUTES
from tests.house.source import FRAME, ROOT, modules

TEMPLATES = ROOT / "templates"
USED = re.compile(r"""\{%\s*(?:include|extends)\s+["']([^"']+)["']""")
LINKED = re.compile(r"""\{%\s*url\s+["']([^"']+)["']""")
DOTTED = re.compile(rf"^(?:{'|'.join(APPS)})\.[a-z_]+(?:\.\w+)*$")
# pages that others extend, in the frame of the site
FRAMES = {
    "base.html",
    "bar.html",
    "messages.html",
    "admin/base_site.html",
    "admin/change_form.html",
    "admin/change_list.html",
}
NAMING = {"reverse", "reverse_lazy", "redirect", "resolve_url"}


def names_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Names of addresses that code leads to: the first argument of `reverse`, `redirect` and their like."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and called(node) in NAMING:
            name = node.args[0]
            if isinstance(name, ast.Constant) and isinstance(name.value, str) and "/" not in name.value:
                yield node.lineno, name.value


def called(node: ast.Call) -> str:
    """The last name of what is called."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def strings_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """String constants with their lines, docstrings left out."""
    said = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in said:
            yield node.lineno, node.value


def owner_of_address(name: str) -> str | None:
    """The app an address belongs to, by its row; the frame's own; None for one that nobody has."""
    if name in FRAME_ROUTES:
        return FRAME
    for label, portal in portals().items():
        if name in portal.routes:
            return label
    if name.startswith("admin:"):
        return next((app for app in portals() if name.startswith(f"admin:{app}_")), None)
    return None


@cache
def template_owners() -> Mapping[str, str]:
    """Each template with the app it belongs to.

    One in an app's folder is that app's. Of the loose ones: the lowest app whose code names it or whose templates use
    it; what only the frame or nobody uses is the frame's.
    """
    files = {str(path.relative_to(TEMPLATES)): path.read_text() for path in TEMPLATES.rglob("*.html")}
    owners = {name: app for name in files if (app := _app_of_folder(name))}
    named: dict[str, set[str]] = {}
    for app in APPS:
        for _, tree in modules(app):
            for _, text in strings_in(tree):
                named.setdefault(text, set()).add(app)
    loose = [name for name in files if name not in owners]
    owners |= {name: lowest(named[name]) for name in loose if name in named}
    for name in loose:
        users = {
            owners[user] for user, text in files.items() if name in USED.findall(text) and user in owners
        }
        users |= named.get(name, set())
        owners[name] = lowest(users) if users - {FRAME} and name not in FRAMES else FRAME
    return owners


def _app_of_folder(name: str) -> str | None:
    parts = Path(name).parts
    if parts[0] in APPS:
        return parts[0]
    return parts[1] if parts[0] == "admin" and len(parts) > 2 and parts[1] in APPS else None


def lowest(apps: Iterable[str]) -> str:
    """The app of the lowest floor."""
    return min(apps, key=lambda app: APPS.index(app) if app in APPS else len(APPS))


def is_up(app: str, other: str | None) -> bool:
    """Whether naming something of another app leads up or aside. The frame may be named, and may name all."""
    return app != FRAME and other is not None and other != FRAME and other not in importable_by(app)


def arrows_of_templates() -> Iterator[tuple[str, str]]:
    """(template, what it names) for templates and addresses of an app that its own may not know."""
    for name, app in template_owners().items():
        yield from ((name, named) for named in arrows_in(app, (TEMPLATES / name).read_text()))


def arrows_in(app: str, text: str) -> Iterator[str]:
    """Templates and addresses that a template's text names, and an app may not know."""
    owners = template_owners()
    yield from (used for used in USED.findall(text) if is_up(app, owners.get(used)))
    yield from (link for link in LINKED.findall(text) if is_up(app, owner_of_address(link)))


def arrows_of_code(*apps: str, root: Path = ROOT) -> Iterator[tuple[str, str]]:
    """(module, what it names) for addresses, templates, models and tasks of an app that its own may not know."""
    owners = template_owners()
    for app in apps:
        for path, tree in modules(app, root=root):
            named = [(name, owner_of_address(name)) for _, name in names_in(tree)]
            for _, text in strings_in(tree):
                if DOTTED.match(text) and not text.endswith((".html", ".py")):
                    named.append((text, text.split(".")[0]))
                elif text in owners:
                    named.append((text, owners[text]))
            yield from ((str(path), name) for name, owner in named if is_up(app, owner))


def strange_addresses(*apps: str) -> Iterator[tuple[str, str]]:
    """(template or module, name) of addresses that nobody has."""
    for name in template_owners():
        found = LINKED.findall((TEMPLATES / name).read_text())
        yield from ((name, link) for link in found if owner_of_address(link) is None)
    for path, tree in modules(*apps):
        yield from ((str(path), name) for _, name in names_in(tree) if owner_of_address(name) is None)
