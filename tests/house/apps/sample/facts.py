"""What a bench asks for: to be looked at once, within a week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sample.models import Bench

from baibuting.common.days import local_day, midnight
from cadres.choices import Post
from duties.models import DutyClock
from duties.sources import ClockFacts, Obligation

WITHIN = timedelta(days=7)
LADDER = [[0, -48], [1, 0], [2, 24]]


def bench_facts(clocks: Sequence[DutyClock], now: datetime) -> list[ClockFacts]:
    """The facts of benches' clocks. One query."""
    return [_facts(bench) for bench in Bench.objects.filter(clock__in=clocks).select_related("clock")]


def _facts(bench: Bench) -> ClockFacts:
    opened_on = local_day(bench.put_up_at)
    due_on = opened_on + WITHIN
    look = Obligation(
        kind="bench_look",
        accountable_post=Post.BUILDING_HEAD,
        opened_on=opened_on,
        due_on=due_on,
        due_at=midnight(due_on + timedelta(days=1)),
        ladder=LADDER,
        done_at=bench.looked_at,
    )
    return ClockFacts(
        clock=bench.clock,
        place_id=bench.place_id,
        category_id=None,
        obligations=[look],
        ended_at=None,
        known_since=bench.put_up_at,
        next_opening_at=None,
    )
