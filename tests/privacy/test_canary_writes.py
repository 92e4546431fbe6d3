"""Nobody writes to, or points at, what lies outside his scope; and what was refused has changed nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.privacy.world import World
from tests.privacy.writing import Writer

WRITERS = (
    "office",
    "office of a precinct",
    "system_admin",
    "security_admin",
    "auditor",
    "building head",
    "community",
)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Refusals by the thousand need no log."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("viewer", WRITERS)
def test_no_page_of_a_strange_row_takes_anything(world: World, viewer: str) -> None:
    writer = Writer(world, viewer).on_strange_rows()
    assert writer.broken == []
    assert writer.sent > 20


# forms that are taken when filled in honestly, and choices of rows in them, at the least
FORMS = {
    "office": (25, 25),
    "office of a precinct": (20, 20),
    "system_admin": (3, 0),
    "security_admin": (1, 1),
}


@pytest.mark.parametrize("viewer", FORMS)
def test_no_form_takes_a_strange_row(world: World, viewer: str) -> None:
    writer = Writer(world, viewer).in_own_forms()
    assert writer.broken == []
    accepted, pointed = FORMS[viewer]
    assert len(writer.accepted) >= accepted, writer.accepted
    assert len(writer.pointed) >= pointed, writer.pointed
