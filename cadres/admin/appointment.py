"""Appointments: started, ended, handed over, covered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from adminkit.ticks import BulkPage
from baibuting.common.days import local_day
from baibuting.common.masking import mask_phone
from buildings.admin_base import BuildingFilter, ObjectPage, PrecinctFilter, QuarterFilter, ScopedAdmin
from buildings.exporting import ExportsScoped
from buildings.selectors import place_matching
from buildings.viewer import viewer_of
from cadres.exports import AppointmentResource
from cadres.forms import CoverEndForm, CoverForm, EndForm, HandOverForm
from cadres.models import Appointment, Cadre, Cover
from cadres.selectors import in_force
from cadres.services import (
    appointment_change,
    appointment_end,
    appointment_hand_over,
    appointment_start,
    cover_end,
    cover_start,
)


class _OpenPage(ObjectPage):
    """A page for appointments that have no end yet."""

    def applies(self, request: HttpRequest, obj: Appointment) -> bool:
        return obj.ended_on is None


class EndPage(_OpenPage):
    name, label, submit_label, is_danger = "end", "离任", "办理离任", True
    form_class = EndForm
    explanation = "离任后职务空缺，督办直接转到上一级，直到有人接任。有人接任时请改办“交接”。"

    def initial(self, request: HttpRequest, obj: Appointment) -> dict[str, Any]:
        return {"ended_on": viewer_of(request).today}

    def submit(self, request: HttpRequest, obj: Appointment, form: Any) -> str:
        ended = appointment_end(appointment=obj, **form.cleaned_data)
        return f"{obj.cadre.name}的{obj.get_post_display()}任职到 {ended.ended_on:%Y-%m-%d} 为止。"


class _WithCadres(_OpenPage):
    def form(self, request: HttpRequest, obj: Appointment, data: Any = None) -> forms.Form:
        cadres = Cadre.objects.within(viewer_of(request).scope.writable()).filter(
            community=obj.place.community_id
        )
        return self.form_class(data, initial=self.initial(request, obj), cadres=cadres)  # type: ignore[call-arg]


class HandOverPage(_WithCadres):
    name, label, submit_label = "hand-over", "交接", "办理交接"
    form_class = HandOverForm
    explanation = "责任的计时照常进行；交接以前的走访仍记在原任名下。"
    renamed = {"cadre": "to_cadre", "started_on": "on", "ended_on": "on"}

    def initial(self, request: HttpRequest, obj: Appointment) -> dict[str, Any]:
        return {"on": viewer_of(request).today}

    def submit(self, request: HttpRequest, obj: Appointment, form: Any) -> str:
        new = appointment_hand_over(appointment=obj, **form.cleaned_data)
        return f"{obj.get_post_display()}从 {new.started_on:%Y-%m-%d} 起由{new.cadre.name}接任。"


class CoverPage(_WithCadres):
    name, label, submit_label = "cover", "请假代管", "安排代管"
    form_class = CoverForm
    explanation = "代管期间的提醒和督办发给代管人，他也能看到这一范围；期满自动恢复。"

    def initial(self, request: HttpRequest, obj: Appointment) -> dict[str, Any]:
        return {"from_on": viewer_of(request).today}

    def submit(self, request: HttpRequest, obj: Appointment, form: Any) -> str:
        cover = cover_start(appointment=obj, **form.cleaned_data)
        days = f"{cover.from_on:%Y-%m-%d} 至 {cover.until_on:%Y-%m-%d}"
        return f"{days} 由{cover.stand_in.name}代管。"


class CoverBulk(BulkPage):
    """A stand-in for the holders of several posts: on leave, or given to somebody else for some days."""

    name, label, submit_label = CoverPage.name, CoverPage.label, "安排代管"
    form_class, unit, done_label = CoverForm, "个", "已安排代管岗位"
    explanation = f"{CoverPage.explanation}选中的岗位都由同一人代管；一个人请假，把他担任的岗位都选上。"

    def why_not(self, request: HttpRequest, item: Appointment) -> str:
        return f"{item.ended_on:%Y-%m-%d} 已经离任。" if item.ended_on else ""

    def form(self, request: HttpRequest, items: Sequence[Any], data: Any = None) -> forms.Form:
        inside = Cadre.objects.within(viewer_of(request).scope.writable())
        cadres = inside.filter(community__in={item.place.community_id for item in items})
        return CoverForm(data, initial={"from_on": viewer_of(request).today}, cadres=cadres)

    def apply(self, request: HttpRequest, item: Appointment, form: Any) -> None:
        cover_start(appointment=item, **form.cleaned_data)


class HeldFilter(admin.SimpleListFilter):
    title = "状态"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
        return (("held", "在任"), ("covered", "正在代管"), ("over", "已离任"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = viewer_of(request).today
        covered = (
            Cover.objects.unscoped("a condition on rows that are scoped themselves")
            .running(today)
            .values("appointment")
        )
        conditions = {
            "held": in_force(today),
            "covered": in_force(today) & Q(pk__in=covered),
            "over": Q(ended_on__lt=today),
        }
        return queryset.filter(conditions.get(self.value() or "", Q()))


@admin.register(Appointment)
class AppointmentAdmin(ExportsScoped, ScopedAdmin):
    resource_class = AppointmentResource
    index_position = 30
    list_display = [
        "shown_cadre",
        "post",
        "shown_place",
        "organisation",
        "shown_phone",
        "started_on",
        "state",
    ]
    list_filter = ["post", HeldFilter, QuarterFilter, PrecinctFilter, BuildingFilter]
    list_select_related = ["cadre", "place__parent__parent", "organisation"]
    name_search = ["cadre__"]
    search_fields = ["cadre__name"]
    search_help_text = "姓名、拼音首字母或楼栋"
    sortable_by = ["shown_cadre", "shown_place", "started_on"]
    autocomplete_fields = ["cadre", "place"]
    object_pages = [HandOverPage, CoverPage, EndPage]
    bulk_pages = [CoverBulk]
    empty_hint = "楼栋的六个职务在“两长四员”里一页填完；书记和网格员在这里逐个新增。"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appointment]:
        """Return appointments with today's covers, which the column of states names."""
        today = viewer_of(request).today
        now_covering = (
            Cover.objects.unscoped("of appointments in the scope").running(today).select_related("stand_in")
        )
        return (
            super()
            .get_queryset(request)
            .prefetch_related(Prefetch("covers", now_covering, to_attr="covers_today"))
        )

    def search_condition(self, text: str) -> Q:
        return super().search_condition(text) | place_matching(text, prefix="place__")

    def picker_label(self, obj: Appointment) -> str:
        return self.shown_name(obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        if obj is None:
            return ["cadre", "post", "place", "organisation", "started_on"]
        ended = ["ended_on", "end_reason"] if obj.ended_on else []
        return ["cadre", "post", "shown_place", "organisation", "started_on", *ended]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return []
        return ["cadre", "post", "place", "shown_place", "organisation", "ended_on", "end_reason"]

    def create_with(self, request: HttpRequest, form: Any) -> Appointment:
        return appointment_start(**form.cleaned_data)

    def change_with(self, request: HttpRequest, obj: Appointment, form: Any) -> Appointment:
        return appointment_change(appointment=obj, started_on=form.cleaned_data["started_on"])

    def shown_name(self, obj: Appointment) -> str:
        return f"{obj.place.full_name} {obj.get_post_display()} {obj.cadre.name}"

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **options: Any) -> Any:
        if context.get("original") is not None:
            covers = Cover.objects.unscoped("of an appointment in the scope").filter(
                appointment=context["original"]
            )
            context["covers"] = covers.select_related("stand_in").order_by("-from_on")
        return super().render_change_form(request, context, *args, **options)

    def list_tools(self, request: HttpRequest) -> list[dict[str, str]]:
        rates = {"url": reverse("admin:cadres_buildingstaff_rates"), "label": "配备率与空缺"}
        return [rates, *super().list_tools(request)]

    @admin.display(description="姓名", ordering="cadre__name_initials")
    def shown_cadre(self, appointment: Appointment) -> str:
        return appointment.cadre.name

    @admin.display(description="任职地点", ordering="place__sort_path")
    def shown_place(self, appointment: Appointment) -> str:
        return appointment.place.full_name

    @admin.display(description="联系电话")
    def shown_phone(self, appointment: Appointment) -> str:
        return mask_phone(appointment.cadre.phone) or self.get_empty_value_display()

    @admin.display(description="状态")
    def state(self, appointment: Appointment) -> SafeString | str:
        today = local_day(timezone.now())
        if appointment.ended_on and appointment.ended_on < today:
            return f"{appointment.ended_on:%Y-%m-%d} 离任"
        if appointment.started_on > today:
            return "尚未到任"
        covers: list[Cover] = appointment.covers_today  # type: ignore[attr-defined]
        if covers:
            return format_html('<span class="chip chip-today">{}代管</span>', covers[-1].stand_in.name)
        return f"在任，{appointment.ended_on:%Y-%m-%d} 届满" if appointment.ended_on else "在任"


class CoverEndPage(ObjectPage):
    name, label, submit_label = "end", "提前结束", "提前结束"
    form_class = CoverEndForm
    explanation = "本人提前回来时办理。"

    def applies(self, request: HttpRequest, obj: Cover) -> bool:
        return obj.until_on >= viewer_of(request).today

    def initial(self, request: HttpRequest, obj: Cover) -> dict[str, Any]:
        return {"until_on": viewer_of(request).today}

    def submit(self, request: HttpRequest, obj: Cover, form: Any) -> str:
        cover_end(cover=obj, until_on=form.cleaned_data["until_on"])
        return f"{obj.stand_in.name}的代管到 {form.cleaned_data['until_on']:%Y-%m-%d} 为止。"


class CoverStateFilter(admin.SimpleListFilter):
    title = "状态"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
        return (("now", "正在代管"), ("ahead", "尚未开始"), ("over", "已结束"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = viewer_of(request).today
        conditions = {
            "now": Cover.span.on(today),
            "ahead": Q(from_on__gt=today),
            "over": Q(until_on__lt=today),
        }
        return queryset.filter(conditions.get(self.value() or "", Q()))


@admin.register(Cover)
class CoverAdmin(ScopedAdmin):
    """Covers are arranged on the page of the appointment; this list oversees them."""

    index_position = 40
    can_add = False
    fixed = True
    shown_sealed = ("reason",)
    fields = ["shown_appointment", "stand_in", "from_on", "until_on", "reason"]
    list_display = ["stand_in", "shown_appointment", "from_on", "until_on", "reason"]
    list_filter = [CoverStateFilter, QuarterFilter, PrecinctFilter, BuildingFilter]
    list_select_related = ["stand_in", "appointment__cadre", "appointment__place__parent__parent"]
    name_search = ["stand_in__", "appointment__cadre__"]
    search_fields = ["stand_in__name", "appointment__cadre__name"]
    search_help_text = "代管人或本人，姓名或拼音首字母"
    sortable_by = ["from_on", "until_on"]
    object_pages = [CoverEndPage]
    empty_hint = "骨干请假时，在他的任职页面办理“请假代管”。"

    def shown_name(self, obj: Cover) -> str:
        return f"{obj.stand_in.name}代{obj.appointment.cadre.name}"

    @admin.display(description="被代管的任职")
    def shown_appointment(self, cover: Cover) -> str:
        held = cover.appointment
        return f"{held.place.full_name} {held.get_post_display()} {held.cadre.name}"
