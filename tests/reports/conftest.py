"""Every page of these tests is asked for on 11 March 2026, nine in the morning."""

from __future__ import annotations

import pytest

from tests.factories import Community, community
from tests.visits.people import stop_the_clock


@pytest.fixture(autouse=True)
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch)


@pytest.fixture
def home() -> Community:
    return community()
