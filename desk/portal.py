"""What the desk adds to the portal: its pages, and the first link of the bar."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.routing import EVERY_ROLE, OFFICE
from accounts.rules import may_view, sees_people
from baibuting.common.portal import Card, Link, PageLink, Portal, Route, Urls
from buildings.viewer import viewer_of
from desk.views.filters import saved_filters


def _sees_people(request: HttpRequest) -> bool:
    return sees_people(viewer_of(request).user)


def _has_no_list_of_duties(request: HttpRequest) -> bool:
    """Return whether the user works with people, but has no list of duties in the admin."""
    return _sees_people(request) and not may_view(viewer_of(request).user, "duties.duty")


ROUTES = {
    "desk:home": Route("counts; masked, or in full to the holder and the ladder above", EVERY_ROLE),
    "desk:place": Route(
        "counts; masked, or in full to the holder, the ladder above and the office",
        EVERY_ROLE,
        takes={"pk": "buildings.place.pk"},
    ),
    "desk:person": Route(
        "masked, or in full to the holder, the ladder above and the office; nothing of what was written",
        EVERY_ROLE,
        takes={"pk": "residents.resident.pk"},
    ),
    "desk:words": Route(
        "what was written at the last visits: to the office on reason, audited",
        OFFICE,
        takes={"pk": "residents.resident.pk"},
    ),
    "desk:household": Route(
        "masked, or in full to the holder, the ladder above and the office",
        EVERY_ROLE,
        takes={"pk": "residents.household.pk"},
    ),
    "desk:call_cadre": Route(
        "the number of who serves in the area, to the office, audited",
        OFFICE,
        takes={"pk": "cadres.cadre.pk"},
    ),
    "desk:load": Route("counts; names of who serves", EVERY_ROLE),
    "desk:duties": Route("masked, or in full to the holder, the ladder above and the office", EVERY_ROLE),
    "desk:never_seen": Route("masked, or in full to the holder, the ladder above and the office", EVERY_ROLE),
    "desk:vacancies": Route("posts without holders; nobody's name", EVERY_ROLE),
    "desk:quality": Route("counts", EVERY_ROLE),
    "desk:filter_create": Route(
        "nothing; keeps ids and choices under a word of one's own", EVERY_ROLE, reason="one's own rows"
    ),
    "desk:filter_delete": Route(
        "nothing; deletes one's own", EVERY_ROLE, takes={"pk": "desk.savedfilter.pk"}, reason="one's own rows"
    ),
    "desk:incidents": Route("kind, place and required posts; what happened stays sealed", EVERY_ROLE),
}

PORTAL = Portal(
    urls=(Urls("", "desk.urls"),),
    links=(
        Link("总览", "desk:home", 10, _sees_people),
        Link("责任", "desk:duties", 50, _has_no_list_of_duties),
    ),
    below_home=(
        "/places/",
        "/people/",
        "/households/",
        "/cadres/",
        "/load/",
        "/never-seen/",
        "/vacancies/",
        "/incidents/",
        "/duties/",
        "/quality/",
    ),
    help={
        "/": "office#home",
        "/people/": "office#people",
        "/households/": "office#people",
        "/never-seen/": "office#home",
        "/vacancies/": "office#posts",
        "/load/": "secretary#overview",
        "/quality/": "office#quality",
        "/incidents/": "office#incidents",
        "/places/": "secretary#overview",
    },
    page_links=(PageLink("duties", "责任", "desk:duties"),),
    cards=(Card("lists", "desk/saved_filters.html", saved_filters),),
    routes=ROUTES,
    trail_fields={"visit_notes": "走访情况记录", "visit_request": "走访诉求"},
)
