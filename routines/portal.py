"""What routines register with the portal: their rules, who owes what, and the job that keeps both in line."""

from __future__ import annotations

from accounts.choices import Role
from baibuting.common.portal import Access, AdminRoute, Job, Portal
from routines.keeping import ERASURES

PORTAL = Portal(
    access={
        Role.OFFICE: Access(write=frozenset({"routines.routinerule"}), view=frozenset({"routines.routine"}))
    },
    admin_position=60,
    help={"/admin/routines/": "office#routines"},
    jobs=(Job("routines.align"),),
    admins={
        "routines.routinerule": AdminRoute("no people"),
        "routines.routine": AdminRoute("names in full of those who hold posts"),
    },
    erasures=ERASURES,
)
