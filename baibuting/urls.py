"""Every address of the portal."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path

from baibuting.healthz import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("rosters/", include("rosters.urls")),
]
if find_spec("visits.urls"):
    urlpatterns.append(path("", include("visits.urls")))
