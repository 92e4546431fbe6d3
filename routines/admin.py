"""Rules of what is done in every period, and who owes it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from adminkit.lists import WordFilter
from buildings.admin_base import PrecinctFilter, QuarterFilter, ScopedAdmin
from buildings.viewer import viewer_of
from cadres.choices import Post
from duties.choices import Period, Rung
from routines.choices import Matter
from routines.facts import versions_of
from routines.forms import RoutineRuleForm
from routines.models import Routine, RoutineRule
from routines.preview import routine_preview
from routines.rules import PROPOSED
from routines.services import routine_rule_publish
from visits.admin.rule import VersionFilter, VersionsAdmin
from visits.preview import load_chart
from visits.rule_forms import StepsForm


class MatterFilter(WordFilter):
    title, parameter_name = "事项", "matter"
    words = Matter.choices

    def condition(self, word: str) -> Any:
        return models.Q(matter=word)


@admin.register(RoutineRule)
class RoutineRuleAdmin(VersionsAdmin):
    index_position = 20
    list_display = ["shown_matter", "shown_version", "state", "effective_on", "shown_post", "often", "first"]
    list_filter = [VersionFilter, MatterFilter]
    rule_form = RoutineRuleForm
    is_previewed = True
    ordering = ["community", "matter", "-version"]
    empty_hint = "还没有执行任何定期事项。点“制定新版规则”，按建议值或自己的要求开始执行；以前的日子不追究。"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("community", "created_by")
        return rows.annotate(subject=models.F("matter"))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ["shown_matter", "shown_version", "state", "effective_on", "shown_post", "often", "first"]
        return [(None, {"fields": [*shown, "shift", "ladder_label", "shown_maker"]})]

    def shown_name(self, obj: RoutineRule) -> str:
        return f"{obj.get_matter_display()}规则 第 {obj.version} 版"

    def initial_from(self, rule: RoutineRule) -> dict[str, Any]:
        names = ("matter", "is_on", *PROPOSED[Matter.GROUP_TRAINING])
        plain = {name: getattr(rule, name) for name in names if name != "ladder"}
        return {**plain, **StepsForm.ladder_initial(rule.steps)}

    def initial_of_the_first(self, request: HttpRequest) -> dict[str, Any]:
        asked = request.GET.get("matter", "")
        matter = asked if asked in Matter.values else Matter.GROUP_TRAINING.value
        said = {name: value for name, value in PROPOSED[matter].items() if name != "ladder"}
        return {
            "matter": matter,
            "is_on": True,
            **said,
            **StepsForm.ladder_initial(PROPOSED[matter]["ladder"]),
        }

    def make(self, request: HttpRequest, form: Any) -> RoutineRule:
        viewer = viewer_of(request)
        return routine_rule_publish(now=viewer.now, user=viewer.user, **form.terms())

    def preview(self, request: HttpRequest, form: Any) -> dict[str, Any]:
        """Publish, preview, and roll back: the preview refuses exactly what publishing would."""
        community, matter = form.cleaned_data["community"], form.cleaned_data["matter"]
        before = versions_of([community.pk]).get((community.pk, matter), [])
        with transaction.atomic():
            self.make(request, form)
            shown = routine_preview(
                community=community, matter=matter, before=before, now=viewer_of(request).now
            )
            transaction.set_rollback(True)
        return {"preview": shown, "chart": load_chart(shown)}

    @admin.display(description="事项")
    def shown_matter(self, rule: RoutineRule) -> str:
        return rule.get_matter_display()

    @admin.display(description="责任岗位")
    def shown_post(self, rule: RoutineRule) -> str:
        return Post(rule.owner_post).label if rule.is_on else "停办"

    @admin.display(description="周期")
    def often(self, rule: RoutineRule) -> str:
        label = Period(rule.period).label
        return label if rule.due_offset_days is None else f"{label}，开始后 {rule.due_offset_days} 天内"

    @admin.display(description="首次")
    def first(self, rule: RoutineRule) -> str:
        return f"{rule.first_within_days} 天内"

    @admin.display(description="遇休息日")
    def shift(self, rule: RoutineRule) -> str:
        return "顺延到下一个工作日" if rule.shift_to_working_day else "不顺延"

    @admin.display(description="升级步骤")
    def ladder_label(self, rule: RoutineRule) -> str:
        return "\n".join(_step(rung, days) for rung, days in rule.steps)


def _step(rung: int, after_days: int) -> str:
    if rung == Rung.VISITOR:
        return f"截止前 {-after_days} 天提醒责任人"
    return f"逾期{'当天' if after_days == 0 else f'满 {after_days} 天'}报{Rung(rung).label}"


@admin.register(Routine)
class RoutineAdmin(ScopedAdmin):
    """Who owes what; the rows come from the rules by themselves."""

    index_position = 30
    fixed = True
    can_add = can_change = False
    list_display = ["shown_matter", "shown_place", "shown_post", "holder", "started_on", "state"]
    list_filter = [MatterFilter, QuarterFilter, PrecinctFilter]
    list_select_related = ["appointment__cadre", "appointment__place__parent__parent"]
    name_search = ["appointment__cadre__"]
    search_fields = ["appointment__cadre__name"]
    search_help_text = "姓名或拼音首字母"
    sortable_by = ["started_on"]
    empty_hint = "规则生效后，每位任职的人要办的定期事项会自动列在这里。"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["shown_matter", "shown_place", "shown_post", "holder", "started_on", "state"]

    def shown_name(self, obj: Routine) -> str:
        return f"{obj.get_matter_display()} {obj.appointment.cadre.name}"

    @admin.display(description="事项")
    def shown_matter(self, routine: Routine) -> str:
        return routine.get_matter_display()

    @admin.display(description="任职地点")
    def shown_place(self, routine: Routine) -> str:
        return routine.appointment.place.full_name

    @admin.display(description="岗位")
    def shown_post(self, routine: Routine) -> str:
        return routine.appointment.get_post_display()

    @admin.display(description="责任人")
    def holder(self, routine: Routine) -> str:
        return routine.appointment.cadre.name

    @admin.display(description="状态")
    def state(self, routine: Routine) -> str:
        return f"{routine.ended_on:%Y-%m-%d} 结束" if routine.ended_on else "执行中"
