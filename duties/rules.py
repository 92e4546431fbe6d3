"""Which steps of a ladder fit a duty. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from buildings.choices import Level
from cadres.choices import RUNG_POSTS, rung_of


def steps_above(post: str, ladder: Iterable[Sequence[int]], level: int = Level.BUILDING) -> list[list[int]]:
    """Return the steps of a ladder, [[rung, hours], …], that fit a duty of a post at a place of a level, in their order.

    These are the reminder to whoever owes it (rung 0), and rungs that stand above him: higher than the post's own, and
    not below the place. Nobody is reported to himself, or to somebody whom he is above.
    """
    own = rung_of(post)
    return [
        [rung, hours] for rung, hours in ladder if rung == 0 or (rung > own and RUNG_POSTS[rung][1] <= level)
    ]
