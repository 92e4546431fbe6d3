"""Places for the benchmarks."""

from __future__ import annotations

from datetime import date


def seed_places(*, buildings: int) -> tuple[int, int]:
    """Create a live community with one 苑区, one 片区 and that many 楼栋; return its id and the first building's.

    The buildings' ids are consecutive.
    """
    from buildings.choices import Level
    from buildings.services import place_create
    from duties.models import GoLive

    community = place_create(level=Level.COMMUNITY, name="测算社区")
    GoLive.objects.create(community=community, on=date(2000, 1, 1))
    quarter = place_create(level=Level.QUARTER, name="测算苑", parent=community)
    precinct = place_create(level=Level.PRECINCT, name="第一片区", parent=quarter)
    ids = [
        place_create(level=Level.BUILDING, name=f"{number}栋", parent=precinct).pk
        for number in range(1, buildings + 1)
    ]
    return community.pk, ids[0]
