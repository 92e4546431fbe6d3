"""What imports add to the portal: their pages, and the background job."""

from __future__ import annotations

from accounts.routing import OFFICE
from baibuting.common.portal import Job, Link, Portal, Route, Urls
from buildings.viewer import viewer_of
from rosters.keeping import ERASURES
from rosters.measures import MEASURES
from rosters.rules import kinds_for, roster_kinds


def _kinds() -> tuple[str, ...]:
    """Return the codes of the kinds of all portals."""
    return tuple(roster_kinds())


ROUTES = {
    "rosters:index": Route("one's own imports and those of communities in the scope; no rows", OFFICE),
    "rosters:upload": Route("nothing", OFFICE, takes={"kind": _kinds}),
    "rosters:template": Route(
        "nothing",
        OFFICE,
        takes={"kind": _kinds},
        reason="an empty roster",
    ),
    "rosters:run": Route(
        "counts and refused cells, without what stood in them; to whoever uploaded it also what changes, old and new, and "
        "what refused rows call themselves",
        OFFICE,
        takes={"uid": "rosters.importrun.uid"},
    ),
    "rosters:map": Route("column titles", OFFICE, takes={"uid": "rosters.importrun.uid"}),
    "rosters:kind": Route("nothing", OFFICE, takes={"uid": "rosters.importrun.uid"}),
    "rosters:corrections": Route("nothing", OFFICE, takes={"uid": "rosters.importrun.uid"}),
    "rosters:undo": Route(
        "how many rows of which kind an import wrote, and what was built on them; names nobody",
        OFFICE,
        takes={"uid": "rosters.importrun.uid"},
    ),
    "rosters:errors": Route(
        "the rows one has uploaded oneself", OFFICE, takes={"uid": "rosters.importrun.uid"}
    ),
    "rosters:step": Route(
        "nothing", OFFICE, takes={"uid": "rosters.importrun.uid", "step": ("confirm", "drop", "retry")}
    ),
}

PORTAL = Portal(
    urls=(Urls("rosters/", "rosters.urls"),),
    links=(Link("导入导出", "rosters:index", 170, lambda request: bool(kinds_for(viewer_of(request).user))),),
    measures=MEASURES,
    jobs=(Job("rosters.run_imports"),),
    help={"/rosters/": "imports"},
    routes=ROUTES,
    erasures=ERASURES,
)
