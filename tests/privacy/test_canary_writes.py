"""Nobody writes to, or points at, what lies outside his scope; and what was refused has changed nothing."""

from __future__ import annotations

import pytest

from tests.privacy.world import World
from tests.privacy.writing import Writer

WRITERS = (
    "office",
    "office of a building",
    "system_admin",
    "security_admin",
    "auditor",
    "building head",
    "community",
)


@pytest.mark.parametrize("viewer", WRITERS)
def test_no_page_of_a_strange_row_takes_anything(world: World, viewer: str) -> None:
    writer = Writer(world, viewer).on_strange_rows()
    assert writer.broken == []
    assert writer.sent > 20


@pytest.mark.parametrize("viewer", ["office", "office of a building", "system_admin", "security_admin"])
def test_no_form_takes_a_strange_row(world: World, viewer: str) -> None:
    writer = Writer(world, viewer).in_own_forms()
    print("ACCEPTED", viewer, len(writer.accepted), sorted(writer.accepted))
    assert writer.broken == []
