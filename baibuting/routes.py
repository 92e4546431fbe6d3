"""The table of addresses: who reaches each of them, and what it discloses of the rows behind it.

The rows are declared in the portals of the apps. A new address, admin, viewset or export fails
`tests/privacy/test_routes.py` until it has its row there; the crawl in `tests/privacy/` then visits it as every role
and fails where the row is wrong. docs/routes.md is this table in print. Which rows of a list a user gets is decided by
the scope alone, never here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from accounts.choices import Role
from accounts.models import User
from accounts.routing import ADMIN_ROLES, EVERY_ROLE
from accounts.rules import may_view
from baibuting.common.portal import AdminRoute, Portal, Route, collected

# the addresses of no app: the frame's own
FRAME: dict[str, Route] = {
    "healthz": Route("nothing", None, reason="only whether the database and the sweep are well"),
    "livez": Route("nothing", None, reason="only that the process answers"),
    "metrics": Route(
        "nothing", None, reason="totals of the installation, to whoever shows METRICS_TOKEN; else 404"
    ),
    "admin:index": Route("the names of lists", ADMIN_ROLES, reason="lists without rows"),
    "admin:app_list": Route("the names of lists", ADMIN_ROLES, reason="lists without rows"),
    "admin:login": Route("nothing", None, reason="leads to the one place where one signs in"),
    "admin:logout": Route("nothing", None, reason="ends one's own session"),
    "admin:autocomplete": Route(
        "what the list of the picked model shows",
        ADMIN_ROLES,
        reason="asks the picked model's own admin for its rows and its rights",
    ),
    "admin:jsi18n": Route("nothing", ADMIN_ROLES, reason="words of the calendar"),
    "admin:catch_all": Route(
        "nothing", ADMIN_ROLES, takes={"url": ("nothing-here/",)}, reason="an address nobody has"
    ),
}


@collected
def routes(portals: Mapping[str, Portal]) -> dict[str, Route]:
    """Return the rows of all addresses by the name of the address, its namespace before it."""
    labels = tuple(
        dict.fromkeys(model.split(".")[0] for portal in portals.values() for model in portal.admins)
    )
    lists = replace(FRAME["admin:app_list"], takes={"app_label": labels})
    rows = {**FRAME, "admin:app_list": lists}
    for portal in portals.values():
        rows.update(portal.routes)
    return {name: replace(row, takes=_settled(row)) for name, row in rows.items()}


def _settled(row: Route) -> dict[str, str | tuple[str, ...]]:
    return {name: words() if callable(words) else words for name, words in row.takes.items()}


@collected
def admins(portals: Mapping[str, Portal]) -> dict[str, AdminRoute]:
    """Return the rows of all admins by the model, "app.model" in lower case. `accounts.rules` says who opens them."""
    return {model: row for portal in portals.values() for model, row in portal.admins.items()}


def admin_roles(label: str) -> frozenset[Role]:
    """Return the roles that may open an admin, by the table in `accounts.rules`."""
    return frozenset(role for role in Role if may_view(User(role=role, is_active=True), label))


def page_in_print() -> str:
    """Return the text of docs/routes.md."""
    lines = [_HEAD, "## Addresses", "| address | who | what of a person's row |", "|---|---|---|"]
    for name, route in routes().items():
        lines.append(f"| `{name}` | {_who(route.who)} | {_what(route)} |")
    lines += [
        "",
        "## The admin's lists",
        "| model | who | further pages | what of a person's row |",
        "|---|---|---|---|",
    ]
    for label, row in admins().items():
        pages = ", ".join(row.pages)
        lines.append(f"| `{label}` | {_who(admin_roles(label))} | {pages} | {_what(row)} |")
    return "\n".join(lines) + "\n"


_HEAD = """# Who reaches which address, and what of it

The rows of all portals (`<app>/portal.py`) in print, by `baibuting/routes.py`; a test compares the two. Which rows
somebody gets is never written here: that is his scope. What is said of a person's row holds inside the scope; outside
it there is nothing (404), but for what "beyond" names. Roles write in the admin what the portals give them to write
([roles.md](roles.md)).
"""


def _who(roles: frozenset[str] | None) -> str:
    if roles is None:
        return "anybody"
    if roles == EVERY_ROLE:
        return "whoever is signed in"
    return "、".join(role.label for role in Role if role in roles) or "nobody but who sets up"


def _what(route: Route | AdminRoute) -> str:
    beyond = f"; beyond the scope: {', '.join(sorted(route.beyond))}" if route.beyond else ""
    reason = f" ({route.reason})" if route.reason else ""
    return f"{route.sees}{beyond}{reason}"
