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
    SetupStep,
    Urls,
)
from cadres.choices import BUILDING_POSTS
from cadres.emergency import notices_see
from cadres.importers import CADRE_FIELDS, PARTY_FIELDS, cadres_import, party_import
from cadres.keeping import ERASURES, RETENTIONS
from cadres.notes import notes_see, notes_told, notes_unseen
from cadres.selectors import (
    emergencies_told,
    emergency_notices_unseen,
    holders_of_buildings,
    secretaries,
    with_account,
)
from cadres.undo import UNDOES

ROUTES = {
    "cadres:emergency": Route(
        "names of communities' buildings; one's own emergencies",
        EVERY_ROLE,
        reason="a place outside the scope is named by its full name, never listed",
    ),
    "cadres:holder_accounts": Route(
        "names of who holds posts, phones masked; in the answer to a POST phones in full and one-time codes",
        frozenset({Role.OFFICE, Role.SYSTEM_ADMIN}),
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
    help={"/admin/cadres/": "office#posts", "/emergency/": "office#trail"},
    access={Role.OFFICE: Access(write=frozenset({"cadres"}))},
    belongs_to={"/holder-accounts/": "/admin/cadres/buildingstaff/"},
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
    setup_steps=(
        SetupStep(
            "cadres",
            "两长四员",
            "每栋的楼栋党小组长、楼栋长、卫生员、治安员、文体员、物业房管员，连同手机号。",
            20,
            holders_of_buildings,
            "admin:cadres_buildingstaff_changelist",
            "逐栋填写",
            roster="cadres",
        ),
        SetupStep(
            "party",
            "书记与党组织",
            "支部、总支、党委书记和他们管的范围。没有书记，逾期就报不到片区以上。",
            30,
            secretaries,
            "admin:cadres_partyorganisation_changelist",
            "逐个登记",
            roster="party",
        ),
        SetupStep(
            "accounts",
            "账号",
            "给在任的人开通手机账号，打印开通单发给本人。",
            60,
            with_account,
            "cadres:holder_accounts",
            "开通账号",
        ),
    ),
    trail_fields={
        **{
            f"{post}-{name}": f"{post.label}{word}"
            for post in BUILDING_POSTS
            for name, word in (("name", "姓名"), ("phone", "电话"))
        },
        "account": "登录账号",
        "same_person": "确认是同一人",
        "to_cadre": "接任人",
    },
    row_undoes=UNDOES,
    admins=ADMINS,
    erasures=ERASURES,
    retentions=RETENTIONS,
)
