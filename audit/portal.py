"""What the house must know of the audit trail. Who may read it stands in `accounts.portal`: roles lie a floor higher."""

from __future__ import annotations

from baibuting.common.portal import Job, Portal

PORTAL = Portal(admin_position=110, jobs=(Job("audit.seal"),))
