"""Django's permissions, answered from the table of roles."""

from __future__ import annotations

from typing import Never

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.models import User
from accounts.rules import may_view, may_write, views_something_of


class RoleBackend:
    """Answers `user.has_perm("app.view_model")` and the like by the role; which objects is up to the scope.

    It comes before Django's own backend and decides alone: what it does not grant it refuses with PermissionDenied,
    so that no row of a group or a permission can grant more. It authenticates nobody. Django never asks it for
    superusers; deactivated accounts get nothing.
    """

    def authenticate(self, request: HttpRequest | None) -> None:
        """Return None: this backend takes no credentials."""

    def has_perm(self, user: User | AnonymousUser, permission: str, obj: object = None) -> bool:
        """Return whether the role may "view", or write ("add", "change"), rows of a model; rows are never deleted."""
        app_label, _, codename = permission.partition(".")
        action, _, model = codename.partition("_")
        label = f"{app_label}.{model}"
        if isinstance(user, User):
            if action == "view" and may_view(user, label):
                return True
            if action in ("add", "change") and may_write(user, label):
                return True
        return _refuse()

    def has_module_perms(self, user: User | AnonymousUser, app_label: str) -> bool:
        """Return whether the role may view any model of an app."""
        if isinstance(user, User) and views_something_of(user, app_label):
            return True
        return _refuse()


def _refuse() -> Never:
    raise PermissionDenied
