from __future__ import annotations

from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from api.rules import row_kinds
from api.views.changes import ChangesView
from api.views.documentation import SchemaView, documentation
from api.views.kinds import INCIDENT, VISIT
from api.views.problems import unknown_address
from api.views.resources import list_of
from api.views.stats import StatsView
from api.views.writing import IncidentViewSet, VisitViewSet

router = SimpleRouter(use_regex_path=False)
taking = {VISIT: VisitViewSet, INCIDENT: IncidentViewSet}  # lists that programs also write to
for kind in row_kinds().values():
    view = taking.get(kind.code) or list_of(kind)
    router.register(kind.path, view, f"api-{kind.code.replace('_', '-')}")

urlpatterns = [
    *router.urls,
    path("stats/", StatsView.as_view(), name="api-stats"),
    path("changes/", ChangesView.as_view(), name="api-changes"),
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", documentation, name="api-docs"),
    re_path("", unknown_address),
]
