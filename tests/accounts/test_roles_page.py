"""docs/roles.md says what the portals say: who may write and who may look at which rows."""

from __future__ import annotations

from django.contrib import admin

from accounts.choices import Role
from accounts.models import User
from accounts.rules import PEOPLE_ROLES, SECOND_STEP_ROLES, SEPARATED_ADMIN_ROLES, may_view, may_write
from baibuting.admin_site import admin_position
from baibuting.common.portal import LAST
from tests.house.source import ROOT

PAGE = (ROOT / "docs" / "roles.md").read_text(encoding="utf-8")
START, END = "<!-- from the portals -->", "<!-- end -->"


def cell(role: str, label: str) -> str:
    person = User(role=role)
    return "write" if may_write(person, label) else "look" if may_view(person, label) else ""


def table() -> str:
    """The table as it should stand in the page; rows nobody but a superuser reaches are left out."""
    lines = ["| | " + " | ".join(f"`{role.value}` {role.label}" for role in Role) + " |"]
    lines.append("|---" * (len(Role) + 1) + "|")
    models = [model for model in admin.site._registry if admin_position(model._meta.app_label) < LAST]
    for model in sorted(models, key=lambda one: (admin_position(one._meta.app_label), one._meta.model_name)):
        label = model._meta.label_lower
        cells = [cell(role, label) for role in Role]
        if any(cells):
            lines.append(f"| {model._meta.verbose_name} `{label}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def test_it_works() -> None:
    told = PAGE.split(START)[1].split(END)[0].strip()
    assert told == table(), f"docs/roles.md should say:\n{table()}"


def test_the_page_names_every_role_and_its_second_step() -> None:
    for role in Role:
        assert f"`{role.value}`" in PAGE
    asked = "、".join(role.label for role in Role if role in SECOND_STEP_ROLES)
    assert asked in PAGE
    assert not SEPARATED_ADMIN_ROLES & PEOPLE_ROLES
