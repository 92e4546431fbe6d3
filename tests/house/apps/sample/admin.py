"""The list of benches."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from sample.models import Bench
from sample.services import bench_create

from buildings.admin_base import ScopedAdmin


@admin.register(Bench)
class BenchAdmin(ScopedAdmin):
    list_display = ["name", "place"]
    fields = ["place", "name"]
    can_change = False

    def create_with(self, request: HttpRequest, form: Any) -> Bench:
        return bench_create(**form.cleaned_data, now=timezone.now())
