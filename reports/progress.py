"""How far a report has come, and whether anybody is still at work on it."""

from __future__ import annotations

from baibuting.common.watched import Watched
from reports.models import ReportRun

_LOCKS = 0x62626E  # our own space of advisory locks


class Track(Watched):
    """The second connection of a report."""

    def __init__(self, run_id: int) -> None:
        super().__init__(ReportRun, run_id, locks=_LOCKS)
