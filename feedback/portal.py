"""What opinions add to the portal: the link at the foot of every page, and the office's list."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from accounts.choices import Role
from accounts.routing import PEOPLE, account_of
from accounts.rules import sees_people
from baibuting.common.portal import Access, AdminRoute, Card, Portal, Route, Urls
from feedback.keeping import RETENTIONS


def _foot(request: HttpRequest) -> dict[str, Any] | None:
    """Return the name of the page that the link stands on; None where nobody has signed in who may write."""
    if not request.user.is_authenticated or not sees_people(account_of(request)):
        return None
    match = request.resolver_match
    return {"from_page": match.view_name if match else ""}


PORTAL = Portal(
    urls=(Urls("", "feedback.urls"),),
    access={Role.OFFICE: Access(write=frozenset({"feedback"}))},
    admin_position=75,
    routes={
        "feedback:write": Route(
            "what one wrote oneself, and the answer", PEOPLE, reason="one's own opinions alone"
        )
    },
    admins={
        "feedback.opinion": AdminRoute("who wrote what about the portal, in full", pages=("reply", "see"))
    },
    cards=(Card("foot", "feedback/foot.html", _foot), Card("phone:foot", "feedback/foot.html", _foot)),
    retentions=RETENTIONS,
)
