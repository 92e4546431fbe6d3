"""The portal of backups: their list, for whoever keeps the installation."""

from __future__ import annotations

from accounts.choices import Role
from backups.measures import MEASURES
from baibuting.common.portal import Access, AdminRoute, Portal

PORTAL = Portal(
    help={"/admin/backups/": "operations#backup"},
    access={Role.SYSTEM_ADMIN: Access(view=frozenset({"backups.backuprun"}))},
    admin_position=120,
    admins={
        "backups.backuprun": AdminRoute(
            "counts", reason="when the database was copied, and whether the copy was tried out"
        )
    },
    measures=MEASURES,
    trail_actions={"restore": "恢复备份"},
)
