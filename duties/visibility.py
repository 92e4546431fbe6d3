"""What a viewer may read of people, and where they may write about duties; shared by admin and pages."""

from __future__ import annotations

from collections.abc import Iterable

from accounts.rules import may_view, may_write
from buildings.scope import Scope
from buildings.viewer import Viewer
from cadres.ladder import Accountable
from duties.selectors import Disclosure, disclosure_over


def reads_names(viewer: Viewer) -> bool:
    """Return whether the viewer is office staff, who read people's names in their scope."""
    return may_view(viewer.user, "residents.resident")


def disclosure_for(viewer: Viewer, over: Iterable[int | Accountable]) -> Disclosure:
    """Return what a viewer may know of people; `over` is what `Ladder.load` takes. Five queries."""
    return disclosure_over(scope=viewer.scope, reads_names=reads_names(viewer), over=over, today=viewer.today)


def office_scope(viewer: Viewer) -> Scope:
    """Return where a viewer may write about duties as the office does; nowhere for others."""
    return viewer.scope.writable() if may_write(viewer.user, "duties.duty") else Scope.NOTHING
