"""按时率: duties that fell due in a month and their outcome, by area; counted as every figure of duties is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from django.db.models import Count

from buildings.models import Place
from buildings.reporting import Report, Row
from buildings.selectors import TREE_ORDER, path_ids
from duties.as_of import JUDGED, due_within, family_condition, on_time_percent
from duties.choices import Outcome
from duties.models import Duty
from duties.selectors import countings

_SHOWN = (
    Outcome.IN_TIME,
    Outcome.LATE,
    Outcome.MISSED,
    Outcome.OVERDUE,
    Outcome.OPEN,
    Outcome.CANCELLED,
)


class Punctuality(Report):
    columns = ("范围", "应办", "按时", "逾期后完成", "未完成", "仍逾期", "未到期", "已取消", "按时率（%）")
    numbers = columns[1:]
    is_numbered = False
    is_wide = False
    no_rows = "这里还没有楼栋。"

    def count(self) -> int:
        return Place.objects.within(self.scope).filter(level__lte=self.lowest).count()

    def rows(self) -> Iterator[Row]:
        """Yield the place as a whole, then its areas. Two queries, whatever the size."""
        counts = self._counts()
        yield self._row("合计", counts[self.asked.place.pk])
        places = Place.objects.within(self.scope).filter(level__lte=self.lowest)
        places = places.exclude(pk=self.asked.place.pk).select_related("parent__parent")
        for place in places.order_by(*TREE_ORDER):
            if place.closed_on is None or counts[place.pk]:
                yield self._row(place.full_name, counts[place.pk])

    def _row(self, name: str, found: Counter[str]) -> Row:
        percent = on_time_percent(found[Outcome.IN_TIME], sum(found[outcome] for outcome in JUDGED))
        shown = [found[outcome] for outcome in _SHOWN]
        return [name, found.total(), *shown, "—" if percent is None else percent]

    def _counts(self) -> dict[int, Counter[str]]:
        """Return duties by place, the places above included, and by outcome."""
        duties = Duty.objects.within(self.scope).filter(
            family_condition(),
            due_within(self.asked.first_on, self.asked.last_on),
            community=self.asked.place.community_id,
        )
        grouped = duties.order_by().values_list("place__path", "outcome").annotate(Count("pk"))
        counts: dict[int, Counter[str]] = defaultdict(Counter)
        for path, outcome, count in grouped:
            for place_id in path_ids(path):
                counts[place_id][outcome] += count
        return counts

    def summary(self, rows: Sequence[Row]) -> str:
        formula = "按时率＝按时÷（按时＋逾期后完成＋未完成＋仍逾期）；未到期和已取消的不计"
        remarks = [one.remark(self.asked.first_on) for one in countings([self.asked.place.community_id])]
        return "；".join([formula, *filter(None, remarks)])
