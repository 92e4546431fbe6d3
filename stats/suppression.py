"""Which figures may leave a community: none below five, and none from which such a one could be worked out.

Figures lie in a tree of places and are broken down (by category, by rung). Subtracting the others from the sum would
disclose a hidden figure. So a family (the places under one parent) is shown whole or not at all, and nothing is shown
below what is hidden. In a shown family a breakdown leaves out at least two parts, whose sum is five or more at every
place; further down never fewer. docs/adr/0041 has the proof. Which figures are shown depends on the community's
figures alone, not on who asks or how: two answers together disclose no more than one.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

SMALLEST = 5

Parts = Mapping[Hashable, int]


@dataclass(slots=True)
class Shown:
    """What may be disclosed: places whose total is, and by place the parts of the breakdown that are."""

    totals: set[int] = field(default_factory=set)
    parts: dict[int, frozenset[Hashable]] = field(default_factory=dict)


def shown(
    roots: Iterable[int],
    children: Mapping[int, Sequence[int]],
    parts: Mapping[int, Parts],
    names: Iterable[Hashable],
) -> Shown:
    """Return what may be disclosed of one figure. `parts` are its parts by place (missing: none), `names` all parts."""
    found = Shown()
    every = frozenset(names)
    for root in roots:
        _family([root], frozenset(), children, parts, every, found)
    return found


def _family(
    places: Sequence[int],
    hidden_above: frozenset[Hashable],
    children: Mapping[int, Sequence[int]],
    parts: Mapping[int, Parts],
    every: frozenset[Hashable],
    found: Shown,
) -> None:
    if any(sum(parts.get(place, {}).values()) < SMALLEST for place in places):
        return
    hidden = _hidden_parts([parts.get(place, {}) for place in places], hidden_above, every)
    for place in places:
        found.totals.add(place)
        found.parts[place] = every - hidden
        if children.get(place):
            _family(children[place], hidden, children, parts, every, found)


def _hidden_parts(
    family: Sequence[Parts], hidden_above: frozenset[Hashable], every: frozenset[Hashable]
) -> frozenset[Hashable]:
    """Return the parts to leave out: those too small somewhere, and then the smallest until they cover one another."""
    small = {name for name in every if any(part.get(name, 0) < SMALLEST for part in family)}
    hidden = set(hidden_above | small)
    left = sorted(every - hidden, key=lambda name: (sum(part.get(name, 0) for part in family), str(name)))
    while hidden and left and not _cover_one_another(family, hidden):
        hidden.add(left.pop(0))
    return frozenset(hidden)


def _cover_one_another(family: Sequence[Parts], hidden: set[Hashable]) -> bool:
    """Return whether hidden parts total five or more everywhere; one is smaller somewhere, so they are at least two."""
    return all(sum(part.get(name, 0) for name in hidden) >= SMALLEST for part in family)
