"""What the list of places gives as a workbook: the layout of the list of buildings that is imported."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from import_export.fields import Field

from buildings.choices import Level
from buildings.exporting import ScopedResource
from buildings.models import Place


def area_names(building: Place) -> tuple[str, str]:
    """苑区 and 片区 of a building. Wants parent__parent loaded."""
    precinct = building.parent
    quarter = precinct.parent if precinct is not None else None
    return (quarter.name if quarter else "", precinct.name if precinct else "")


class PlaceResource(ScopedResource):
    """One row a building."""

    title = "楼栋清单"
    quarter = Field(column_name="苑区")
    precinct = Field(column_name="片区")
    building = Field(attribute="name", column_name="楼栋")
    entrance_count = Field(attribute="entrance_count", column_name="单元数")
    floor_count = Field(attribute="floor_count", column_name="层数")
    household_count = Field(attribute="household_count", column_name="户数")
    remark = Field(attribute="remark", column_name="备注")
    closed_on = Field(attribute="closed_on", column_name="停用日期")

    def filter_export(self, queryset: Any, **options: Any) -> QuerySet[Any]:
        buildings = super().filter_export(queryset, **options).filter(level=Level.BUILDING)
        return buildings.select_related("parent__parent")

    def dehydrate_quarter(self, building: Place) -> str:
        return area_names(building)[0]

    def dehydrate_precinct(self, building: Place) -> str:
        return area_names(building)[1]
