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


class Router(SimpleRouter):
    """A router that names its addresses with underscores, as all others are: `api:care_record_list`."""

    routes = [route._replace(name=route.name.replace("-", "_")) for route in SimpleRouter.routes]


app_name = "api"
router = Router(use_regex_path=False)
taking = {VISIT: VisitViewSet, INCIDENT: IncidentViewSet}  # lists that programs also write to
for kind in row_kinds().values():
    router.register(kind.path, taking.get(kind.code) or list_of(kind), kind.code)

urlpatterns = [
    *router.urls,
    path("stats/", StatsView.as_view(), name="stats"),
    path("changes/", ChangesView.as_view(), name="changes"),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", documentation, name="docs"),
    re_path("", unknown_address, name="unknown_address"),
]
