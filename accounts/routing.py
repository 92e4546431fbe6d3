"""Helpers for addresses and links: sets of roles, the account behind a request, and who is shown a link."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest
from django.urls import reverse

from accounts.choices import Role
from accounts.models import User
from accounts.rules import PEOPLE_ROLES, may_view
from baibuting.common.portal import Link

EVERY_ROLE = frozenset(Role)
PEOPLE = PEOPLE_ROLES
OFFICE = frozenset({Role.OFFICE})
POST_HOLDERS = frozenset({Role.CADRE})  # and any other user who holds a post
ADMIN_ROLES = frozenset({Role.OFFICE, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR})


def account_of(request: HttpRequest) -> User:
    """Return the signed-in account; for pages and links behind a sign-in."""
    return cast("User", request.user)


def viewers_of(model: str) -> Callable[[HttpRequest], bool]:
    """Return the condition that the user may view rows of this model, named "app.model" in lower case."""
    return lambda request: may_view(account_of(request), model)


def list_address(model: str) -> str:
    """Return the name of the address of a model's list in the admin; the model as "app.model" in lower case."""
    return f"admin:{model.replace('.', '_')}_changelist"


def list_url(user: User, model: str, otherwise: str) -> str:
    """Return the address of a model's rows: the list in the admin for accounts that may view it, else `otherwise`."""
    return reverse(list_address(model)) if may_view(user, model) else otherwise


def list_link(
    label: str,
    model: str,
    position: int,
    *,
    count: Callable[[HttpRequest], int] | None = None,
    count_label: str = "未看",
) -> Link:
    """Return a link to a model's list in the admin, shown to users who may view its rows."""
    return Link(label, list_address(model), position, viewers_of(model), count=count, count_label=count_label)
