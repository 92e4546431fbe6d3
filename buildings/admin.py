"""The admin of the place tree, the official units above it, and who works for which place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import User
from adminkit.base import PortalAdmin
from adminkit.pages import ObjectPage
from baibuting.common.days import local_day
from buildings.admin_base import PrecinctFilter, QuarterFilter, ScopedAdmin
from buildings.choices import Level
from buildings.exporting import ExportsScoped
from buildings.exports import PlaceResource
from buildings.forms import CloseForm, MoveForm
from buildings.models import AdministrativeUnit, EmergencyAccess, Place, PlaceGrant, PlaceMove
from buildings.selectors import TREE_ORDER, place_matching
from buildings.services import (
    place_change,
    place_close,
    place_create,
    place_grant_end,
    place_grant_give,
    place_move,
    place_reopen,
)
from buildings.viewer import viewer_of

PLAIN = ("name", ("entrance_count", "floor_count", "household_count"), "code", "unit", "remark")


class MovePage(ObjectPage):
    name, label, submit_label = "move", "调整隶属", "确认调整"
    explanation = "住户、走访和责任记录随楼栋一起走，原来的隶属关系会留在记录里。"

    def applies(self, request: HttpRequest, obj: Place) -> bool:
        return obj.parent_id is not None and obj.closed_on is None

    def form(self, request: HttpRequest, obj: Place, data: Any = None) -> forms.Form:
        choices = Place.objects.within(viewer_of(request).scope.writable()).active()
        choices = choices.filter(community=obj.community_id, level=obj.level - 1).exclude(
            pk=obj.parent_id or 0
        )
        ordered = choices.select_related("parent__parent").order_by(*TREE_ORDER)
        today = viewer_of(request).today
        return MoveForm(data, initial={"moved_on": today}, today=today, choices=ordered)

    def submit(self, request: HttpRequest, obj: Place, form: Any) -> str:
        move = place_move(place=obj, user=viewer_of(request).user, **form.cleaned_data)
        return f"{obj.name}已划归{move.to_parent.full_name}。"


class ClosePage(ObjectPage):
    name, label, submit_label, is_danger = "close", "停用", "停用", True
    form_class = CloseForm
    explanation = (
        "拆除或撤并时办理。停用前请先为住户办理迁出、为任职的骨干办理离任；停用后不再能登记新的人和事。"
    )

    def applies(self, request: HttpRequest, obj: Place) -> bool:
        return obj.closed_on is None

    def initial(self, request: HttpRequest, obj: Place) -> dict[str, Any]:
        return {"closed_on": viewer_of(request).today}

    def submit(self, request: HttpRequest, obj: Place, form: Any) -> str:
        place_close(place=obj, closed_on=form.cleaned_data["closed_on"])
        return f"{obj.name}已停用。"


class ReopenPage(ObjectPage):
    name, label, submit_label = "reopen", "恢复使用", "恢复使用"
    explanation = "停用有误时办理。"

    def applies(self, request: HttpRequest, obj: Place) -> bool:
        return obj.closed_on is not None

    def submit(self, request: HttpRequest, obj: Place, form: Any) -> str:
        place_reopen(place=obj)
        return f"{obj.name}已恢复使用。"


class StandingFilter(admin.SimpleListFilter):
    title = "状态"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return (("standing", "在用"), ("closed", "已停用"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "standing":
            return queryset.filter(closed_on=None)
        return queryset.exclude(closed_on=None) if self.value() == "closed" else queryset


@admin.register(Place)
class PlaceAdmin(ExportsScoped, ScopedAdmin):
    resource_class = PlaceResource
    index_position = 10
    list_display = ["tree_name", "level", "household_count", "entrance_count", "floor_count", "code", "state"]
    list_filter = ["level", QuarterFilter, PrecinctFilter, StandingFilter]
    list_select_related = ["parent__parent"]
    search_fields = ["name"]
    search_help_text = "名称，如：怡康苑 205栋"
    sortable_by = ("tree_name", "household_count", "entrance_count", "floor_count")
    autocomplete_fields = ["parent"]
    object_pages = [MovePage, ReopenPage, ClosePage]
    empty_hint = "可以逐个新增，也可以导入楼栋清单。"

    def get_ordering(self, request: HttpRequest) -> Any:
        return TREE_ORDER

    def search_condition(self, text: str) -> Q:
        return place_matching(text)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        where: list[str] = ["level", "parent"] if obj is None else ["level", "shown_parent"]
        plain = [name for name in PLAIN if name != "unit" or obj is None or obj.level == Level.COMMUNITY]
        return [(None, {"fields": [*where, *plain, *(["closed_on"] if obj and obj.closed_on else [])]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["level", "shown_parent", "closed_on"] if obj else []

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Return the form field; only users who set the system up may choose the level of a community."""
        if db_field.name == "level" and not viewer_of(request).scope.everywhere:
            options["choices"] = [
                ("", "请选择"),
                *[(value, label) for value, label in Level.choices if value > Level.COMMUNITY],
            ]
        return super().formfield_for_choice_field(db_field, request, **options)

    def create_with(self, request: HttpRequest, form: Any) -> Place:
        return place_create(**form.cleaned_data)

    def change_with(self, request: HttpRequest, obj: Place, form: Any) -> Place:
        return place_change(place=obj, **form.cleaned_data)

    def shown_name(self, obj: Place) -> str:
        return obj.full_name

    picker_label = shown_name

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **options: Any) -> Any:
        if context.get("original") is not None:
            moves = PlaceMove.objects.filter(place=context["original"])
            context["moves"] = [
                {
                    "moved_on": move.moved_on,
                    "moved_by": move.moved_by,
                    "from_parent": _named_inside(move.from_parent, request),
                    "to_parent": _named_inside(move.to_parent, request),
                }
                for move in moves.select_related("moved_by", *_WHERE)
            ]
        return super().render_change_form(request, context, *args, **options)

    @admin.display(description="名称", ordering="sort_path")
    def tree_name(self, place: Place) -> SafeString:
        return format_html('<span class="depth-{}">{}</span>', place.level, place.name)

    @admin.display(description="上级")
    def shown_parent(self, place: Place) -> str:
        return place.parent.full_name if place.parent else self.get_empty_value_display()

    @admin.display(description="状态")
    def state(self, place: Place) -> str:
        return f"{place.closed_on:%Y-%m-%d} 停用" if place.closed_on else "在用"


_WHERE = ("from_parent__parent", "to_parent__parent")


def _named_inside(place: Place, request: HttpRequest) -> str:
    """Return a place's name where it lies in the viewer's scope or above it, else a placeholder."""
    return place.full_name if viewer_of(request).scope.reaches(place.path) else "范围以外"


@admin.register(AdministrativeUnit)
class AdministrativeUnitAdmin(PortalAdmin):
    """Official units, read-only; they come from the statistical list (`manage.py load_units`)."""

    index_position = 30
    can_add = can_change = False
    list_display = ["name", "code", "level", "parent"]
    list_filter = ["level"]
    list_select_related = ["parent"]
    search_fields = ["name", "code"]
    search_help_text = "名称或代码"
    empty_hint = "官方区划由负责服务器的人用命令 load_units 载入。"


class GrantEndPage(ObjectPage):
    name, label, submit_label, is_danger = "end", "收回", "收回", True
    explanation = "收回后此人立即看不到这一范围的资料。"

    def applies(self, request: HttpRequest, obj: PlaceGrant) -> bool:
        return obj.until_on is None or obj.until_on >= viewer_of(request).today

    def submit(self, request: HttpRequest, obj: PlaceGrant, form: Any) -> str:
        place_grant_end(grant=obj, now=viewer_of(request).now, by=viewer_of(request).user)
        return "工作范围已收回。"


class GrantStateFilter(admin.SimpleListFilter):
    title = "状态"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return (("open", "有效"), ("over", "已到期"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        is_open = Q(until_on=None) | Q(until_on__gte=viewer_of(request).today)
        if self.value() == "open":
            return queryset.filter(is_open)
        return queryset.exclude(is_open) if self.value() == "over" else queryset


@admin.register(PlaceGrant)
class PlaceGrantAdmin(ScopedAdmin):
    index_position = 20
    list_display = ["user", "shown_role", "shown_place", "until_on", "state"]
    list_filter = [GrantStateFilter, QuarterFilter]
    list_select_related = ["user", "place__parent__parent"]
    search_fields = ["user__username", "user__name"]
    search_help_text = "账号或姓名"
    ordering = ["user__username", "place__sort_key", "pk"]
    autocomplete_fields = ["user", "place"]
    fields = ["user", "place", "until_on"]
    object_pages = [GrantEndPage]
    empty_hint = "社区工作者开通工作范围后，才能看到那里的资料。"
    audits_itself = True

    def choices_of(self, model: type[models.Model], request: HttpRequest) -> QuerySet[Any] | None:
        if model is User:
            return User.objects.filter(is_active=True, is_superuser=False)
        return super().choices_of(model, request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["user", "place"] if obj else []

    def create_with(self, request: HttpRequest, form: Any) -> PlaceGrant:
        return place_grant_give(**form.cleaned_data, now=viewer_of(request).now, by=viewer_of(request).user)

    def change_with(self, request: HttpRequest, obj: PlaceGrant, form: Any) -> PlaceGrant:
        until_on: date | None = form.cleaned_data["until_on"]
        return place_grant_give(
            user=obj.user,
            place=obj.place,
            until_on=until_on,
            now=viewer_of(request).now,
            by=viewer_of(request).user,
        )

    @admin.display(description="账号类型")
    def shown_role(self, grant: PlaceGrant) -> str:
        return grant.user.get_role_display()

    @admin.display(description="范围")
    def shown_place(self, grant: PlaceGrant) -> str:
        return grant.place.full_name

    @admin.display(description="状态")
    def state(self, grant: PlaceGrant) -> str:
        over = grant.until_on is not None and grant.until_on < local_day(timezone.now())
        return "已到期" if over else "有效"


@admin.register(EmergencyAccess)
class EmergencyAccessAdmin(ScopedAdmin):
    """Emergency access: who looked outside their scope, when and why; for auditor and security administrator."""

    index_position = 40
    can_add = can_change = False
    fixed = True
    shown_sealed = ("reason",)
    list_display = ["shown_start", "user", "shown_role", "shown_place", "reason", "state"]
    list_select_related = ["user", "place__parent__parent"]
    search_fields = ["user__username", "user__name"]
    search_help_text = "账号或姓名"
    sortable_by = ()
    fields = ["shown_start", "user", "shown_role", "shown_place", "reason", "state"]
    empty_hint = "有人在工作范围之外紧急查看时，会列在这里。"

    @admin.display(description="开始时间")
    def shown_start(self, access: EmergencyAccess) -> str:
        return f"{timezone.localtime(access.started_at):%Y-%m-%d %H:%M}"

    @admin.display(description="账号类型")
    def shown_role(self, access: EmergencyAccess) -> str:
        return access.user.get_role_display()

    @admin.display(description="楼栋")
    def shown_place(self, access: EmergencyAccess) -> str:
        return access.place.full_name

    @admin.display(description="状态")
    def state(self, access: EmergencyAccess) -> str:
        ended = access.ended_at or access.until_at
        if ended > timezone.now():
            return f"进行中，{timezone.localtime(ended):%H:%M} 自动结束"
        return f"{timezone.localtime(ended):%Y-%m-%d %H:%M} 结束"
