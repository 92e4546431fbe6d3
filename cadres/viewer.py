"""The viewer of pages for those who hold a post."""

from __future__ import annotations

from dataclasses import dataclass

from buildings.viewer import Viewer
from cadres.models import Cadre


@dataclass(frozen=True)
class PostHolder(Viewer):
    """A viewer who holds a post, or stands in for a holder, today."""

    cadre: Cadre


def post_holder(viewer: Viewer) -> PostHolder | None:
    """Return the viewer with the account's cadre; None where it holds no post today. One query."""
    scope = viewer.scope
    if scope.cadre_id is None or not scope.paths:
        return None
    cadre = Cadre.objects.select_related("community").get(pk=scope.cadre_id)
    return PostHolder(viewer.user, scope, viewer.now, cadre)
