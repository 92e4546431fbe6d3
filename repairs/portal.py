"""What repairs register with the portal: the list of orders, the public pages, and what stands on pages of others."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from accounts.choices import Role
from accounts.routing import OFFICE, PEOPLE, account_of
from accounts.rules import sees_people
from baibuting.common.portal import (
    Access,
    Card,
    EntryKind,
    Link,
    PageLink,
    Portal,
    ReportKind,
    Route,
    Urls,
)
from buildings.models import Place
from buildings.viewer import viewer_of
from repairs.exports import Repairs
from repairs.forms import ACTS
from repairs.keeping import ERASURES, RETENTIONS
from repairs.payloads import REPAIR, mend_entry, mend_words
from repairs.rules import WORDS
from repairs.selectors import orders_within, own_orders, rows_of
from repairs.services import mend_enter, mend_photo

ORDER = {"pk": "repairs.repairorder.pk"}
ROUTES = {
    "repairs:orders": Route("spot, stage and posts; no words", PEOPLE),
    "repairs:new": Route("nothing", OFFICE),
    "repairs:order": Route("course and posts, names of who took steps; no words", PEOPLE, takes=ORDER),
    "repairs:act": Route("nothing", PEOPLE, takes={**ORDER, "what": ACTS}),
    "repairs:void": Route("nothing", OFFICE, takes={"pk": "repairs.repairstep.pk"}),
    "repairs:look": Route(
        "what was written of a repair: to who takes it up, the posts above, the steward and the office, audited",
        PEOPLE,
        takes=ORDER,
    ),
    "repairs:call": Route(
        "the reporter's number: to who takes it up and the office, to the steward where ticked, audited",
        PEOPLE,
        takes=ORDER,
    ),
    "repairs:slip": Route("what was reported, to print, audited", PEOPLE, takes=ORDER),
    "repairs:add_picture": Route("nothing", PEOPLE, takes=ORDER),
    "repairs:picture": Route(
        "a picture of a repair, to whoever works on it, audited",
        PEOPLE,
        takes={"uid": "repairs.repairpicture.uid"},
    ),
    "repairs:release": Route("nothing", OFFICE, takes={"uid": "repairs.repairpicture.uid"}),
    "repairs:rules": Route("no people", OFFICE),
    "repairs:report": Route(
        "spot and stage of what is being mended in a building",
        None,
        takes={"code": ("nosuchcode",)},
        reason="behind the code that hangs in the building's entrance; nothing of who reported",
    ),
    "repairs:progress": Route(
        "spot, stage and days of a building's repairs",
        None,
        takes={"code": ("nosuchcode",)},
        reason="behind the code that hangs in the building's entrance; nothing of who reported",
    ),
    "repairs:track": Route(
        "the course of one order, posts alone",
        None,
        takes={"code": ("nosuchcode",)},
        reason="for whoever has the order's own code",
    ),
    "repairs:public_picture": Route(
        "a picture that the office has released",
        None,
        takes={"code": ("nosuchcode",), "uid": "repairs.repairpicture.uid"},
        reason="for whoever has the order's own code",
    ),
}


def _is_shown(request: HttpRequest) -> bool:
    return sees_people(account_of(request))


def _at_place(request: HttpRequest, place: Place) -> dict[str, Any] | None:
    """Return what is being mended at a place or below it; None where nothing is."""
    viewer = viewer_of(request)
    if not _is_shown(request):
        return None
    found = orders_within(viewer.scope).filter(closed_at=None, building__path__startswith=place.path)
    rows = rows_of(found.order_by("reported_at", "pk")[:10], viewer.now)
    return {"repair_rows": rows} if rows else None


def _own(request: HttpRequest) -> dict[str, Any] | None:
    """Return what waits for the viewer; None where nothing does."""
    viewer = viewer_of(request)
    rows = own_orders(viewer.scope, viewer.now)
    return {"repair_rows": rows, "repair_longest": WORDS, "next": request.path} if rows else None


PORTAL = Portal(
    urls=(Urls("", "repairs.urls"),),
    links=(Link("维修", "repairs:orders", 105, _is_shown),),
    help={"/affairs/repairs/": "office#repairs"},
    routes=ROUTES,
    access={Role.OFFICE: Access(write=frozenset({"repairs"}))},
    page_links=(
        PageLink("board", "公共部位报修", "repairs:report"),
        PageLink("board", "本楼维修进度", "repairs:progress"),
    ),
    cards=(
        Card("desk:place", "repairs/at_place.html", _at_place),
        Card("phone:today", "repairs/today.html", _own),
    ),
    entry_kinds=(EntryKind(REPAIR, "维修", mend_entry, mend_enter, mend_words, photo=mend_photo),),
    report_kinds=(
        ReportKind(
            "repairs",
            "维修台账",
            "一个月的报修：何时受理、派工、完工、验收，费用和各率",
            Repairs,
            "repairs.repairorder",
            70,
            sensitive=("情况",),
            office_alone=("情况",),
        ),
    ),
    trail_fields={"picture": "照片"},
    erasures=ERASURES,
    retentions=RETENTIONS,
)
