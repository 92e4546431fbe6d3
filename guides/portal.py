"""What the guides add to the portal: their pages."""

from __future__ import annotations

from baibuting.common.portal import Portal, Route, Urls
from guides.rules import GUIDES

WHY = "how things are done, in words; nothing of anybody"

PORTAL = Portal(
    urls=(Urls("help/", "guides.urls"),),
    routes={
        "guides:index": Route("nothing", None, reason=WHY),
        "guides:guide": Route("nothing", None, takes={"name": tuple(GUIDES)}, reason=WHY),
    },
)
