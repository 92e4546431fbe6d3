"""The product's own source as syntax trees, for the tests that read it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from baibuting import floors

ROOT = Path(__file__).resolve().parent.parent.parent
FRAME = "baibuting"  # above all apps, but for its `common`, which lies below them
# Every folder that is an app, on a floor or not.
APPS = [
    *(app for app in floors.APPS if (ROOT / app).is_dir()),
    *sorted({path.parent.name for path in ROOT.glob("*/apps.py")} - {*floors.APPS, FRAME}),
]
# Inside an app: what stands in an earlier layer never imports from a later one.
LAYERS = [
    {"choices"},
    {
        "clock",
        "rounds",
        "rules",
        "identity",
        "sameness",
        "sheets",
        "spreading",
        "visitors",
        "scope",
        "addresses",
        "passwords",
        "signing",
        "suppression",
        "wording",
        "game",
    },
    {"versioned"},
    {"models"},
    {"trail", "checkpoints"},
    {
        "sources",
        "events",
        "ladder",
        "hand_overs",
        "viewer",
        "selectors",
        "kinds",
        "rows",
        "verifying",
        "facts",
        "story",
        "preview",
        "going_live",
        "waiting",
        "rule_dues",
        "directory",
        "doubles",
        "merging",
        "roll",
        "files",
        "journal",
        "as_of",
        "permissions",
        "silence",
        "duty_links",
        "figures",
        "feed",
        "messages",
        "reports",
        "reporting",
        "routing",
        "account_holders",
        "sent",
        "checklist",
        "saved_filters",
        "gaps",
        "quality",
    },
    {
        "notices",
        "cards",
        "bell",
        "alarms",
        "measures",
        "filters",
        "visibility",
        "page_day",
        "charts",
        "sessions",
        "payloads",
        "pictures",
        "tables",
    },
    {"rendering", "paper", "senders"},
    {"codes", "device_cookies"},
    {
        "services",
        "emergency",
        "notes",
        "second_step",
        "chain",
        "checking",
        "rotation",
        "key_checks",
        "databases",
        "setup",
        "bulk",
        "caps",
        "revealing",
        "undo",
        "undoing",
        "building_posts",
        "succession",
        "account_opening",
        "actions",
        "publishing",
        "waking",
        "premature",
        "imports",
        "keeping",
        "erasing",
        "erased_list",
        "mentions",
        "tidying",
    },
    {"slips"},
    # the demo's own, from made-up names to the whole load
    {"names", "tree", "habits"},
    {"staff"},
    {"population", "sign_ins", "volunteering", "published", "opinions"},
    {"entries", "incidents", "gathered"},
    {"asking"},
    {"repairs"},
    {"history"},
    {"load", "interface"},
    {"sending", "dumping", "pinging"},
    {
        "sweep",
        "watching",
        "realigning",
        "checks",
        "delivery",
        "digest",
        "alarm_mail",
        "tasks",
        "forms",
        "rule_forms",
        "office_forms",
        "action_forms",
        "go_live_forms",
        "importers",
        "middleware",
        "backends",
        "lockout",
        "runner",
        "restoring",
        "exporting",
        "exports",
        "programs",
    },
    {"pages", "base", "ticks"},
    {"lists", "reveal"},
    {"admin_filters", "admin_base"},
    {
        "api",
        "views",
        "second_step_views",
        "setup_views",
        "account_views",
        "doubles_views",
        "sheet_views",
        "go_live_views",
        "action_views",
        "admin",
        "management",
        "context",
    },
    {"urls", "office_urls", "apps", "portal"},
]


def modules(*apps: str, root: Path = ROOT) -> Iterator[tuple[Path, ast.Module]]:
    """Every module of the named apps below a folder, by its path in it; migrations left out."""
    for app in apps:
        for path in sorted((root / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(root), ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[str]:
    """Dotted names of every import in a module, those inside functions included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer_of(path: Path) -> int | None:
    """The layer a module of an app stands in, by its first name below the app; None where it has none."""
    name = path.parts[1].removesuffix(".py")
    return next((depth for depth, names in enumerate(LAYERS) if name in names), None)
