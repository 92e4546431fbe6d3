"""The portal of the audit trail. `accounts.portal` says who may read it: roles are one floor higher."""

from __future__ import annotations

from baibuting.common.portal import Job, Portal

PORTAL = Portal(
    admin_position=110,
    jobs=(Job("audit.seal"), Job("audit.tidy")),
    trail_actions={"tidy": "按期清理"},
)
