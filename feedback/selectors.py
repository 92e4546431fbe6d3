"""What is read of opinions: one's own, and the community they belong to."""

from __future__ import annotations

from buildings.choices import Level
from buildings.models import Place
from buildings.scope import Scope
from feedback.models import Opinion

MOST_OWN = 20


def own_opinions(writer_id: int) -> list[Opinion]:
    """Return what somebody has written lately, newest first. One query."""
    return list(Opinion.objects.unscoped("the viewer's own").filter(writer=writer_id)[:MOST_OWN])


def community_of(scope: Scope) -> Place | None:
    """Return the community that somebody's scope lies in, the first of several; None for a scope of nothing."""
    inside = Place.objects.within(scope).order_by("path").select_related("community").first()
    if inside is None:
        return None
    return inside if inside.level == Level.COMMUNITY else inside.community
