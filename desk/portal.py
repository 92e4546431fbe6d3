"""What the house must know of the desk: its pages, and the first link of the bar."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.routing import EVERY_ROLE
from accounts.rules import may_view, sees_people
from baibuting.common.portal import Link, Portal, Route, Urls
from buildings.viewer import viewer_of


def _sees_people(request: HttpRequest) -> bool:
    return sees_people(viewer_of(request).user)


def _has_no_list_of_duties(request: HttpRequest) -> bool:
    """Whether the user works with people, but has no list of duties in the admin."""
    return _sees_people(request) and not may_view(viewer_of(request).user, "duties.duty")


ROUTES = {
    "home": Route("counts; masked, or in full to the holder and the ladder above", EVERY_ROLE),
    "place": Route(
        "counts; masked, or in full to the holder, the ladder above and the office",
        EVERY_ROLE,
        takes={"pk": "buildings.place.pk"},
    ),
    "person": Route(
        "masked, or in full to the holder and the ladder above; nothing of what was written",
        EVERY_ROLE,
        takes={"pk": "residents.resident.pk"},
    ),
    "load": Route("counts; names of who serves", EVERY_ROLE),
    "duties": Route("masked, or in full to the holder, the ladder above and the office", EVERY_ROLE),
    "never_seen": Route("masked, or in full to the holder, the ladder above and the office", EVERY_ROLE),
    "vacancies": Route("posts without holders; nobody's name", EVERY_ROLE),
    "incidents": Route("kind, place and required posts; what happened stays sealed", EVERY_ROLE),
}

PORTAL = Portal(
    urls=(Urls("", "desk.urls"),),
    links=(
        Link("总览", "home", 10, _sees_people),
        Link("责任", "duties", 50, _has_no_list_of_duties),
    ),
    below_home=("/places/", "/people/", "/load/", "/never-seen/", "/vacancies/", "/incidents/", "/duties/"),
    routes=ROUTES,
)
