"""How far an import has come, told while its one transaction is still open, and whether it is still alive."""

from __future__ import annotations

from baibuting.common.watched import Watched
from rosters.models import ImportRun

_LOCKS = 0x62626D  # our own space of advisory locks


class Track(Watched):
    """The second connection of an import."""

    def __init__(self, run_id: int) -> None:
        super().__init__(ImportRun, run_id, locks=_LOCKS)
