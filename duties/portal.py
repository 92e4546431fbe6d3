"""What duties register with the portal: pages and lists, notices, the sweep and its mail."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.choices import Role
from accounts.routing import EVERY_ROLE, list_link
from baibuting.common.portal import (
    Access,
    AdminRoute,
    Job,
    Link,
    NoticeSource,
    Portal,
    Route,
    Urls,
)
from buildings.viewer import holds_a_post, viewer_of
from duties.alarms import sweep_alarm
from duties.bell import notices_unseen
from duties.choices import DutyActionKind
from duties.keeping import ERASURES, RETENTIONS
from duties.measures import MEASURES
from duties.selectors import events_unseen
from duties.undo import UNDOES


def _unseen(request: HttpRequest) -> int:
    return notices_unseen(viewer_of(request).scope)


ROUTES = {
    "duties:duty": Route(
        "masked, or in full to the holder, the ladder above and the office",
        EVERY_ROLE,
        takes={"pk": "duties.duty.pk"},
    ),
    "duties:duty_handle": Route(
        "masked, or in full to the holder, the ladder above and the office; names of who serves in the same 片区",
        EVERY_ROLE,
        takes={"pk": "duties.duty.pk", "kind": tuple(DutyActionKind.values)},
    ),
    "duties:duty_words": Route(
        "what was written about a duty: to the holder and the ladder above, audited",
        EVERY_ROLE,
        takes={"pk": "duties.duty.pk"},
    ),
    "duties:notices": Route("masked, or in full to the holder, the ladder above and the office", EVERY_ROLE),
}
ADMINS = {
    "duties.sweeprun": AdminRoute("counts", reason="what the sweep did, in numbers"),
    "duties.noticedelivery": AdminRoute("whom a mail is owed"),
    "duties.duty": AdminRoute(
        "names in full; 刑释解教 to the holder and the ladder alone", pages=("export",)
    ),
}

PORTAL = Portal(
    urls=(Urls("", "duties.urls"),),
    links=(
        Link("知会", "duties:notices", 20, holds_a_post, count=_unseen),
        list_link("责任", "duties.duty", 80),
    ),
    access={Role.OFFICE: Access(write=frozenset({"duties"}))},
    admin_position=30,
    measures=MEASURES,
    jobs=(Job("duties.sweep_duties"), Job("duties.deliver_notices", queue="mail")),
    alarms=(sweep_alarm,),
    notice_sources=(NoticeSource("duties", events_unseen),),
    help={"/duties/": "office#duties", "/notices/": "secretary#notices", "/admin/duties/": "office#duties"},
    routes=ROUTES,
    row_undoes=UNDOES,
    admins=ADMINS,
    erasures=ERASURES,
    retentions=RETENTIONS,
)
