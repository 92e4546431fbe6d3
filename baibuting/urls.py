"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

from baibuting.healthz import healthz
from phone.views.silent import phone_list

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("", include("accounts.urls")),
    path("", include("cadres.urls")),
    path("", include("desk.urls")),
    path("", include("duties.urls")),
    path("", include("visits.urls")),
    path("admin/", admin.site.urls),
    path("rosters/", include("rosters.urls")),
    path("reports/", include("reports.urls")),
    path("", include("boards.urls")),
    path("api/v1/", include("api.urls")),
    path("phones/", phone_list, name="phones"),
    path("m/", include("phone.urls")),
]
