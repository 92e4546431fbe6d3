"""Gatherings: planned, changed, called over, cancelled."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from adminkit.lists import chip
from buildings.admin_base import ObjectPage, PrecinctFilter, QuarterFilter, ScopedAdmin
from buildings.viewer import viewer_of
from gatherings.choices import State
from gatherings.forms import CancelForm, RollForm, names_typed
from gatherings.models import Gathering
from gatherings.selectors import expected, ticked_on
from gatherings.services import (
    gathering_cancel,
    gathering_change,
    gathering_plan,
    roll_take,
    volunteers_named,
)

CHIPS = {State.PLANNED: "week", State.HELD: "done", State.CANCELLED: "plain"}


class RollPage(ObjectPage):
    name, label, submit_label, is_main = "roll", "点名", "保存点名", True
    explanation = "再次点名就是更正，只改动有出入的人；因此完成或不再完成的定期事项会一并更正。"

    def applies(self, request: HttpRequest, obj: Gathering) -> bool:
        return obj.state != State.CANCELLED and obj.starts_at <= viewer_of(request).now

    def form(self, request: HttpRequest, obj: Gathering, data: Any = None) -> forms.Form:
        ticked, spoke = ticked_on(obj)
        initial = {"there": ticked, "others": obj.others, "spoke": "、".join(spoke)}
        return RollForm(data, initial=initial, people=expected(obj))

    def submit(self, request: HttpRequest, obj: Gathering, form: Any) -> str:
        viewer, typed = viewer_of(request), form.cleaned_data
        scope, community = viewer.scope.writable(), obj.place.community
        came = volunteers_named(community=community, names=names_typed(typed["names"]), scope=scope)
        there = {one.pk: one for one in (*typed["there"], *came)}
        on_stage = set(names_typed(typed["spoke"]))
        absent = on_stage - {one.name for one in there.values()}
        if absent:
            raise forms.ValidationError(
                {"spoke": f"{'、'.join(sorted(absent))}不在到场的人当中，请先勾选或填写。"}
            )
        changed = roll_take(
            gathering=obj,
            there=list(there.values()),
            others=typed["others"],
            spoke={pk for pk, one in there.items() if one.name in on_stage},
            now=viewer.now,
            by=viewer.user,
        )
        return f"点名已保存：到场 {len(there) + typed['others']} 人，改动 {changed} 人。"


class CancelPage(ObjectPage):
    name, label, submit_label, is_danger = "cancel", "取消", "取消活动", True
    form_class = CancelForm

    def applies(self, request: HttpRequest, obj: Gathering) -> bool:
        return obj.state == State.PLANNED

    def submit(self, request: HttpRequest, obj: Gathering, form: Any) -> str:
        gathering_cancel(gathering=obj, reason=form.cleaned_data["reason"])
        return f"{obj.title}已取消。"


@admin.register(Gathering)
class GatheringAdmin(ScopedAdmin):
    index_position = 10
    list_display = ["shown_time", "title", "kind", "shown_place", "venue", "host", "there", "state_chip"]
    list_filter = ["kind", "state", QuarterFilter, PrecinctFilter]
    list_select_related = ["place__parent__parent", "host"]
    search_fields = ["title"]
    search_help_text = "名称，如：三月政治学习"
    sortable_by = ()
    ordering = ["-starts_at", "-id"]
    autocomplete_fields = ["place", "host", "team", "organisation"]
    object_pages = [RollPage, CancelPage]
    empty_hint = "安排培训、学习、讲堂或志愿活动，开始以后点名。"

    def list_tools(self, request: HttpRequest) -> list[dict[str, str]]:
        return [{"url": reverse("gatherings:behind"), "label": "落下的和补课"}, *super().list_tools(request)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Gathering]:
        came = Count("attendances", filter=Q(attendances__was_there=True))
        signed = Count("attendances", filter=Q(attendances__signed_up_at__isnull=False))
        return super().get_queryset(request).annotate(came=came, signed=signed)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        typed = ["kind", "title", "venue", "starts_at", "ends_at", "host", "team", "organisation", "is_open"]
        if obj is None:
            return ["place", *typed]
        shown = ["there", "state_chip", "cancelled_reason"] if obj.state != State.PLANNED else ["state_chip"]
        return ["shown_place", *typed, *shown]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return []
        shown = ["shown_place", "there", "state_chip"]
        return shown if obj.state == State.PLANNED else [*shown, *self.get_fields(request, obj)]

    def create_with(self, request: HttpRequest, form: Any) -> Gathering:
        viewer = viewer_of(request)
        return gathering_plan(now=viewer.now, by=viewer.user, **form.cleaned_data)

    def change_with(self, request: HttpRequest, obj: Gathering, form: Any) -> Gathering:
        return gathering_change(gathering=obj, **form.cleaned_data)

    def shown_name(self, obj: Gathering) -> str:
        return f"{timezone.localtime(obj.starts_at):%Y-%m-%d} {obj.title}"

    @admin.display(description="时间")
    def shown_time(self, gathering: Gathering) -> str:
        return f"{timezone.localtime(gathering.starts_at):%Y-%m-%d %H:%M}"

    @admin.display(description="所属范围")
    def shown_place(self, gathering: Gathering) -> str:
        return gathering.place.full_name

    @admin.display(description="人数")
    def there(self, gathering: Any) -> str:
        if gathering.state == State.HELD:
            return f"到场 {gathering.came + gathering.others} 人"
        return f"报名 {gathering.signed} 人" if gathering.state == State.PLANNED else "—"

    @admin.display(description="状态")
    def state_chip(self, gathering: Gathering) -> SafeString:
        return chip(CHIPS[State(gathering.state)], gathering.get_state_display())
