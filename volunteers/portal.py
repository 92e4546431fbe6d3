"""What volunteers register with the portal: their lists, and that the office keeps them."""

from __future__ import annotations

from accounts.choices import Role
from baibuting.common.portal import Access, AdminRoute, Job, Portal

ADMINS = {
    "volunteers.team": AdminRoute("names in full", pages=("join", "dissolve")),
    "volunteers.teammembership": AdminRoute("names in full, phones masked", pages=("leave",)),
    "volunteers.volunteer": AdminRoute("names in full, phones masked"),
    "volunteers.pairing": AdminRoute("names in full", pages=("end",)),
}

PORTAL = Portal(
    access={Role.OFFICE: Access(write=frozenset({"volunteers"}))},
    admin_position=50,
    jobs=(Job("volunteers.follow_cadres"),),
    admins=ADMINS,
)
