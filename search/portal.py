"""What the search adds to the portal: its two pages, and what the trail calls a look-up of a number."""

from __future__ import annotations

from accounts.routing import PEOPLE, POST_HOLDERS
from baibuting.common.portal import PageLink, Portal, Route, Urls
from search.services import LOOK_UP

SEES = "masked, or in full to the holder, the ladder above and the office; names of who serves"

PORTAL = Portal(
    urls=(Urls("", "search.urls"),),
    page_links=(PageLink("phone", "查找", "search:phone"),),
    below_home=("/search/",),
    help={"/search/": "office#search"},
    routes={"search:search": Route(SEES, PEOPLE), "search:phone": Route(SEES, POST_HOLDERS)},
    trail_actions={LOOK_UP: "按号码查找"},
)
