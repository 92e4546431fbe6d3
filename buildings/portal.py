"""The portal of places: their lists, who may view them, the roster of buildings."""

from __future__ import annotations

from accounts.choices import Role
from accounts.routing import list_link
from baibuting.common.portal import ACCOUNTS, Access, AdminRoute, Portal, RosterKind, SetupStep
from buildings.importers import PLACE_FIELDS, places_import
from buildings.selectors import buildings_in_use
from buildings.undo import UNDOES

ADMINS = {
    "buildings.place": AdminRoute("no people", pages=("export", "move", "close", "reopen")),
    "buildings.administrativeunit": AdminRoute("no people", reason="official statistical codes"),
    "buildings.emergencyaccess": AdminRoute(
        "who looked at which place outside his area, and why",
        beyond=ACCOUNTS,
        reason="all of them are the keepers' to look through",
    ),
    "buildings.placegrant": AdminRoute(
        "names of accounts", pages=("end",), beyond=ACCOUNTS, reason="a grant is given to any account"
    ),
}

PORTAL = Portal(
    links=(
        list_link("楼栋", "buildings.place", 120),
        list_link("工作范围", "buildings.placegrant", 140),
        list_link("紧急查看", "buildings.emergencyaccess", 150),
    ),
    help={"/admin/buildings/": "office#places"},
    access={
        Role.OFFICE: Access(
            write=frozenset({"buildings.place"}), view=frozenset({"buildings.administrativeunit"})
        ),
        Role.SYSTEM_ADMIN: Access(view=frozenset({"buildings.place", "buildings.administrativeunit"})),
        Role.SECURITY_ADMIN: Access(
            write=frozenset({"buildings.placegrant"}),
            view=frozenset({"buildings.place", "buildings.emergencyaccess"}),
        ),
        Role.AUDITOR: Access(view=frozenset({"buildings.emergencyaccess"})),
    },
    admin_position=60,
    roster_kinds=(
        RosterKind(
            "places",
            "楼栋清单",
            "苑区、片区、楼栋和户数。新社区先导入这一份。",
            PLACE_FIELDS,
            places_import,
            model="buildings.place",
            founds_communities=True,
        ),
    ),
    setup_steps=(
        SetupStep(
            "places",
            "社区与楼栋",
            "一份楼栋清单：苑区、片区、楼栋和户数。社区随清单建立。",
            10,
            buildings_in_use,
            "admin:buildings_place_changelist",
            "逐栋登记",
            roster="places",
        ),
    ),
    row_undoes=UNDOES,
    admins=ADMINS,
)
