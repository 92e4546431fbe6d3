"""What visits register with the portal: lists of visits and incidents, rosters of people, likely duplicates."""

from __future__ import annotations

from accounts.choices import Role
from accounts.routing import OFFICE, PEOPLE, list_link
from baibuting.common.portal import (
    Access,
    AdminRoute,
    Card,
    PageLink,
    Portal,
    RosterKind,
    Route,
    SetupStep,
    Urls,
)
from duties.choices import Rung
from visits.importers import (
    CARE_FIELDS,
    RESIDENT_FIELDS,
    VISIT_FIELDS,
    care_import,
    residents_import,
    visits_import,
)
from visits.keeping import ERASURES, RETENTIONS
from visits.selectors import care_records, gone_live, rules_adopted, visits_made
from visits.sheet_views import sheet_card
from visits.undo import UNDOES

ROUTES = {
    "visits:go_live": Route("counts by day and by building; names of who serves", PEOPLE),
    "visits:sheets_take": Route("names in full, of the sheet that is typed in", OFFICE),
    "visits:sheet": Route(
        "masked, or in full to the office, the holder and the ladder above",
        PEOPLE,
        takes={"pk": "buildings.place.pk"},
    ),
    "visits:doubles": Route("names in full, for whoever writes residents", OFFICE),
    "visits:doubles_pair": Route(
        "names in full, numbers masked; nothing of what was written",
        OFFICE,
        takes={"kept": "residents.resident.pk", "gone": "residents.resident.pk"},
    ),
    "visits:doubles_undo": Route("nothing", OFFICE, takes={"pk": "residents.residentmerge.pk"}),
}
ADMINS = {
    "visits.visit": AdminRoute(
        "names in full; notes on reason", pages=("correct", "export", "reveal", "void")
    ),
    "visits.incident": AdminRoute("posts and who came; text on reason", pages=("arrive", "close", "reveal")),
    "visits.visitrule": AdminRoute("no people", pages=("rulebook",)),
    "visits.incidentrule": AdminRoute("no people", pages=("rulebook",)),
    "visits.specialday": AdminRoute("no people", pages=("remove",), reason="days off, one calendar for all"),
}

PORTAL = Portal(
    urls=(Urls("", "visits.urls"),),
    links=(list_link("走访", "visits.visit", 90), list_link("必到事件", "visits.incident", 100)),
    below_home=("/go-live/",),
    belongs_to={"/doubles/": "/admin/residents/resident/"},
    help={
        "/admin/visits/visit/": "office#visits",
        "/admin/visits/incident/": "office#incidents",
        "/admin/visits/": "office#rules",
        "/doubles/": "office#doubles",
        "/sheets/": "office#visits",
    },
    access={Role.OFFICE: Access(write=frozenset({"visits"}))},
    admin_position=20,
    # rosters of people are here and not in residents, because they reconcile clocks
    roster_kinds=(
        RosterKind(
            "residents",
            "居民名册",
            "住户的姓名、住址、电话。",
            RESIDENT_FIELDS,
            residents_import,
            model="residents.resident",
        ),
        RosterKind(
            "care",
            "五必访对象台账",
            "困难、住院、下岗失业、孤寡、刑释解教五类对象，一人可填几类。",
            CARE_FIELDS,
            care_import,
            model="residents.carerecord",
            spreads=True,
        ),
        RosterKind(
            "visits",
            "走访记录",
            "谁在哪天看望了谁。重复导入不会重复计数。",
            VISIT_FIELDS,
            visits_import,
            model="visits.visit",
        ),
    ),
    page_links=(PageLink("building", "走访单", "visits:sheet"),),
    cards=(Card("desk:place", "visits/sheet_card.html", sheet_card),),
    routes=ROUTES,
    setup_steps=(
        SetupStep(
            "care",
            "五必访台账",
            "困难、住院、下岗失业、孤寡、刑释解教五类对象，连同住址。",
            40,
            care_records,
            "admin:residents_carerecord_changelist",
            "逐人登记",
            roster="care",
        ),
        SetupStep(
            "rules",
            "走访规则",
            "每类对象多久看望一次、逾期怎样逐级上报，确认或修改。",
            50,
            rules_adopted,
            "admin:visits_visitrule_rulebook",
            "核对规则",
        ),
        SetupStep(
            "go_live",
            "启用日期",
            "从哪天起计时、知会和统计；这天以前的走访只作“上次见到”。先预览每天到期多少，再确认。",
            70,
            gone_live,
            "visits:go_live",
            "定启用日期",
        ),
        SetupStep(
            "visit",
            "第一次走访",
            "楼栋长用手机登录，记下第一次走访；办公室也可以登记。",
            80,
            visits_made,
            "admin:visits_visit_add",
            "登记走访",
        ),
    ),
    trail_fields={
        "visited_on": "走访日期",
        "visited_time": "钟点",
        "is_another": "确是另一次走访",
        "is_somebody_else": "确是另一个人",
        "categories": "纳入必访",
        "was_mistake": "登记有误",
        "sheet": "走访单",
        "merge": "合并",
        "merge-undo": "撤销合并",
        **{f"rung_{rung}": f"升级步骤：{rung.label}" for rung in Rung},
    },
    row_undoes=UNDOES,
    admins=ADMINS,
    erasures=ERASURES,
    retentions=RETENTIONS,
)
