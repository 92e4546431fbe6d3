"""Notices of all apps that wait for the viewer, counted and listed as their portals declare."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.template.loader import render_to_string

from baibuting.common.portal import NoticeGroup, NoticeSource, Portal, collected
from buildings.scope import Scope

ON_NOTICES = 20  # rows of a group on a list


@collected
def sources(portals: Mapping[str, Portal]) -> list[NoticeSource]:
    """Return the sources of notices, lowest level first."""
    return [source for portal in portals.values() for source in portal.notice_sources]


def groups() -> list[NoticeGroup]:
    """Return the groups shown above the duties in lists of notices."""
    return [source.group for source in sources() if source.group is not None]


def notices_unseen(scope: Scope) -> int:
    """Return how many notices of all sources the viewer has not opened. One query, made by every page."""
    first, *others = (source.unseen(scope).order_by().values("pk") for source in sources())
    return first.union(*others, all=True).count()


def groups_shown(cadre_id: int, now: datetime, *, on_phone: bool = False) -> list[str]:
    """Render the groups shown above a cadre's duties, and mark them as seen. Two queries a group."""
    drawn: list[str] = []
    for group in groups():
        rows = group.shown(cadre_id, ON_NOTICES)
        if rows:
            template = group.phone_template if on_phone else group.template
            drawn.append(render_to_string(template, {"rows": rows, "now": now}))
            group.see(cadre_id=cadre_id, now=now)
    return drawn
