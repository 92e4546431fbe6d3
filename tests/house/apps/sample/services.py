"""Writes on benches."""

from __future__ import annotations

from django.db import transaction
from sample.models import Bench

from buildings.models import Place


@transaction.atomic
def bench_create(*, place: Place, name: str) -> Bench:
    """Put up a bench. Raises ValidationError for a name that cannot be one."""
    bench = Bench(place=place, name=name.strip())
    bench.full_clean()
    bench.save()
    return bench
