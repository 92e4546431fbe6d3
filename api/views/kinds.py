"""The kinds of rows of lower floors that the interface itself shows; other apps declare theirs."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch

from api.choices import Grant
from api.views.filters import (
    AppointmentFilters,
    CareRecordFilters,
    DutyFilters,
    IncidentFilters,
    TreeFilters,
    VisitFilters,
)
from api.views.rows import AppointmentRow, CareRecordRow, DutyRow, IncidentRow, PlaceRow, VisitRow
from baibuting.common.portal import RowKind
from buildings.models import Place
from cadres.models import Appointment
from duties.models import Duty
from residents.models import CareRecord
from visits.models import Arrival, Incident, Visit

VISIT, INCIDENT = "visit", "incident"
ARRIVALS: Any = Prefetch("arrivals", Arrival.objects.unscoped("of incidents in the scope"))

KINDS = (
    RowKind(
        "place",
        "places",
        "楼栋与区域",
        Grant.PLACES,
        lambda: Place.objects.all(),
        PlaceRow,
        ("community_id", "id"),
        "按社区、id 排列。",
        position=10,
        filters=TreeFilters,
    ),
    RowKind(
        "appointment",
        "appointments",
        "任职",
        Grant.APPOINTMENTS,
        lambda: Appointment.objects.select_related("cadre"),
        AppointmentRow,
        ("id",),
        "按 id 排列。",
        position=20,
        filters=AppointmentFilters,
        names_grant=Grant.CADRE_NAMES,
    ),
    RowKind(
        "care_record",
        "care-records",
        "必访对象",
        Grant.CARE_RECORDS,
        lambda: CareRecord.objects.select_related("category", "resident__household"),
        CareRecordRow,
        ("community_id", "id"),
        "按社区、id 排列。姓名遮掩；敏感类别只称“重点对象”（focus）。",
        position=30,
        filters=CareRecordFilters,
        names_grant=Grant.RESIDENT_NAMES,
    ),
    RowKind(
        "duty",
        "duties",
        "责任",
        Grant.DUTIES,
        lambda: Duty.objects.select_related("category", "clock__incident"),
        DutyRow,
        ("community_id", "due_at", "id"),
        "按社区、逾期时刻、id 排列。",
        position=40,
        filters=DutyFilters,
    ),
    RowKind(
        VISIT,
        "visits",
        "走访",
        Grant.VISITS,
        lambda: Visit.objects.select_related("resident"),
        VisitRow,
        ("community_id", "visited_at", "id"),
        "按社区、走访时间、id 排列，从早到晚。",
        position=50,
        filters=VisitFilters,
    ),
    RowKind(
        INCIDENT,
        "incidents",
        "必到事件",
        Grant.INCIDENTS,
        lambda: Incident.objects.prefetch_related(ARRIVALS),
        IncidentRow,
        ("community_id", "occurred_at", "id"),
        "按社区、发生时间、id 排列，从早到晚。",
        position=60,
        filters=IncidentFilters,
    ),
)
