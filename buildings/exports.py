"""The workbook of the list of places, in the layout of the importable list of buildings."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from buildings.choices import Level
from buildings.exporting import Column, ScopedResource
from buildings.models import Place


def area_names(building: Place) -> tuple[str, str]:
    """Return the names of 苑区 and 片区 of a building. Needs parent__parent loaded."""
    precinct = building.parent
    quarter = precinct.parent if precinct is not None else None
    return (quarter.name if quarter else "", precinct.name if precinct else "")


class PlaceResource(ScopedResource):
    """One row per building."""

    title = "楼栋清单"
    quarter = Column("苑区")
    precinct = Column("片区")
    building = Column("楼栋", "name")
    entrance_count = Column("单元数", "entrance_count")
    floor_count = Column("层数", "floor_count")
    household_count = Column("户数", "household_count")
    remark = Column("备注", "remark")
    closed_on = Column("停用日期", "closed_on")

    def filter_export(self, queryset: Any, **options: Any) -> QuerySet[Any]:
        buildings = super().filter_export(queryset, **options).filter(level=Level.BUILDING)
        return buildings.select_related("parent__parent")

    def dehydrate_quarter(self, building: Place) -> str:
        return area_names(building)[0]

    def dehydrate_precinct(self, building: Place) -> str:
        return area_names(building)[1]
