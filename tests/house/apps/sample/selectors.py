"""Reading benches."""

from __future__ import annotations

from django.db.models import Count
from sample.models import Bench

from buildings.scope import Scope
from duties.as_of import AsOf


def benches_at(scope: Scope, moment: AsOf) -> dict[int, int]:
    """Return how many benches stood at each place at a moment. One query."""
    rows = Bench.objects.within(scope).filter(put_up_at__lt=moment.at).order_by()
    return dict(rows.values_list("place").annotate(Count("pk")))
