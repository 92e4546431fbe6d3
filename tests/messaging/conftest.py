"""The providers, and channels that are switched on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.messaging.fake_providers import Providers


@pytest.fixture
def providers(settings: Any) -> Iterator[Providers]:
    settings.PUBLIC_URL = "https://wangge.example.cn"
    with Providers() as made:
        made.be_used(settings)
        yield made
