"""The layers of the project (floors), lowest first: the one place where an app is named.

An app imports apps of lower floors and nothing of its own floor or of a higher one. INSTALLED_APPS, the order of
apps on pages made from their portals (`baibuting.common.portal`) and the rules of `tests/house/` derive from this
table. Below all floors is `baibuting.common`, which imports no app; above them the rest of `baibuting`, the frame of
the site, which no app imports. A new app is a folder and its name here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Floor:
    """Apps on one level. Several are siblings: none of them imports another."""

    holds: str
    apps: tuple[str, ...]


FLOORS: tuple[Floor, ...] = (
    Floor("the audit trail: who did what with whose data, and the chain that proves it", ("audit",)),
    Floor("what every page of the admin has in common, where it knows no place", ("adminkit",)),
    Floor("who signs in, and what a role may do", ("accounts",)),
    Floor("copies of the whole database: made, tried out, kept, brought back", ("backups",)),
    Floor("the tree of places, and who sees which part of it", ("buildings",)),
    Floor("people and care records: the privacy perimeter", ("residents",)),
    Floor("who holds which post, and who answers for a building", ("cadres",)),
    Floor("the clock: what must be done by when, and what happened on the ladder", ("duties",)),
    Floor("reaching people: by which channel each was told of what, and what came of it", ("messaging",)),
    # domains, which channels show; a later one may build on an earlier one
    Floor("visits and incidents, the rules that make duties of them", ("visits",)),
    Floor("teams, volunteers, and party members paired with a building", ("volunteers",)),
    Floor("what the holder of a post does in every period: rules of it, and who owes what", ("routines",)),
    Floor("meetings, lectures and activities: planned, signed up for, called over", ("gatherings",)),
    Floor("concerns: what residents ask the office for, and what became of it", ("concerns",)),
    Floor("changes that cadres report and the office decides about", ("proposals",)),
    Floor("repairs of what residents share: several parties, a clock for each", ("repairs",)),
    Floor("what those who work with the portal think of it, and what the office answers", ("feedback",)),
    Floor("figures: what of all that is counted, and what of it may leave a community", ("stats",)),
    # channels: interfaces to the floors below; they take contributions of domains by their portals
    Floor(
        "channels: files in, reports out, notice boards, phones, programs, a game on the wall",
        ("rosters", "reports", "boards", "phone", "api", "quotes"),
    ),
    Floor("the pages at a desk, which show what all of those know", ("desk",)),
    Floor("one search: who and what the viewer may find, with a link to its page", ("search",)),
    Floor("how everything is done, in words, for those who do it", ("guides",)),
    Floor("a made-up community for a look and for training; nothing needs it", ("demo",)),
)

APPS: tuple[str, ...] = tuple(app for floor in FLOORS for app in floor.apps)


def importable_by(app: str) -> frozenset[str]:
    """Return the apps an app may import: itself and all of lower floors; itself alone for one on no floor."""
    found: set[str] = set()
    for floor in FLOORS:
        if app in floor.apps:
            return frozenset({app, *found})
        found.update(floor.apps)
    return frozenset({app})
