"""Who asks, for which part of the tree, and when: one value a request, which views, forms and files are handed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from django.http import HttpRequest

from accounts.models import User
from baibuting.common.days import local_day
from buildings.scope import Scope


@dataclass(frozen=True)
class Viewer:
    """The account behind a request or a job, its scope, and the moment at which everything is asked.

    `cadres.middleware` makes it; the scope is worked out when it is first asked for. Of a stranger, to whom only
    pages of signing in are shown, `user` is Django's AnonymousUser and the scope is empty.
    """

    user: User
    scope: Scope
    now: datetime

    @property
    def today(self) -> date:
        """Return the day it is in Wuhan."""
        return local_day(self.now)


class ViewerRequest(HttpRequest):
    """A request of somebody signed in, as views behind a sign-in are handed it."""

    user: User
    viewer: Viewer


def viewer_of(request: HttpRequest) -> Viewer:
    """Return the viewer of a request whose type is Django's own: in methods of an admin, and in links of a portal."""
    return cast("ViewerRequest", request).viewer


def holds_a_post(request: HttpRequest) -> bool:
    """Say whether the account behind a request is a cadre's."""
    return viewer_of(request).scope.cadre_id is not None
