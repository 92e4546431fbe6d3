"""Days off and make-up working days over the public calendar."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from adminkit.pages import ObjectPage
from buildings.admin_base import SharedAdmin
from buildings.viewer import viewer_of
from visits.models import SpecialDay
from visits.services import special_day_remove, special_day_set


class RemovePage(ObjectPage):
    name, label, submit_label, is_danger = "remove", "删除", "确认删除", True
    explanation = "删除后这一天按国家公布的放假安排计算，受影响的应办日期会重新推算。"

    def applies(self, request: HttpRequest, obj: SpecialDay) -> bool:
        return obj.day >= viewer_of(request).today

    def submit(self, request: HttpRequest, obj: SpecialDay, form: Any) -> HttpResponse:
        special_day_remove(special_day=obj, now=viewer_of(request).now)
        self.admin.message_user(request, f"{obj.day:%Y-%m-%d} 已删除，受影响的责任即将重新推算。")
        return HttpResponseRedirect(reverse("admin:visits_specialday_changelist"))


@admin.register(SpecialDay)
class SpecialDayAdmin(SharedAdmin):
    list_display = ["day", "shown_working", "name"]
    sortable_by = ()
    fields = ["day", "is_working", "name"]
    object_pages = [RemovePage]
    empty_hint = "国家公布的放假安排已经内置，这里只填与之不同的日子，如本单位调休。"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["day"] if obj else []

    def create_with(self, request: HttpRequest, form: Any) -> SpecialDay:
        return special_day_set(now=viewer_of(request).now, **form.cleaned_data)

    def change_with(self, request: HttpRequest, obj: SpecialDay, form: Any) -> SpecialDay:
        return special_day_set(day=obj.day, now=viewer_of(request).now, **form.cleaned_data)

    @admin.display(description="安排")
    def shown_working(self, special: SpecialDay) -> str:
        return "上班" if special.is_working else "放假"
