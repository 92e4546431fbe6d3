"""What looking at a bench says of itself as a duty."""

from __future__ import annotations

from duties.choices import Family
from duties.kinds import Kind
from duties.models import Duty


class Look(Kind):
    """A look at a new bench."""

    code, label, family, source = "bench_look", "长椅查看", Family.PERIODIC, "benches"
    verb, related = "查看", ("clock__bench",)

    def address(self, duty: Duty) -> str:
        """Return the building and the bench: "怡康苑 第一片区 101栋 东门长椅"."""
        return f"{super().address(duty)} {duty.clock.bench}"
