"""Visits: entered at the office, voided where mistaken, never deleted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from adminkit.lists import WordFilter, chip, hidden
from adminkit.reveal import RevealPage
from baibuting.common.days import local_day, midnight
from buildings.admin_base import BuildingFilter, ObjectPage, PrecinctFilter, QuarterFilter
from buildings.exporting import ExportsScoped
from buildings.viewer import viewer_of
from cadres.models import Cadre
from duties.choices import Outcome
from duties.models import Duty
from duties.visibility import reads_names
from residents.admin_base import PreparedAdmin
from residents.models import Resident
from visits.choices import Method, VisitOrigin
from visits.exports import VisitResource
from visits.forms import CorrectVisitForm, PersonChoiceField, VisitForm, VoidForm, moment_of
from visits.models import Visit
from visits.selectors import visitor_proposed
from visits.services import SameVisitError, visit_correct, visit_record, visit_void


class VoidPage(ObjectPage):
    name, label, submit_label, is_danger = "void", "作废", "确认作废", True
    form_class = VoidForm
    renamed = {"void_reason": "reason"}
    explanation = "记错的走访作废后仍可查看，但不再算数；由它办结的责任会重新推算。"

    def applies(self, request: HttpRequest, obj: Visit) -> bool:
        return obj.voided_at is None

    def submit(self, request: HttpRequest, obj: Visit, form: Any) -> str:
        visit_void(visit=obj, reason=form.cleaned_data["reason"], now=viewer_of(request).now)
        return "这条走访已作废，相关责任已重新推算。"


class CorrectPage(ObjectPage):
    name, label, submit_label = "correct", "更正", "作废并重记"
    renamed = {"visited_at": "visited_on"}
    explanation = (
        "记错了日期、方式、走访人或内容时办理：原来的一条作废，按这里填写的重新记一条，相关责任重新推算。"
        "记错了人的，请作废后在正确的人名下登记。"
    )

    def applies(self, request: HttpRequest, obj: Visit) -> bool:
        return obj.voided_at is None

    def form(self, request: HttpRequest, obj: Visit, data: Any = None) -> forms.Form:
        cadres = self.admin.choices_of(Cadre, request) or Cadre.objects.none()
        return CorrectVisitForm(data, initial=CorrectVisitForm.initial_of(obj), cadres=cadres)

    def submit(self, request: HttpRequest, obj: Visit, form: Any) -> HttpResponse:
        visit = visit_correct(
            visit=obj,
            reason=form.cleaned_data["reason"],
            now=viewer_of(request).now,
            user=viewer_of(request).user,
            **form.changes(),
        )
        self.admin.message_user(request, "已作废原来的一条并重新记录，相关责任已重新推算。")
        return HttpResponseRedirect(self.admin.object_url(visit))


class VisitReveal(RevealPage):
    label = "查看情况记录"
    fields = ("notes", "request")


class DayFilter(WordFilter):
    title, parameter_name = "走访日期", "day"
    words = (("today", "今天"), ("week", "近 7 天"), ("month", "近 30 天"), ("quarter", "近 90 天"))
    DAYS = {"today": 0, "week": 6, "month": 29, "quarter": 89}

    def condition(self, word: str) -> Q:
        now = timezone.now()
        start = midnight(local_day(now) - timedelta(days=self.DAYS[word]))
        return Q(visited_at__gte=start)


class SeenFilter(WordFilter):
    title, parameter_name = "见到本人", "seen"
    words = (("yes", "见到"), ("no", "未见到"))

    def condition(self, word: str) -> Q:
        return Q(seen=word == "yes")


class VoidFilter(WordFilter):
    title, parameter_name = "状态", "state"
    words = (("valid", "有效"), ("void", "已作废"))
    default = "valid"

    def condition(self, word: str) -> Q:
        return Q(voided_at=None) if word == "valid" else Q(voided_at__isnull=False)


class MethodFilter(WordFilter):
    title, parameter_name = "方式", "method"
    words = Method.choices

    def condition(self, word: str) -> Q:
        return Q(method=word)


@admin.register(Visit)
class VisitAdmin(ExportsScoped, PreparedAdmin):
    resource_class = VisitResource
    form = VisitForm
    fixed = True
    shown_sealed = ("void_reason",)
    list_display = [
        "shown_at",
        "shown_person",
        "address",
        "method",
        "shown_seen",
        "shown_visitor",
        "origin",
        "state",
    ]
    list_filter = [
        VoidFilter,
        MethodFilter,
        SeenFilter,
        DayFilter,
        QuarterFilter,
        PrecinctFilter,
        BuildingFilter,
    ]
    search_fields = ["resident__name"]
    name_search = ["resident__", "visitor__"]
    search_help_text = "对象或走访人的姓名、拼音首字母"
    sortable_by = ("shown_at", "address", "method", "shown_seen")
    autocomplete_fields = ["resident", "visitor"]
    object_pages = [CorrectPage, VisitReveal, VoidPage]
    empty_hint = "走访后在这里登记，也可以导入走访记录。"
    change_form_template = "admin/fact_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .select_related("building__parent__parent", "resident__household", "visitor", "recorded_by")
        )

    def prepare(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        names = reads_names(viewer_of(request))
        for row in rows:
            row.person = row.resident.name if names else str(row.resident)

    # --- fields -----------------------------------------------------------------------------------------------------
    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [
                (None, {"fields": ["resident", "visited_on", "visited_time", "method", "seen"]}),
                ("走访人", {"fields": ["visitor", "visitor_name"], "description": "两项填一项。"}),
                ("情况", {"fields": ["notes", "request", "is_another"]}),
            ]
        shown = ["shown_person", "address", "shown_at", "method", "shown_seen", "shown_visitor"]
        void = ["state", "void_reason"] if obj.voided_at else []
        links = ["shown_corrected_by"] if hasattr(obj, "corrected_by") else []
        links += ["shown_corrects"] if obj.corrects_id else []
        return [(None, {"fields": [*shown, "shown_notes", "shown_request", "shown_entry", *void, *links]})]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.remote_field.model is Resident:
            options["form_class"] = PersonChoiceField
        return super().formfield_for_foreignkey(db_field, request, **options)

    def choices_of(self, model: Any, request: HttpRequest) -> QuerySet[Any] | None:
        choices = super().choices_of(model, request)
        if model is Resident and choices is not None:
            return choices.select_related("household__building__parent__parent")
        return choices

    def get_changeform_initial_data(self, request: HttpRequest) -> Any:
        typed = super().get_changeform_initial_data(request)
        proposed = {"visitor": visitor_proposed(viewer_of(request), str(typed.get("resident", "")))}
        return {"visited_on": viewer_of(request).today, **proposed, **typed}

    # --- writes -----------------------------------------------------------------------------------------------------
    def create_with(self, request: HttpRequest, form: Any) -> Visit:
        """Record it; where that visitor has a visit of that day already, ask first whether it is another one."""
        try:
            return self._record(request, form)
        except SameVisitError as same:
            form.ask_whether_another()
            asked = format_html(
                '当天已有同一走访人的记录：<a href="{}">{}</a>。是同一次的，请打开那一条补充或更正；'
                "确是另一次走访的，请勾选最下面的“确是另一次走访”再保存。",
                self.object_url(same.visit),
                f"{self.shown_at(same.visit)} {same.visit.get_method_display()}",
            )
            raise ValidationError(asked) from same

    def _record(self, request: HttpRequest, form: Any) -> Visit:
        typed = form.cleaned_data
        visited_at, has_time = moment_of(typed)
        return visit_record(
            resident=typed["resident"],
            visited_at=visited_at,
            has_time=has_time,
            now=viewer_of(request).now,
            origin=VisitOrigin.OFFICE,
            method=typed["method"],
            seen=typed["seen"],
            visitor=typed["visitor"],
            visitor_name=typed["visitor_name"].strip(),
            notes=typed["notes"],
            request=typed["request"],
            recorded_by=viewer_of(request).user,
            once_a_day=not typed["is_another"],
        )

    renamed = {"visited_at": "visited_on"}

    @property
    def add_label(self) -> str:
        return "登记走访"

    # --- words ------------------------------------------------------------------------------------------------------
    def shown_name(self, obj: Any) -> str:
        name = getattr(obj, "person", str(obj.resident))
        return f"{name} {local_day(obj.visited_at):%Y-%m-%d} {obj.get_method_display()}"

    def object_page_buttons(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        if obj.resident.erased_at is not None:
            return []
        resident = reverse("admin:residents_resident_change", args=[obj.resident_id])
        return [
            {"url": resident, "label": "居民资料", "is_main": False},
            *super().object_page_buttons(request, obj),
        ]

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        """Report what the visit settled; where something stays overdue, say why that can be."""
        response = super().response_add(request, obj, post_url_continue)
        duties = Duty.objects.unscoped("counts of the person whose visit was just entered").filter(
            care_record__resident=obj.resident_id
        )
        settled = duties.filter(done_at=obj.visited_at).count()
        overdue = duties.filter(outcome=Outcome.OVERDUE).count()
        if settled:
            self.message_user(request, f"这次走访办结了 {settled} 件责任。")
        if overdue:
            self.message_user(
                request,
                f"此人仍有 {overdue} 件逾期责任：走访方式不合规则、未见到本人或次数不够时，走访会记下但不算办结。",
                "warning",
            )
        return response

    @admin.display(description="走访时间", ordering="visited_at")
    def shown_at(self, visit: Visit) -> str:
        local = timezone.localtime(visit.visited_at)
        return f"{local:%Y-%m-%d %H:%M}" if visit.has_time else f"{local:%Y-%m-%d}"

    @admin.display(description="对象")
    def shown_person(self, visit: Any) -> str:
        return visit.person

    @admin.display(description="楼栋", ordering="building__sort_path")
    def address(self, visit: Visit) -> str:
        return visit.building.full_name

    @admin.display(description="见到本人", ordering="seen")
    def shown_seen(self, visit: Visit) -> SafeString | str:
        return chip("done", "✓ 见到") if visit.seen else chip("nobody", "未见到")

    @admin.display(description="走访人")
    def shown_visitor(self, visit: Visit) -> str:
        if visit.visitor is None:
            return visit.visitor_name
        post = visit.get_visitor_post_display() if visit.visitor_post else ""
        return f"{post} {visit.visitor.name}".strip()

    @admin.display(description="状态")
    def state(self, visit: Visit) -> SafeString | str:
        return chip("plain", "已作废") if visit.voided_at else "有效"

    @admin.display(description="情况记录")
    def shown_notes(self, visit: Visit) -> str:
        return hidden(visit, "notes")

    @admin.display(description="诉求")
    def shown_request(self, visit: Visit) -> str:
        return hidden(visit, "request")

    @admin.display(description="录入")
    def shown_entry(self, visit: Visit) -> str:
        who = f"，{visit.recorded_by}" if visit.recorded_by else ""
        return f"{timezone.localtime(visit.received_at):%Y-%m-%d %H:%M}，{visit.get_origin_display()}{who}"

    @admin.display(description="更正为")
    def shown_corrected_by(self, visit: Visit) -> SafeString:
        return self._link(visit.corrected_by)

    @admin.display(description="更正自")
    def shown_corrects(self, visit: Visit) -> SafeString | str:
        return self._link(visit.corrects) if visit.corrects else ""

    def _link(self, visit: Visit) -> SafeString:
        words = f"{self.shown_at(visit)} {visit.get_method_display()}"
        return format_html('<a href="{}">{}</a>', self.object_url(visit), words)
