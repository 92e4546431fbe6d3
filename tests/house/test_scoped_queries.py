"""Nobody queries people without a scope: read from the source, in every module that answers a request."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from django.apps import apps

from tests.house.source import APPS, ROOT, modules

# Modules that answer requests or write files for people. Services and selectors are handed rows or a scope by these.
ANSWERS = {
    "admin", "admin_base", "admin_filters", "base", "lists", "reveal", "api", "views", "exports", "exporting", "forms", "filters",
    "action_forms", "action_views", "notices", "viewing", "tables", "making", "serializers", "filtersets", "feeds",
    "pages",
}  # fmt: skip
QUERIES = {
    "all", "filter", "exclude", "get", "first", "last", "count", "exists", "values", "values_list", "order_by",
    "select_related", "prefetch_related", "annotate", "aggregate", "in_bulk", "iterator", "latest", "earliest",
}  # fmt: skip
# Reviewed: module, the query as it stands there → why it needs no scope.
REVIEWED: dict[tuple[str, str], str] = {
    ("accounts/admin/user.py", "User.objects.get(…).is_active"): "accounts lie at no place",
    ("accounts/forms.py", "User.objects.filter(…)"): "who signs in with this phone",
    ("buildings/admin.py", "PlaceMove.objects.filter(…)"): "moves of a place in the scope; strange places go unnamed",
    ("buildings/admin.py", "User.objects.filter(…)"): "a grant is given to any account",
    ("buildings/admin_base.py", "model._default_manager.all()"): "narrowed two lines on, where it is a scoped model",
    ("cadres/forms.py", "holder.covers.all()"): "of a post of the building whose page it is",
    ("cadres/forms.py", "User.objects.filter(…).first()"): "an account is named in full by whoever links it, never offered",
    ("api/views/kinds.py", "Place.objects.all()"): "narrowed by the base of every list",
    ("api/views/kinds.py", "Appointment.objects.select_related(…)"): "narrowed by the base of every list",
    ("api/views/kinds.py", "CareRecord.objects.select_related(…)"): "narrowed by the base of every list",
    ("api/views/kinds.py", "Duty.objects.select_related(…)"): "narrowed by the base of every list",
    ("api/views/kinds.py", "Visit.objects.select_related(…)"): "narrowed by the base of every list",
    ("api/views/kinds.py", "Incident.objects.prefetch_related(…)"): "narrowed by the base of every list",
    ("api/views/writing.py", "Resident.objects.select_related(…)"): "narrowed where the row is looked up",
    ("api/views/writing.py", "Cadre.objects.filter(…)"): "narrowed where the row is looked up",
}  # fmt: skip


def _people() -> tuple[set[str], set[str]]:
    """Names of the models whose rows lie at a place, or hang on such a row; and by which names rows lead to them."""
    found = {model for model in apps.get_models() if hasattr(model, "place_lookup") and not model._meta.proxy}
    names = {model.__name__ for model in found} | {
        "PlaceMove",
        "NoticeSeen",
        "ImportFile",
        "ReportFile",
        "User",
        "AuditEvent",
        "BuildingStaff",
    }
    back = {
        relation.get_accessor_name() or ""
        for model in apps.get_models()
        for relation in model._meta.related_objects
        if relation.related_model in found
    }
    return names, {name for name in back if name and not name.endswith("+")}


def unscoped(tree: ast.AST, names: set[str], back: set[str]) -> Iterator[tuple[int, str]]:
    """Queries on people's models, and on what hangs on a row of theirs, without `within(…)` and `unscoped(reason)`."""
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or not _begins(node, above, names, back):
            continue
        chain = _chain(node, above)
        if not any(word in chain for word in (".within(", ".unscoped(")) and not chain.endswith(".none()"):
            yield node.lineno, chain


def _begins(node: ast.Attribute, above: dict[ast.AST, ast.AST], names: set[str], back: set[str]) -> bool:
    if node.attr in ("objects", "_default_manager", "_base_manager"):
        return isinstance(node.value, ast.Name) and (node.value.id in names or node.value.id == "model")
    query = above.get(node)
    return (
        node.attr in back
        and ast.unparse(node.value) != "self"
        and isinstance(query, ast.Attribute)
        and query.attr in QUERIES
        and isinstance(above.get(query), ast.Call)
    )


def _chain(node: ast.AST, above: dict[ast.AST, ast.AST]) -> str:
    """The whole expression that begins at a manager: `Visit.objects.filter(…).count()`, arguments left out."""
    while isinstance(above.get(node), ast.Attribute) or (
        isinstance(above.get(node), ast.Call) and above[node].func is node  # type: ignore[attr-defined]
    ):
        node = above[node]
    return _without_arguments(node)


def _without_arguments(node: ast.AST) -> str:
    if isinstance(node, ast.Call):
        return (
            f"{_without_arguments(node.func)}(…)"
            if node.args or node.keywords
            else f"{_without_arguments(node.func)}()"
        )
    if isinstance(node, ast.Attribute):
        return f"{_without_arguments(node.value)}.{node.attr}"
    return ast.unparse(node)


def found_everywhere(*apps: str, root: Path = ROOT, more: Collection[str] = ()) -> list[tuple[str, int, str]]:
    """(module, line, query) of queries without a scope; `more` are names of models beside those installed."""
    names, back = _people()
    names.update(more)
    return [
        (str(path), line, chain)
        for path, tree in modules(*apps, root=root)
        if _answers(path)
        for line, chain in unscoped(tree, names, back)
    ]


def _answers(path: Path) -> bool:
    return bool({part.removesuffix(".py") for part in path.parts[1:]} & ANSWERS) and path.parts[0] != "demo"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("Visit.objects.filter(pk=1)", ["Visit.objects.filter(…)"]),
        ("Visit.objects.within(scope).filter(pk=1)", []),
        ("resident.visits.select_related('visitor')", ["resident.visits.select_related(…)"]),
        ("Visit.objects.unscoped('of a person in hand').filter(pk=1)", []),
        ("Visit.objects", ["Visit.objects"]),
        ("Weather.objects.all()", []),
    ],
)
def test_it_works(source: str, found: list[str]) -> None:
    assert [chain for _, chain in unscoped(ast.parse(source), *_people())] == found


def test_nobody_queries_people_without_a_scope() -> None:
    assert [
        f"{path}:{line} {chain}"
        for path, line, chain in found_everywhere(*APPS)
        if (path, chain) not in REVIEWED
    ] == []


def test_the_reviewed_list_holds_nothing_that_is_gone() -> None:
    assert set(REVIEWED) - {(path, chain) for path, _, chain in found_everywhere(*APPS)} == set()
