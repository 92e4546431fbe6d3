"""What the interface adds to the portal: its addresses and lists, the jobs that notify receivers."""

from __future__ import annotations

from accounts.choices import Role
from api.keeping import ERASURES, RETENTIONS
from api.measures import MEASURES
from api.views.kinds import KINDS
from baibuting.common.portal import Access, AdminRoute, Job, Portal, Route, Urls

ROUTES = {
    "api:place_list": Route("no people", None),
    "api:place_detail": Route("no people", None, takes={"pk": "buildings.place.pk"}),
    "api:appointment_list": Route("masked, or in full where granted, and noted in the trail", None),
    "api:appointment_detail": Route(
        "masked, or in full where granted, and noted in the trail",
        None,
        takes={"pk": "cadres.appointment.pk"},
    ),
    "api:care_record_list": Route(
        "masked, or in full where granted, and noted in the trail; 刑释解教 never", None
    ),
    "api:care_record_detail": Route(
        "masked, or in full where granted, and noted in the trail; 刑释解教 never",
        None,
        takes={"pk": "residents.carerecord.pk"},
    ),
    "api:duty_list": Route("nobody's name", None),
    "api:duty_detail": Route("nobody's name", None, takes={"pk": "duties.duty.pk"}),
    "api:visit_list": Route("nobody's name, nothing of what was written", None),
    "api:visit_detail": Route(
        "nobody's name, nothing of what was written", None, takes={"pk": "visits.visit.pk"}
    ),
    "api:incident_list": Route("nobody's name, nothing of what was written", None),
    "api:incident_detail": Route(
        "nobody's name, nothing of what was written", None, takes={"pk": "visits.incident.pk"}
    ),
    "api:incident_arrivals": Route(
        "nobody's name, nothing of what was written", None, takes={"pk": "visits.incident.pk"}
    ),
    "api:stats": Route("counts; small ones held back outside the community", None),
    "api:changes": Route("what the lists of the same kinds show", None),
    "api:schema": Route("nothing", None, reason="how the interface is to be used"),
    "api:docs": Route("nothing", None, reason="how the interface is to be used"),
    "api:unknown_address": Route("nothing", None, reason="an address below /api/ that is none"),
}
ADMINS = {
    "api.apiclient": AdminRoute("no people", pages=("issue", "reopen", "shut")),
    "api.apitoken": AdminRoute(
        "no people; the token itself is shown once, where it is issued", pages=("revoke",)
    ),
    "api.webhook": AdminRoute("no people", pages=("secret", "go-on", "stop")),
    "api.platform": AdminRoute("no people", pages=("secret",)),
    "api.eventtype": AdminRoute("no people"),
    "api.delivery": AdminRoute("kind and place; what was sent on reason", pages=("replay", "reveal")),
}

PORTAL = Portal(
    urls=(Urls("api/v1/", "api.urls"),),
    access={
        Role.OFFICE: Access(write=frozenset({"api.platform", "api.eventtype", "api.delivery"})),
        Role.SYSTEM_ADMIN: Access(write=frozenset({"api.apitoken"}), view=frozenset({"api.apiclient"})),
        Role.SECURITY_ADMIN: Access(
            write=frozenset({"api.apiclient", "api.webhook"}), view=frozenset({"api.apitoken"})
        ),
    },
    admin_position=90,
    measures=MEASURES,
    jobs=(Job("api.deliver"), Job("api.keep_feed")),
    row_kinds=KINDS,
    routes=ROUTES,
    admins=ADMINS,
    erasures=ERASURES,
    retentions=RETENTIONS,
)
