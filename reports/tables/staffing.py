"""配备率: how many of the six posts are held on a day, by area, and which are vacant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from buildings.choices import Level
from buildings.models import Place
from buildings.reporting import Report, Row
from cadres.choices import BUILDING_POSTS
from cadres.selectors import StaffingRow, staffing_table


class Staffing(Report):
    columns = (
        "范围",
        "楼栋数",
        "应配",
        "在任",
        "空缺",
        "配备率（%）",
        *(f"其中空缺/{post.label}" for post in BUILDING_POSTS),
    )
    numbers = columns[1:]
    is_numbered = False
    no_rows = "这里还没有楼栋。"

    def count(self) -> int:
        return Place.objects.within(self.scope).filter(level__lte=self.lowest).count()

    def rows(self) -> Iterator[Row]:
        table = staffing_table(self.scope, self.asked.last_on, lowest=self.lowest)
        if self.asked.is_partial and table:
            table = [self._total(table), *table]
        for row in table:
            vacant = [row.vacant.get(post, 0) for post in BUILDING_POSTS]
            name = "合计" if row.place.pk == self.asked.place.pk else row.place.full_name
            yield [name, row.buildings, row.posts, row.filled, row.vacancies, row.percent, *vacant]

    def _total(self, table: Sequence[StaffingRow]) -> StaffingRow:
        """Return the total of scattered parts, over their buildings."""
        vacant = Counter[str]()
        buildings = [row for row in table if row.place.level == Level.BUILDING]
        for row in buildings:
            vacant.update(row.vacant)
        return StaffingRow(self.asked.place, len(buildings), dict(vacant))

    def summary(self, rows: Sequence[Row]) -> str:
        areas = "楼栋" if self.lowest == Level.BUILDING else "苑区和片区"
        return f"按{areas}列出" if rows else "没有楼栋"
