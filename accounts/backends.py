"""Django's permissions, answered from the table of roles; and signing in by a one-time code."""

from __future__ import annotations

from datetime import datetime
from typing import Never

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.codes import code_use
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


class OneTimeCodeBackend(ModelBackend):
    """Signs in with the one-time code of a slip in place of a password; that uses it up.

    It comes after the password, which most people have: they cost no query more.
    """

    def authenticate(  # type: ignore[override]
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None
    ) -> User | None:
        """Return the account whose valid code was typed; None for anything else."""
        if request is None or not username or not password:
            return None
        now: datetime = request.axes_attempt_time  # type: ignore[attr-defined]
        return code_use(username=username, typed=password, now=now)
