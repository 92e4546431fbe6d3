"""Puts the viewer and their scope on every request, and ends the session with the user's last post."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.middleware import session_end
from accounts.rules import sees_people
from accounts.sessions import Ended
from baibuting.common.days import local_day
from buildings.scope import Scope
from buildings.viewer import Viewer, ViewerRequest
from cadres.selectors import scope_for, work_has_ended

# addresses at which those who see no residents have a scope: the admin, and the page where accounts are opened
ADMIN = ("/admin/", "/holder-accounts/")
NO_EMERGENCY = (
    "/m/",
    "/api/",
)  # emergency access is for the desk, where nothing is written


class ScopeMiddleware:
    """Sets `request.viewer`, with a scope worked out on first use; an anonymous user sees nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = cast("ViewerRequest", request)
        now = timezone.now()
        scope = cast("Scope", SimpleLazyObject(lambda: _scope_at(asked, now)))
        asked.viewer = Viewer(asked.user, scope, now)
        if asked.user.is_authenticated and _work_has_ended(asked.viewer):
            session_end(asked, Ended.NO_WORK)
            asked.viewer = Viewer(asked.user, Scope.NOTHING, now)
        return self.get_response(asked)


def _work_has_ended(viewer: Viewer) -> bool:
    """Return whether the user's last post, cover or grant has ended: then so does the session."""
    if not sees_people(viewer.user) or viewer.scope.everywhere or viewer.scope.paths:
        return False
    return work_has_ended(viewer.user, today=viewer.today)


def _scope_at(request: ViewerRequest, now: datetime) -> Scope:
    """Return the scope of the user; those who see no people have one in the admin alone, limited by its own table."""
    if not request.user.is_authenticated:
        return Scope.NOTHING
    if not sees_people(request.user) and not request.path.startswith(ADMIN):
        return Scope.NOTHING
    at_desk = not request.path.startswith(NO_EMERGENCY)
    return scope_for(request.user, today=local_day(now), now=now if at_desk else None)
