"""What concerns add to the portal: the box, its number, entries from phones, notes to who reported them."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.routing import OFFICE, PEOPLE
from accounts.rules import sees_people
from baibuting.common.portal import EntryKind, Figure, Link, NoteKind, Portal, Route, Urls
from buildings.viewer import viewer_of
from concerns.keeping import ERASURES, RETENTIONS
from concerns.payloads import CONCERN, concern_entry, concern_words
from concerns.selectors import concerns_at
from concerns.services import NOTE, concern_enter


def _sees_people(request: HttpRequest) -> bool:
    return sees_people(viewer_of(request).user)


ONE = {"pk": "concerns.concern.pk"}
ROUTES = {
    "concerns:index": Route("masked names, or in full to the office; kind, place and state", PEOPLE),
    "concerns:concern": Route(
        "masked names, or in full to the office; who did what; nothing of what was written", PEOPLE, takes=ONE
    ),
    "concerns:take": Route("nothing", OFFICE, takes=ONE),
    "concerns:close": Route("nothing", OFFICE, takes=ONE),
    "concerns:incident": Route("nothing", OFFICE, takes=ONE),
    "concerns:words": Route("what was written about a concern, audited", OFFICE, takes=ONE),
    "concerns:new": Route("names of buildings", OFFICE),
    "concerns:terms": Route("nothing", OFFICE, takes={"pk": "buildings.place.pk"}),
}

PORTAL = Portal(
    urls=(Urls("concerns/", "concerns.urls"),),
    links=(Link("诉求", "concerns:index", 94, _sees_people),),
    help={"/concerns/": "office#concerns"},
    routes=ROUTES,
    entry_kinds=(EntryKind(CONCERN, "诉求", concern_entry, concern_enter, concern_words),),
    note_kinds=(NoteKind(NOTE, "诉求", "concerns.concern", address="concerns:concern"),),
    figures=(
        Figure(
            "concerns",
            "诉求",
            "件",
            "没有办结的诉求",
            concerns_at,
            "concerns:index",
            _sees_people,
            position=20,
        ),
    ),
    trail_fields={"appointment": "经办", "answer": "办理结果", "words": "内容", "incident": "必到事件"},
    erasures=ERASURES,
    retentions=RETENTIONS,
)
