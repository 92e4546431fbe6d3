"""What gatherings register with the portal."""

from __future__ import annotations

from accounts.choices import Role
from accounts.routing import PEOPLE, POST_HOLDERS
from baibuting.common.portal import Access, AdminRoute, Card, EntryKind, PageLink, Portal, Route, Urls
from gatherings.cards import my_gatherings
from gatherings.payloads import ROLL, roll_read, roll_words
from gatherings.services import roll_enter

PORTAL = Portal(
    urls=(Urls("gatherings/", "gatherings.urls"),),
    routes={
        "gatherings:behind": Route("names in full of those who hold posts", PEOPLE),
        "gatherings:sign_up": Route("no people", POST_HOLDERS, takes={"pk": "gatherings.gathering.pk"}),
        "gatherings:roll": Route(
            "no people",
            POST_HOLDERS,
            takes={"pk": "gatherings.gathering.pk"},
            reason="a gathering that one hosts oneself",
        ),
    },
    belongs_to={"/gatherings/": "/admin/gatherings/gathering/"},
    help={"/admin/gatherings/": "office#gatherings", "/gatherings/": "office#gatherings"},
    access={Role.OFFICE: Access(write=frozenset({"gatherings"}))},
    admin_position=58,
    admins={"gatherings.gathering": AdminRoute("names in full", pages=("cancel", "roll"))},
    cards=(Card("phone:mine", "gatherings/phone_card.html", my_gatherings),),
    page_links=(PageLink("duties", "落下的和补课", "gatherings:behind"),),
    entry_kinds=(EntryKind(ROLL, "点名", roll_read, roll_enter, roll_words),),
    trail_fields={"there": "到场的人"},
)
