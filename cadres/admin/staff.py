"""两长四员: the buildings with their six posts, one page per building, and how well they are staffed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.rules import may_view
from buildings.admin_base import ObjectPage, PrecinctFilter, QuarterFilter, ScopedAdmin
from buildings.choices import Level
from buildings.exporting import ExportsScoped
from buildings.models import Place
from buildings.selectors import TREE_ORDER, place_matching
from buildings.viewer import viewer_of
from cadres.building_posts import building_posts_save, post_holders
from cadres.choices import BUILDING_POSTS, Post
from cadres.exports import StaffResource
from cadres.forms import BuildingPostsForm
from cadres.models import Appointment, BuildingStaff
from cadres.selectors import StaffingRow, in_force, staffing_table


class PostsPage(ObjectPage):
    """The six posts of a building on one page. All lines are saved together, or none."""

    name, label, submit_label, is_main = "posts", "两长四员", "保存", True
    template = "admin/cadres/buildingstaff/posts.html"
    form_class = BuildingPostsForm
    renamed = {post.value: f"{post.value}-name" for post in BUILDING_POSTS}
    explanation = "写上姓名就是任职，换成别人就是交接，清空姓名就是离任；没有改动的行不受影响。"

    def title(self, obj: BuildingStaff) -> str:
        return f"{obj.full_name} 两长四员"

    def back_url(self, obj: BuildingStaff) -> str:
        return reverse("admin:cadres_buildingstaff_changelist")

    def form(self, request: HttpRequest, obj: BuildingStaff, data: Any = None) -> forms.Form:
        today = viewer_of(request).today
        holders = {post: held for (_, post), held in post_holders([obj.pk], today).items()}
        return BuildingPostsForm(data, initial={"on": today}, holders=holders)

    def submit(self, request: HttpRequest, obj: BuildingStaff, form: Any) -> str:
        changed = building_posts_save(
            building=obj,
            entries=form.entries(),
            on=form.cleaned_data["on"],
            today=viewer_of(request).today,
        )
        return f"{obj.full_name}的 {changed} 个职务已更新。" if changed else "没有改动。"


class VacancyFilter(admin.SimpleListFilter):
    title = "空缺"
    parameter_name = "vacant"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        posts = [(post.value, f"{post.label}空缺") for post in BUILDING_POSTS]
        return [("any", "有空缺"), *posts, ("none", "已配齐")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None:
            return queryset
        today = viewer_of(request).today
        held = {
            post: Exists(
                Appointment.objects.unscoped("a condition on rows that are scoped themselves").filter(
                    in_force(today), place=OuterRef("pk"), post=post
                )
            )
            for post in BUILDING_POSTS
        }
        if value in held:
            return queryset.filter(~held[Post(value)])
        staffed = queryset.filter(*held.values())
        return staffed if value == "none" else queryset.exclude(pk__in=staffed.values("pk"))


def _vacancy_cells(row: StaffingRow) -> list[dict[str, Any]]:
    """Return how many of each post are vacant in an area, each with the filters of the list of those buildings."""
    area: dict[str, Any] = {}
    if row.place.level == Level.QUARTER:
        area = {"quarter": row.place.pk}
    elif row.place.level == Level.PRECINCT:
        area = {"quarter": row.place.parent_id, "precinct": row.place.pk}
    return [
        {"count": row.vacant.get(post, 0), "conditions": urlencode({**area, "vacant": post.value})}
        for post in BUILDING_POSTS
    ]


def _held(building: BuildingStaff) -> Iterable[Appointment]:
    held: list[Appointment] = building.held_today  # type: ignore[attr-defined]
    return held


def _post_column(post: Post) -> Any:
    """Return a column that names the post's holder."""

    @admin.display(description=post.label)
    def column(self: Any, building: BuildingStaff) -> SafeString | str:
        names = [held.cadre.name for held in _held(building) if held.post == post]
        return "、".join(names) or format_html('<span class="chip chip-nobody">{}</span>', "空缺")

    return column


@admin.register(BuildingStaff)
class BuildingStaffAdmin(ExportsScoped, ScopedAdmin):
    resource_class = StaffResource
    index_position = 10
    can_add = False
    list_filter = [QuarterFilter, PrecinctFilter, VacancyFilter]
    list_select_related = ["parent__parent"]
    list_display = ["shown_building", *[f"post_{post.value}" for post in BUILDING_POSTS], "filled"]
    search_fields = ["name"]
    search_help_text = "楼栋，如：怡康苑 205栋"
    sortable_by = ()
    object_pages = [PostsPage]
    post_party_group_leader, post_building_head, post_health_worker = (
        _post_column(post) for post in BUILDING_POSTS[:3]
    )
    post_security_worker, post_culture_worker, post_property_steward = (
        _post_column(post) for post in BUILDING_POSTS[3:]
    )
    empty_hint = "请先在“楼栋与区域”里新增楼栋，或导入楼栋清单。"

    def get_queryset(self, request: HttpRequest) -> QuerySet[BuildingStaff]:
        today = viewer_of(request).today
        held = (
            Appointment.objects.unscoped("of buildings in the scope")
            .filter(in_force(today), post__in=BUILDING_POSTS)
            .select_related("cadre")
        )
        buildings = super().get_queryset(request).filter(level=Level.BUILDING, closed_on=None)
        return buildings.prefetch_related(Prefetch("appointments", held, to_attr="held_today"))

    def get_ordering(self, request: HttpRequest) -> Any:
        return TREE_ORDER

    def search_condition(self, text: str) -> Any:
        return place_matching(text)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return PostsPage(self).view(request, object_id)

    def shown_name(self, obj: BuildingStaff) -> str:
        return obj.full_name

    def list_tools(self, request: HttpRequest) -> list[dict[str, str]]:
        rates = {"url": reverse("admin:cadres_buildingstaff_rates"), "label": "配备率与空缺"}
        accounts = {"url": reverse("cadres:holder_accounts"), "label": "账号开通"}
        return [rates, accounts, *super().list_tools(request)]

    def get_urls(self) -> list[URLPattern]:
        own = path("rates/", self._wrapped(self.rates), name="cadres_buildingstaff_rates")
        return [own, *super().get_urls()]

    def rates(self, request: HttpRequest) -> HttpResponse:
        """Show 配备率 per 苑区 and 片区, and how many of each post are vacant."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = staffing_table(viewer_of(request).scope, viewer_of(request).today)
        return TemplateResponse(
            request,
            "admin/cadres/buildingstaff/rates.html",
            {
                **self.admin_site.each_context(request),
                "title": "配备率与空缺",
                "opts": self.opts,
                "rows": [{"row": row, "cells": _vacancy_cells(row)} for row in rows],
                "posts": BUILDING_POSTS,
                "list_url": reverse("admin:cadres_buildingstaff_changelist"),
            },
        )

    @admin.display(description="楼栋")
    def shown_building(self, building: BuildingStaff) -> str:
        return building.full_name

    @admin.display(description="配备")
    def filled(self, building: BuildingStaff) -> SafeString | str:
        count = len({held.post for held in _held(building)})
        lacking = len(BUILDING_POSTS) - count
        return format_html('<span class="chip chip-nobody">缺 {}</span>', lacking) if lacking else "配齐"


def _posts_link(request: HttpRequest, place: Place) -> dict[str, Any] | None:
    """Return the link from a building's own page to its six posts."""
    if (
        place.level != Level.BUILDING
        or place.closed_on
        or not may_view(viewer_of(request).user, "cadres.appointment")
    ):
        return None
    url = reverse("admin:cadres_buildingstaff_change", args=[place.pk])
    return {"url": url, "label": "两长四员", "is_main": True}


admin.site.get_model_admin(Place).links.append(_posts_link)  # type: ignore[attr-defined]
