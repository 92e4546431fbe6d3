from __future__ import annotations

from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from api.views.changes import ChangesView
from api.views.documentation import SchemaView, documentation
from api.views.problems import unknown_address
from api.views.resources import AppointmentViewSet, CareRecordViewSet, DutyViewSet, PlaceViewSet
from api.views.stats import StatsView
from api.views.writing import IncidentViewSet, VisitViewSet


class Router(SimpleRouter):
    """Names its addresses with underscores, as all others are: `api:care_record_list`."""

    routes = [route._replace(name=route.name.replace("-", "_")) for route in SimpleRouter.routes]


app_name = "api"
router = Router(use_regex_path=False)
router.register("places", PlaceViewSet, "place")
router.register("appointments", AppointmentViewSet, "appointment")
router.register("care-records", CareRecordViewSet, "care_record")
router.register("duties", DutyViewSet, "duty")
router.register("visits", VisitViewSet, "visit")
router.register("incidents", IncidentViewSet, "incident")

urlpatterns = [
    *router.urls,
    path("stats/", StatsView.as_view(), name="stats"),
    path("changes/", ChangesView.as_view(), name="changes"),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", documentation, name="docs"),
    re_path("", unknown_address, name="unknown_address"),
]
