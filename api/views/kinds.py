"""The kinds of rows: where each comes from and how it is shown, for its list and for the change feed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch

from api.choices import Grant, RowKind
from api.views.rows import AppointmentRow, CareRecordRow, DutyRow, IncidentRow, PlaceRow, Row, VisitRow
from buildings.models import Place
from buildings.scope import ScopedQuerySet
from cadres.models import Appointment
from duties.models import Duty
from residents.models import CareRecord
from visits.models import Arrival, Incident, Visit


@dataclass(frozen=True, slots=True)
class Shown:
    """How a kind of row is read and shown. `names_grant` is the grant under which it shows names in full."""

    rows: ScopedQuerySet[Any]
    row: type[Row]
    names_grant: Grant | None = None


ARRIVALS: Any = Prefetch("arrivals", Arrival.objects.unscoped("of incidents in the scope"))
SHOWN: dict[RowKind, Shown] = {
    RowKind.PLACE: Shown(Place.objects.all(), PlaceRow),
    RowKind.APPOINTMENT: Shown(
        Appointment.objects.select_related("cadre"), AppointmentRow, Grant.CADRE_NAMES
    ),
    RowKind.CARE_RECORD: Shown(
        CareRecord.objects.select_related("category", "resident__household"),
        CareRecordRow,
        Grant.RESIDENT_NAMES,
    ),
    RowKind.DUTY: Shown(Duty.objects.select_related("category", "clock__incident"), DutyRow),
    RowKind.VISIT: Shown(Visit.objects.select_related("resident"), VisitRow),
    RowKind.INCIDENT: Shown(Incident.objects.prefetch_related(ARRIVALS), IncidentRow),
}
