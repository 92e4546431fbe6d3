"""Puts what the signed-in user may see on every request."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.rules import sees_people
from baibuting.common.days import local_day
from buildings.scope import Scope
from cadres.selectors import scope_for

ADMIN = "/admin/"


class ScopeMiddleware:
    """Sets `request.scope`, worked out when it is first asked for; nobody signed in sees nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.scope = SimpleLazyObject(lambda: _scope_of(request))  # type: ignore[attr-defined]
        return self.get_response(request)


def _scope_of(request: HttpRequest) -> Scope:
    """Those who see no people have their places in the admin alone, where a table says what they may open."""
    if not request.user.is_authenticated:
        return Scope.NOTHING
    if not sees_people(request.user) and not request.path.startswith(ADMIN):
        return Scope.NOTHING
    return scope_for(request.user, today=local_day(timezone.now()))
