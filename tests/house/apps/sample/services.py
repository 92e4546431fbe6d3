"""Writes on benches."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from sample.models import Bench

from buildings.models import Place
from duties.models import DutyClock
from duties.services import clock_create, clocks_align


@transaction.atomic
def bench_create(*, place: Place, name: str, now: datetime) -> Bench:
    """Put up a bench. Raises ValidationError for a name that cannot be one."""
    bench = Bench(place=place, name=name.strip(), put_up_at=now)
    bench.full_clean(exclude=["clock"])
    bench.clock = clock_create(source="benches", community_id=place.community_id, next_check_at=now)
    bench.save()
    return bench


@transaction.atomic
def bench_look_at(*, bench: Bench, now: datetime) -> None:
    """Say that somebody has looked at a bench."""
    clocks = list(DutyClock.objects.select_for_update().filter(pk=bench.clock_id))
    Bench.objects.filter(pk=bench.pk).update(looked_at=now)
    clocks_align(clocks=clocks, now=now)
