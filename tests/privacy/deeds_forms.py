"""Forms of the admin that write or reveal: filled in as somebody would, with what the filling cannot guess."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.privacy.world import World


def _place_form(world: World) -> dict[str, Any]:
    parent = world.own.community.precincts[0].pk
    return {"level": 4, "parent": parent, "name": "909栋", "remark": "", "code": "", "unit": "",
            "entrance_count": 1, "floor_count": 3, "household_count": 3}  # fmt: skip


# --- forms of the admin: filled in as somebody would, with what the filling cannot guess --------------------------------
def _posts(world: World) -> dict[str, Any]:
    return {"health_worker-name": "王小明", "health_worker-phone": "13900000000"}


def _organisation(world: World) -> dict[str, Any]:
    return {"kind": "group", "name": "第九党小组", "parent": ""}


def _flat_form(room: str) -> Callable[[World], dict[str, Any]]:
    """Entrance and room take nothing but a flat."""
    return lambda world: {"entrance": "3", "room": room}


def _pairing(world: World) -> dict[str, Any]:
    return {"building": world.own.community.buildings[1].pk, "partner": ""}


def _sentences(world: World) -> dict[str, Any]:
    return {"lines": "江山就是人民，人民就是江山"}


More = Callable[[World], dict[str, Any]]
FORMS: dict[str, dict[str, More | None]] = {
    "office of all": {"admin:visits_specialday_add": None, "admin:phone_quickphrase_add": None},
    "office": {
        **dict.fromkeys((
            "admin:buildings_place_move", "admin:buildings_place_close", "admin:buildings_place_change",
            "admin:cadres_appointment_hand-over",
            "admin:cadres_appointment_cover", "admin:cadres_appointment_end", "admin:cadres_appointment_add",
            "admin:cadres_appointment_change", "admin:cadres_cover_end", "admin:cadres_cadre_add",
            "admin:cadres_cadre_change", "admin:residents_carerecord_correct", "admin:residents_carerecord_reveal",
             "admin:residents_carerecord_end", "admin:residents_carerecord_add",
             "admin:residents_resident_leave", "admin:residents_resident_return",
             "admin:residents_resident_reveal", "admin:residents_resident_change",
            "admin:visits_incident_arrive", "admin:visits_incident_close", "admin:visits_incident_reveal",
            "admin:visits_incident_add", "admin:visits_incidentrule_add",
            "admin:visits_visit_reveal", "admin:visits_visit_void", "admin:visits_visit_add", "admin:visits_visit_correct",
            "admin:volunteers_team_dissolve", "admin:volunteers_team_add", "admin:volunteers_team_change",
            "admin:volunteers_teammembership_leave", "admin:volunteers_volunteer_add",
            "admin:volunteers_volunteer_change", "admin:volunteers_pairing_end", "admin:phone_submission_enter",
            "admin:phone_submission_reveal", "admin:phone_submission_drop",
            "admin:phone_digestplan_add", "admin:gatherings_gathering_cancel",
        )),
        "admin:quotes_quotelist_add": _sentences,
        "admin:buildings_place_add": _place_form,
        "admin:residents_household_add": _flat_form("303"),
        "admin:residents_household_change": _flat_form("304"),
        # each category ticked has a row of its own (tests/visits/test_new_resident.py)
        "admin:residents_resident_add": lambda world: {**_flat_form("305")(world), "categories": []},
        "admin:residents_resident_relocate": _flat_form("306"),
        "admin:cadres_buildingstaff_posts": _posts,
        "admin:cadres_buildingstaff_change": _posts,
        "admin:cadres_partyorganisation_add": _organisation,
        "admin:cadres_partyorganisation_change": _organisation,
        "admin:volunteers_pairing_add": _pairing,
    },
    "system_admin": dict.fromkeys(("admin:accounts_user_add", "admin:accounts_user_password", "admin:accounts_user_disable")),
    "security_admin": dict.fromkeys((
        "admin:buildings_placegrant_add", "admin:buildings_placegrant_change", "admin:api_apiclient_add",
    )),
}  # fmt: skip
