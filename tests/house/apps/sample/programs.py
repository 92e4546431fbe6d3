"""Benches as programs read them."""

from __future__ import annotations

from sample.models import Bench

from buildings.programs import Row


class BenchRow(Row):
    class Meta:
        model = Bench
        fields = read_only_fields = ["id", "place", "name"]
