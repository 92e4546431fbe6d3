"""Duties as staff look for them; a duty's own page is its story, the same for every viewer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from adminkit.lists import WordFilter, chip
from buildings.admin_base import PrecinctFilter, QuarterFilter
from buildings.exporting import ExportsScoped
from buildings.viewer import viewer_of
from duties.as_of import AsOf
from duties.choices import Outcome, Rung, kind_choices
from duties.exports import DutyResource
from duties.filters import STATES, family_asked, family_choices, rung_condition, state_condition
from duties.kinds import related_rows
from duties.models import Duty
from duties.rows import duty_rows
from duties.visibility import disclosure_for
from residents.admin_base import BuildingFilter, CategoryFilter, PreparedAdmin


class StateFilter(WordFilter):
    title, parameter_name = "状态", "state"
    words = STATES
    default = "running"

    def condition(self, word: str) -> Any:
        return state_condition(word, AsOf.now(timezone.now()))


class RungFilter(WordFilter):
    title, parameter_name = "已到级别", "rung"
    words = tuple((str(value), label) for value, label in Rung.choices)

    def condition(self, word: str) -> Any:
        return rung_condition(word)


class FamilyFilter(WordFilter):
    title, parameter_name = "大类", "family"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return family_choices()

    def condition(self, word: str) -> Any:
        return family_asked(word)


class KindFilter(WordFilter):
    title, parameter_name = "种类", "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return kind_choices()

    def condition(self, word: str) -> Any:
        return Q(kind=word)


@admin.register(Duty)
class DutyAdmin(ExportsScoped, PreparedAdmin):
    """Read-only: a duty changes when the facts behind it do."""

    resource_class = DutyResource
    can_add = can_change = False
    list_display = ["address", "shown_person", "shown_category", "due_on", "days", "shown_rung", "holder"]
    list_filter = [
        StateFilter,
        RungFilter,
        CategoryFilter,
        FamilyFilter,
        KindFilter,
        QuarterFilter,
        PrecinctFilter,
        BuildingFilter,
    ]
    search_fields = ["care_record__resident__name"]
    name_search = ["care_record__resident__"]
    search_help_text = "姓名或拼音首字母，如：zxy"
    sortable_by = ()
    ordering = ["due_at", "pk"]
    empty_hint = "登记必访对象或必到事件后，责任会自动建立。"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .select_related(
                "place__parent__parent", "category", "care_record__resident__household", *related_rows()
            )
        )

    def prepare(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        viewer = viewer_of(request)
        disclosure = disclosure_for(viewer, {row.accountable for row in rows})
        for row, shown in zip(rows, duty_rows(rows, disclosure, viewer.now), strict=True):
            row.shown = shown

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Return the list with the number of people behind its rows, named beside that of the duties."""
        found: Any = super().get_changelist_instance(request)
        found.people = found.queryset.order_by().aggregate(
            people=Count("care_record__resident", distinct=True)
        )["people"]
        return found

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not object_id.isdecimal() or request.method != "GET":
            raise Http404
        return HttpResponseRedirect(reverse("duties:duty", args=[object_id]))

    @admin.display(description="地址")
    def address(self, duty: Any) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("duties:duty", args=[duty.pk]), duty.shown.address)

    @admin.display(description="对象")
    def shown_person(self, duty: Any) -> str:
        return duty.shown.person or "—"

    @admin.display(description="类别")
    def shown_category(self, duty: Any) -> SafeString:
        return format_html('{}<span class="quiet"> {}</span>', duty.shown.category, duty.shown.remark)

    @admin.display(description="状态")
    def days(self, duty: Any) -> SafeString:
        return chip(duty.shown.chip, duty.shown.status)

    @admin.display(description="已到级别")
    def shown_rung(self, duty: Any) -> str:
        return duty.shown.rung_label if duty.outcome == Outcome.OVERDUE or duty.rung is not None else "—"

    @admin.display(description="责任人")
    def holder(self, duty: Any) -> SafeString:
        return format_html("{} {}", duty.shown.post_label, duty.shown.holder or chip("nobody", "缺"))
