"""Which steps of a ladder fit a duty. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from buildings.choices import Level
from cadres.choices import RUNG_POSTS, rung_of


def steps_above(post: str, ladder: Iterable[Sequence[int]], level: int = Level.BUILDING) -> list[list[int]]:
    """Return the steps of a ladder, [[rung, hours], …], that fit a duty of a post at a place of a level, in order.

    These are the reminder to the holder (rung 0), and the rungs above: higher than the post's own, and not below the
    place. No cadre is reported to themselves, or to a cadre they are above.
    """
    own = rung_of(post)
    return [
        [rung, hours] for rung, hours in ladder if rung == 0 or (rung > own and RUNG_POSTS[rung][1] <= level)
    ]
