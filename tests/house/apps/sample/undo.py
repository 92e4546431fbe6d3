"""Taking back benches that an import has written."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from sample.models import Bench

from baibuting.common.portal import RowUndo
from duties.models import DutyClock
from duties.undo import OF_CLOCKS, clocks_along, clocks_erase, duties_told


@transaction.atomic
def benches_erase(*, bench_ids: Collection[int]) -> None:
    """Erase benches with their clocks and duties, of which nobody was told."""
    clocks = list(DutyClock.objects.select_for_update().filter(bench__in=bench_ids))
    Bench.objects.filter(pk__in=bench_ids).delete()
    clocks_erase(clocks=clocks)


def benches_told(bench_ids: Collection[int]) -> set[int]:
    """Return the benches of which somebody has heard: they stay."""
    duties = dict(DutyClock.objects.filter(bench__in=bench_ids).values_list("duties", "bench"))
    return {duties[duty_id] for duty_id in duties_told([pk for pk in duties if pk])}


UNDOES = (
    RowUndo(
        "sample.bench",
        5,
        "张",
        "长椅",
        erase=lambda pks, now: benches_erase(bench_ids=pks),
        told=benches_told,
        along=lambda pks: clocks_along(DutyClock.objects.filter(bench__in=pks)),
        derived=OF_CLOCKS,
    ),
)
