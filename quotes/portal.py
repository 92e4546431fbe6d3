"""What 金句接龙 registers with the portal: the office's lists, and the game that anybody may play."""

from __future__ import annotations

from accounts.choices import Role
from baibuting.common.portal import Access, AdminRoute, Portal, Route, Urls

GAME = "sentences of public documents; how many were played in a building, a community, its 苑区"
REASON = "a game for everybody; found by whoever reads its code on the wall, and nothing of who plays is kept"

PORTAL = Portal(
    urls=(Urls("", "quotes.urls"),),
    routes={
        "quotes:by_list": Route(GAME, None, takes={"code": ("nosuchcode",)}, reason=REASON),
        "quotes:by_place": Route(GAME, None, takes={"code": ("nosuchcode",)}, reason=REASON),
    },
    admins={
        "quotes.quotelist": AdminRoute("no people", pages=("lines",)),
        "quotes.quote": AdminRoute("no people"),
    },
    admin_position=58,
    access={Role.OFFICE: Access(write=frozenset({"quotes"}))},
)
