"""The lists."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_view

from api.choices import Grant, RowKind
from api.views.base import ScopedViewSet
from api.views.filters import (
    AppointmentFilters,
    CareRecordFilters,
    DutyFilters,
    IncidentFilters,
    TreeFilters,
    VisitFilters,
)
from api.views.kinds import SHOWN
from buildings.scope import ScopedQuerySet


class RowViewSet(ScopedViewSet):
    """The list of a kind of row."""

    kind: ClassVar[RowKind]

    def rows(self) -> ScopedQuerySet[Any]:
        return SHOWN[self.kind].rows.all()

    def get_serializer_class(self) -> Any:
        return SHOWN[self.kind].row


def _described(what: str, order: str) -> Any:
    return extend_schema_view(
        list=extend_schema(summary=f"{what}列表", description=order),
        retrieve=extend_schema(summary=f"一条{what}", description="按 id 取一条；不在范围内的视同没有。"),
    )


@_described("楼栋与区域", "按社区、id 排列。")
class PlaceViewSet(RowViewSet):
    kind, grant = RowKind.PLACE, Grant.PLACES
    order = ("community_id", "id")
    filterset_class = TreeFilters


@_described("任职", "按 id 排列。")
class AppointmentViewSet(RowViewSet):
    kind, grant = RowKind.APPOINTMENT, Grant.APPOINTMENTS
    names_grant = Grant.CADRE_NAMES
    order = ("id",)
    filterset_class = AppointmentFilters


@_described("必访对象", "按社区、id 排列。姓名遮掩；敏感类别只称“重点对象”（focus）。")
class CareRecordViewSet(RowViewSet):
    kind, grant = RowKind.CARE_RECORD, Grant.CARE_RECORDS
    names_grant = Grant.RESIDENT_NAMES
    order = ("community_id", "id")
    filterset_class = CareRecordFilters


@_described("责任", "按社区、逾期时刻、id 排列。")
class DutyViewSet(RowViewSet):
    kind, grant = RowKind.DUTY, Grant.DUTIES
    order = ("community_id", "due_at", "id")
    filterset_class = DutyFilters


class VisitList(RowViewSet):
    kind, grant = RowKind.VISIT, Grant.VISITS
    order = ("community_id", "visited_at", "id")
    filterset_class = VisitFilters


class IncidentList(RowViewSet):
    kind, grant = RowKind.INCIDENT, Grant.INCIDENTS
    order = ("community_id", "occurred_at", "id")
    filterset_class = IncidentFilters
