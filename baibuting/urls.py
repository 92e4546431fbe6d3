"""Every address of the portal."""

from django.contrib import admin
from django.urls import path

from baibuting.healthz import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
]
