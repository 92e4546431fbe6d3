"""两长四员花名册: one row a building, its six posts side by side, as the office keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from django.db.models import Prefetch, Q, QuerySet

from buildings.choices import Level
from buildings.reporting import Report, ReportRequest, Row
from buildings.selectors import TREE_ORDER
from cadres.choices import BUILDING_POSTS
from cadres.exports import StaffResource
from cadres.models import Appointment, BuildingStaff
from cadres.selectors import in_force

_BEFORE_POSTS = ("苑区", "片区", "楼栋")


class Roster(Report):
    columns = (
        *_BEFORE_POSTS,
        *(f"{post.label}/{what}" for post in BUILDING_POSTS for what in ("姓名", "联系电话")),
    )
    no_rows = "这里还没有楼栋。"

    def __init__(self, asked: ReportRequest) -> None:
        super().__init__(asked)
        self.resource = StaffResource(viewer=asked.viewer, is_full=asked.is_full)

    @property
    def may_come_back(self) -> bool:
        """Return whether it may be imported again: an earlier day's would put people back into posts they have left."""
        return self.asked.last_on == self.asked.viewer.today

    def _buildings(self) -> QuerySet[BuildingStaff]:
        day = self.asked.last_on
        posts = Appointment.objects.within(self.scope).filter(in_force(day), post__in=BUILDING_POSTS)
        held = posts.select_related("cadre").order_by("started_on", "pk")
        standing = Q(closed_on=None) | Q(closed_on__gt=day)
        buildings = BuildingStaff.objects.within(self.scope).filter(standing, level=Level.BUILDING)
        shown: Any = buildings.prefetch_related(Prefetch("appointments", held, to_attr="held_today"))
        return cast("QuerySet[BuildingStaff]", shown.select_related("parent__parent").order_by(*TREE_ORDER))

    def count(self) -> int:
        return self._buildings().count()

    def rows(self) -> Iterator[Row]:
        for building in self.resource.iter_queryset(self._buildings()):
            yield self.resource.export_resource(building)

    def summary(self, rows: Sequence[Row]) -> str:
        first = len(_BEFORE_POSTS)
        held = sum(bool(name) for row in rows for name in row[first::2])
        posts = len(rows) * len(BUILDING_POSTS)
        return f"共 {len(rows)} 栋，应配 {posts} 人次，在任 {held}，空缺 {posts - held}"
