"""The canary crawl: no address shows anybody a byte of what lies outside his scope, in whichever way he asks."""

from __future__ import annotations

import time

import pytest

from tests.privacy.crawl import Crawl
from tests.privacy.world import World

VIEWERS = (
    "building head",
    "precinct",
    "quarter",
    "community",
    "office",
    "office of a building",
    "office no more",
    "district",
    "system_admin",
    "security_admin",
    "auditor",
    "cadre without a post",
    "nobody",
)


@pytest.mark.parametrize("viewer", VIEWERS)
def test_nobody_hears_of_what_lies_outside_his_scope(world: World, viewer: str) -> None:
    started = time.time()
    crawl = Crawl(world, viewer).everything()
    print(viewer, crawl.asked, crawl.answered, time.time() - started)
    print("\n".join(crawl.leaks[:300]))
    assert crawl.leaks == []
    assert crawl.wrong == []
