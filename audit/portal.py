"""The portal of the audit trail. `accounts.portal` says who may read it: roles are one floor higher."""

from __future__ import annotations

from audit.measures import MEASURES
from baibuting.common.portal import Job, Portal

PORTAL = Portal(
    admin_position=110,
    jobs=(Job("audit.seal"), Job("audit.verify"), Job("audit.tidy")),
    measures=MEASURES,
    trail_actions={"tidy": "按期清理"},
)
