"""The viewer: account, scope and moment as one value per request, passed to views, forms and files."""

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
    """The account behind a request or a job, its scope, and the moment as of which everything is read.

    `cadres.middleware` makes it; the scope is computed on first access. Before sign-in `user` is Django's
    AnonymousUser and the scope is empty.
    """

    user: User
    scope: Scope
    now: datetime

    @property
    def today(self) -> date:
        """Return today's date in Shanghai time."""
        return local_day(self.now)


class ViewerRequest(HttpRequest):
    """The type of request that views behind a sign-in get."""

    user: User
    viewer: Viewer


def viewer_of(request: HttpRequest) -> Viewer:
    """Return the viewer of a request whose type is Django's own: in methods of an admin, and in links of a portal."""
    return cast("ViewerRequest", request).viewer


def holds_a_post(request: HttpRequest) -> bool:
    """Return whether the account behind a request is a cadre's."""
    return viewer_of(request).scope.cadre_id is not None
