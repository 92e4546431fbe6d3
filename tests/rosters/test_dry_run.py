"""A dry run tells what an import would do, and writes nothing."""

from __future__ import annotations

import pytest

from tests.rosters.tables import load
from tests.rosters.test_given_rosters import FILES, everything

pytestmark = pytest.mark.django_db


def test_it_works() -> None:
    load("places", FILES[0])
    before = everything()
    report = load("care", FILES[2], dry_run=True)
    assert (report.accepted, report.created) == (414, 519)
    assert everything() == before
