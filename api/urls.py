from __future__ import annotations

from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from api.views.changes import ChangesView
from api.views.documentation import SchemaView, documentation
from api.views.problems import unknown_address
from api.views.resources import AppointmentViewSet, CareRecordViewSet, DutyViewSet, PlaceViewSet
from api.views.stats import StatsView
from api.views.writing import IncidentViewSet, VisitViewSet

router = SimpleRouter(use_regex_path=False)
router.register("places", PlaceViewSet, "api-place")
router.register("appointments", AppointmentViewSet, "api-appointment")
router.register("care-records", CareRecordViewSet, "api-care-record")
router.register("duties", DutyViewSet, "api-duty")
router.register("visits", VisitViewSet, "api-visit")
router.register("incidents", IncidentViewSet, "api-incident")

urlpatterns = [
    *router.urls,
    path("stats/", StatsView.as_view(), name="api-stats"),
    path("changes/", ChangesView.as_view(), name="api-changes"),
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", documentation, name="api-docs"),
    re_path("", unknown_address),
]
