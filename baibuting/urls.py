"""Every address of the portal: the frame's own, and those of all apps."""

from django.contrib import admin
from django.urls import include, path

from baibuting.common.portal import portals
from baibuting.healthz import healthz, livez
from baibuting.metrics import metrics

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("livez", livez, name="livez"),
    path("metrics", metrics, name="metrics"),
    path("admin/", admin.site.urls),
    *(path(urls.prefix, include(urls.urlconf)) for portal in portals().values() for urls in portal.urls),
]

handler500 = "baibuting.unavailable.server_error"
