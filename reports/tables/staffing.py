"""配备率: how many of the six posts are held on a day, area by area, and which are vacant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from buildings.choices import Level
from buildings.models import Place
from cadres.choices import BUILDING_POSTS
from cadres.selectors import staffing_table
from reports.tables.base import Report, Row, area_cells


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
    no_rows = "这里还没有楼栋。"

    def count(self) -> int:
        return Place.objects.within(self.scope).filter(level__lte=self.lowest).count()

    def rows(self) -> Iterator[Row]:
        for row in staffing_table(self.scope, self.asked.last_on, lowest=self.lowest):
            vacant = [row.vacant.get(post, 0) for post in BUILDING_POSTS]
            name = area_cells(row.place, self.asked.place)
            yield [name, row.buildings, row.posts, row.filled, row.vacancies, row.percent, *vacant]

    def summary(self, rows: Sequence[Row]) -> str:
        areas = "楼栋" if self.lowest == Level.BUILDING else "苑区和片区"
        return f"按{areas}列出" if rows else "没有楼栋"
