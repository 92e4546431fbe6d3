"""What cadres register with the portal: their lists, their roster, emergency access."""

from __future__ import annotations

from accounts.choices import Role
from accounts.routing import EVERY_ROLE, list_link
from baibuting.common.portal import (
    Access,
    AdminRoute,
    NoticeGroup,
    NoticeSource,
    Portal,
    RosterKind,
    Route,
    Urls,
)
from cadres.emergency import notices_see
from cadres.importers import CADRE_FIELDS, PARTY_FIELDS, cadres_import, party_import
from cadres.notes import notes_see, notes_told, notes_unseen
from cadres.selectors import emergencies_told, emergency_notices_unseen
from cadres.undo import UNDOES

ROUTES = {
    "cadres:emergency": Route(
        "names of communities' buildings; one's own emergencies",
        EVERY_ROLE,
        reason="a place outside the scope is named by its full name, never listed",
    ),
    "cadres:emergency_end": Route(
        "nothing",
        EVERY_ROLE,
        takes={"pk": "buildings.emergencyaccess.pk"},
        reason="one's own emergency alone",
    ),
}
ADMINS = {
    "cadres.appointment": AdminRoute(
        "names in full, phones masked", pages=("export", "hand-over", "cover", "end")
    ),
    "cadres.cover": AdminRoute("names in full", pages=("end",)),
    "cadres.cadre": AdminRoute("names in full, phones masked, accounts of one's own community"),
    "cadres.partyorganisation": AdminRoute(
        "names of secretaries; exported: phones masked", pages=("export",)
    ),
    "cadres.buildingstaff": AdminRoute("names in full, phones masked", pages=("export", "posts", "rates")),
}

PORTAL = Portal(
    urls=(Urls("", "cadres.urls"),),
    links=(list_link("两长四员", "cadres.buildingstaff", 110),),
    access={Role.OFFICE: Access(write=frozenset({"cadres"}))},
    admin_position=40,
    roster_kinds=(
        RosterKind(
            "cadres",
            "两长四员花名册",
            "一栋一行、六个职务并排，或一人一行都可以。",
            CADRE_FIELDS,
            cadres_import,
            model="cadres.appointment",
            lists=("cadres.buildingstaff",),  # a building's six posts: the same roster
        ),
        RosterKind(
            "party",
            "党组织与书记",
            "社区党委、总支、支部和它们的书记；一个党组织一行，或一个片区一行都可以。",
            PARTY_FIELDS,
            party_import,
            model="cadres.partyorganisation",
        ),
    ),
    notice_sources=(
        NoticeSource(
            "emergencies",
            emergency_notices_unseen,
            NoticeGroup(
                lambda cadre_id, most: list(emergencies_told(cadre_id)[:most]),
                "cadres/emergency_notices.html",
                "cadres/emergency_notices_phone.html",
                notices_see,
            ),
        ),
        NoticeSource(
            "notes",
            notes_unseen,
            NoticeGroup(notes_told, "cadres/notes.html", "cadres/notes_phone.html", notes_see),
        ),
    ),
    routes=ROUTES,
    row_undoes=UNDOES,
    admins=ADMINS,
)
