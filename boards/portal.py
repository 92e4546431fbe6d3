"""What notice boards add to the portal: their pages, and the card on the phone's page 我的."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from accounts.routing import OFFICE, PEOPLE, POST_HOLDERS
from baibuting.common.portal import Card, PageLink, Portal, Route, Urls
from boards.selectors import cadre_of, own_contact
from buildings.viewer import viewer_of


def _own_number(request: HttpRequest) -> dict[str, Any]:
    cadre = cadre_of(viewer_of(request).user.pk)
    return {"own_contact": own_contact(cadre) if cadre else None}


ROUTES = {
    "boards:index": Route("names of buildings; a community's duty line", PEOPLE),
    "boards:board": Route(
        "names of a building's post holders, and the numbers they have agreed to publish",
        PEOPLE,
        takes={"pk": "buildings.place.pk"},
    ),
    "boards:pdf": Route(
        "names of a building's post holders, and the numbers they have agreed to publish, audited",
        PEOPLE,
        takes={"pk": "buildings.place.pk"},
    ),
    "boards:renew": Route("nothing", OFFICE, takes={"pk": "buildings.place.pk"}),
    "boards:contact": Route(
        "nothing", OFFICE, takes={"pk": "buildings.place.pk", "cadre": "cadres.cadre.pk"}
    ),
    "boards:line": Route("nothing", OFFICE),
    "boards:mine": Route("nothing", POST_HOLDERS, reason="one's own number alone"),
    "boards:public": Route(
        "names of a building's post holders, and the numbers they have agreed to publish",
        None,
        takes={"code": ("nosuchcode",)},
        reason="what hangs in the building's entrance; found by nobody who has not read its code there",
    ),
}

PORTAL = Portal(
    urls=(Urls("", "boards.urls"),),
    page_links=(
        PageLink("building", "公示牌", "boards:board"),
        PageLink("reports", "楼栋公示牌", "boards:index"),
    ),
    cards=(Card("phone:mine", "boards/own.html", _own_number),),
    help={"/boards/": "boards"},
    routes=ROUTES,
)
