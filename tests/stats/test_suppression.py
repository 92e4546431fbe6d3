"""What goes outside a community: no figure below five, and none from which one could be worked out."""

from __future__ import annotations

from collections.abc import Hashable
from fractions import Fraction
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.suppression import SMALLEST, Shown, shown

NAMES = ("a", "b", "c")
Cell = tuple[int, Hashable]


class Tree:
    """A community with figures at its buildings, added up on every level."""

    def __init__(self, shape: object) -> None:
        self.children: dict[int, list[int]] = {}
        self.parts: dict[int, dict[Hashable, int]] = {}
        self._ids = count(1)
        self.root = self._grow(shape)

    def _grow(self, shape: object) -> int:
        own = next(self._ids)
        if isinstance(shape, tuple):
            self.parts[own] = dict(zip(NAMES, shape, strict=True))
            return own
        assert isinstance(shape, list)
        self.children[own] = [self._grow(part) for part in shape]
        self.parts[own] = {
            name: sum(self.parts[child][name] for child in self.children[own]) for name in NAMES
        }
        return own

    def shown(self) -> Shown:
        return shown([self.root], self.children, self.parts, NAMES)


def test_it_works() -> None:
    tree = Tree([(20, 30, 40), (50, 60, 70)])
    found = tree.shown()
    assert found.totals == set(tree.parts)
    assert set(found.parts.values()) == {frozenset(NAMES)}


def test_one_small_place_hides_its_whole_family_and_what_is_below() -> None:
    tree = Tree([[(9, 9, 9), (9, 9, 9)], [(1, 1, 1), (0, 0, 1)]])
    found = tree.shown()
    assert found.totals == {1}  # the second 苑区 has 4: neither it nor its neighbour nor their buildings


def test_one_small_part_takes_the_next_smallest_with_it() -> None:
    found = Tree([(20, 30, 40), (50, 3, 70)]).shown()
    assert found.parts[1] == frozenset(NAMES)
    assert found.parts[2] == found.parts[3] == frozenset({"c"})  # b is small somewhere, a covers it


def test_two_small_parts_whose_sum_is_small_take_a_third() -> None:
    found = Tree((2, 2, 70)).shown()
    assert found.totals == {1}
    assert found.parts[1] == frozenset()


def test_a_part_hidden_above_stays_hidden_below() -> None:
    tree = Tree([[(20, 3, 40), (30, 20, 50)], [(60, 60, 60), (60, 60, 60)]])
    found = tree.shown()
    first, second = tree.children[1]
    assert found.parts[first] == found.parts[second] == frozenset(NAMES)
    tree = Tree([[(20, 1, 40), (30, 1, 50)], [(60, 60, 60), (60, 60, 60)]])
    found = tree.shown()
    for quarter in tree.children[1]:
        assert "b" not in found.parts[quarter]
        assert all("b" not in found.parts[place] for place in tree.children[quarter])


leaf = st.tuples(*[st.integers(0, 12)] * len(NAMES))
trees = st.recursive(leaf, lambda inner: st.lists(inner, min_size=1, max_size=3), max_leaves=8).map(Tree)


@settings(max_examples=300, deadline=None)
@given(trees)
def test_no_hidden_figure_can_be_worked_out(tree: Tree) -> None:
    """Whoever knows all that is shown, and that figures add up, can solve for no hidden total or part.

    Every sum of hidden figures that can be solved for is five or more, too.
    """
    found = tree.shown()
    known = {(place, None): True for place in found.totals}
    known |= {(place, name): True for place, names in found.parts.items() for name in names}
    for (place, name), _ in known.items():
        value = sum(tree.parts[place].values()) if name is None else tree.parts[place][name]
        assert value >= SMALLEST
    cells: list[Cell] = [(place, name) for place in tree.parts for name in (None, *NAMES)]
    unknown = [cell for cell in cells if cell not in known]
    position = {cell: number for number, cell in enumerate(unknown)}
    rows = []
    for place in tree.parts:
        rows.append(_row(position, [(place, None)], [(place, name) for name in NAMES]))
        for name in (None, *NAMES):
            if tree.children.get(place):
                rows.append(
                    _row(position, [(place, name)], [(child, name) for child in tree.children[place]])
                )
    solved = _reduced(rows)
    for row in solved:
        named = [unknown[number] for number, factor in enumerate(row) if factor]
        assert len(named) != 1, f"{named} can be worked out"
        if all(factor in (0, 1) for factor in row) and len({place for place, _ in named}) == 1:
            place = named[0][0]
            total = sum(
                sum(tree.parts[place].values()) if name is None else tree.parts[place][name]
                for _, name in named
            )
            assert total >= SMALLEST, f"the sum of {named} can be worked out"


def _row(position: dict[Cell, int], one: list[Cell], others: list[Cell]) -> list[Fraction]:
    row = [Fraction(0)] * len(position)
    for factor, cells in ((1, one), (-1, others)):
        for cell in cells:
            if cell in position:
                row[position[cell]] += factor
    return row


def _reduced(rows: list[list[Fraction]]) -> list[list[Fraction]]:
    """Gauss and Jordan: a cell is determined exactly where it stands alone in a row."""
    rows = [row[:] for row in rows]
    rank = 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((number for number in range(rank, len(rows)) if rows[number][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        rows[rank] = [value / rows[rank][column] for value in rows[rank]]
        for number, row in enumerate(rows):
            if number != rank and row[column]:
                factor = row[column]
                rows[number] = [value - factor * own for value, own in zip(row, rows[rank], strict=True)]
        rank += 1
    return rows[:rank]


def test_the_check_itself_finds_a_leak() -> None:
    position: dict[Cell, int] = {(1, "a"): 0, (1, "b"): 1}
    alone = _reduced([_row(position, [(9, None)], [(1, "a")])])
    assert [value != 0 for value in alone[0]] == [True, False]
    assert len(_reduced([_row(position, [], [(1, "a"), (1, "b")])])) == 1


@pytest.mark.parametrize("figures", [(5, 5, 5), (0, 7, 7), (4, 4, 4), (0, 0, 12)])
def test_alone_in_its_family_a_place_still_covers_its_parts(figures: tuple[int, int, int]) -> None:
    test_no_hidden_figure_can_be_worked_out.hypothesis.inner_test(Tree([figures]))  # type: ignore[attr-defined]
